<?php
/**
 * Signed messages to one address.
 *
 * @package Crosswalk_Bridge
 */

defined( 'ABSPATH' ) || exit;

/**
 * Keeps the target and sends what happened at the end of the request, one message for each user.
 */
class Crosswalk_Bridge_Webhook {

	const OPTION          = 'crosswalk_bridge_webhook';
	const SHORTEST_SECRET = 16;
	const LOOPBACK        = array( '127.0.0.1', 'localhost', '[::1]' );

	/**
	 * What counts when several things happened to a user during one request.
	 */
	const RANK = array(
		'user.tags'    => 0,
		'user.updated' => 1,
		'user.created' => 2,
		'user.deleted' => 3,
	);

	/**
	 * Events by user.
	 *
	 * @var string[]
	 */
	private $waiting = array();

	/**
	 * The target: array( 'url' =>, 'secret' => ), or null.
	 *
	 * @return array|null
	 */
	public function target() {
		$kept = get_option( self::OPTION );
		return is_array( $kept ) ? $kept : null;
	}

	/**
	 * Sets the target.
	 *
	 * @param string $url    Where to send.
	 * @param string $secret What to sign with.
	 */
	public function set( $url, $secret ) {
		update_option(
			self::OPTION,
			array(
				'url'    => $url,
				'secret' => $secret,
			),
			false
		);
	}

	/**
	 * Sends no longer.
	 */
	public function clear() {
		delete_option( self::OPTION );
	}

	/**
	 * Whether an address may be a target: https, or on this machine, and without credentials in it.
	 *
	 * @param string $url Address.
	 * @return bool
	 */
	public function is_target( $url ) {
		$parts = preg_match( '/[\x00-\x20\x7f]/', $url ) ? false : wp_parse_url( $url );
		if ( ! $parts || empty( $parts['host'] ) || empty( $parts['scheme'] ) || isset( $parts['user'] ) || isset( $parts['pass'] ) ) {
			return false;
		}
		$scheme = strtolower( $parts['scheme'] );
		return 'https' === $scheme || ( 'http' === $scheme && in_array( $parts['host'], self::LOOPBACK, true ) );
	}

	/**
	 * Remembers to tell of something.
	 *
	 * @param string $event   One of RANK's.
	 * @param int    $user_id User.
	 */
	public function queue( $event, $user_id ) {
		$waiting = isset( $this->waiting[ $user_id ] ) ? self::RANK[ $this->waiting[ $user_id ] ] : -1;
		if ( self::RANK[ $event ] > $waiting ) {
			$this->waiting[ $user_id ] = $event;
		}
	}

	/**
	 * Sends what is waiting, without waiting for answers.
	 */
	public function deliver() {
		$target = $this->waiting ? $this->target() : null;
		if ( $target ) {
			foreach ( $this->waiting as $user_id => $event ) {
				$this->send( $target, $event, (int) $user_id );
			}
		}
		$this->waiting = array();
	}

	/**
	 * Sends one message.
	 *
	 * @param array  $target  The target.
	 * @param string $event   What happened.
	 * @param int    $user_id To whom.
	 */
	private function send( array $target, $event, $user_id ) {
		$now  = (string) time();
		$body = wp_json_encode(
			array(
				'id'          => wp_generate_uuid4(),
				'event'       => $event,
				'user_id'     => $user_id,
				'occurred_at' => (int) $now,
				'site'        => home_url(),
			)
		);
		wp_remote_post(
			$target['url'],
			array(
				'blocking'    => false,
				'timeout'     => 2,
				'redirection' => 0,
				'headers'     => array(
					'Content-Type'          => 'application/json',
					'X-Crosswalk-Timestamp' => $now,
					'X-Crosswalk-Signature' => 'sha256=' . hash_hmac( 'sha256', $now . '.' . $body, $target['secret'] ),
				),
				'body'        => $body,
			)
		);
	}
}
