<?php
/**
 * AccessAlly, where it is installed.
 *
 * @package Crosswalk_Bridge
 */

defined( 'ABSPATH' ) || exit;

/**
 * Calls the product's PHP functions as other public plugins do. The product documents none of them, so each is
 * looked for before it is called, and whatever goes wrong becomes an error that can be answered.
 */
class Crosswalk_Bridge_AccessAlly {

	/**
	 * Whether the product is active.
	 *
	 * @return bool
	 */
	public function is_present() {
		return class_exists( 'AccessAllyMembershipUtilities' );
	}

	/**
	 * What `status` tells of the product.
	 *
	 * @return array
	 */
	public function status() {
		$system = $this->system();
		$mode   = null;
		if ( '' !== $system ) {
			$mode = preg_match( '/accessally|managed/i', $system ) ? 'managed' : 'connected';
		}
		return array(
			'present' => $this->is_present(),
			'version' => defined( 'AccessAlly::VERSION' ) ? (string) constant( 'AccessAlly::VERSION' ) : null,
			'system'  => '' === $system ? null : $system,
			'mode'    => $mode,
		);
	}

	/**
	 * The product's name for where contacts are kept, blank where it cannot be told.
	 *
	 * @return string
	 */
	private function system() {
		$settings = $this->call( 'AccessAllySettingSetup', 'get_api_settings', array() );
		return is_array( $settings ) && isset( $settings['system'] ) ? (string) $settings['system'] : '';
	}

	/**
	 * All tags.
	 *
	 * @return array[]|WP_Error array( 'Id' =>, 'TagName' => ) each.
	 */
	public function tags() {
		$found = $this->call( 'AccessAllyMembershipUtilities', 'get_all_tags', array() );
		if ( is_wp_error( $found ) ) {
			return $found;
		}
		$tags = array();
		foreach ( (array) $found as $tag ) {
			$tag = (array) $tag;
			if ( isset( $tag['Id'] ) ) {
				$tags[] = array(
					'Id'      => (int) $tag['Id'],
					'TagName' => isset( $tag['TagName'] ) ? (string) $tag['TagName'] : '',
				);
			}
		}
		return $tags;
	}

	/**
	 * A user's contact.
	 *
	 * @param int $user_id User.
	 * @return string|null|WP_Error Null where the user has none yet.
	 */
	public function contact_id( $user_id ) {
		$found = $this->call( 'AccessAllyUserPermission', 'get_user_contact_id', array( $user_id ) );
		if ( is_wp_error( $found ) ) {
			return $found;
		}
		return empty( $found ) ? null : (string) $found;
	}

	/**
	 * The tags that the site knows a user to have.
	 *
	 * @param int         $user_id    User.
	 * @param string|null $contact_id The user's contact.
	 * @return int[]|WP_Error
	 */
	public function tags_of( $user_id, $contact_id ) {
		if ( null === $contact_id ) {
			return array();
		}
		$found = $this->has( 'AccessAllyUserPermission', 'get_cleaned_user_tags' )
			? $this->call( 'AccessAllyUserPermission', 'get_cleaned_user_tags', array( $user_id ) )
			: $this->call( 'AccessAllyMembershipUtilities', 'get_contact_tags', array( $contact_id ) );
		if ( is_wp_error( $found ) ) {
			return $found;
		}
		$found = (array) $found;
		foreach ( array( 'clean', 'ids' ) as $wrapped ) {
			if ( isset( $found[ $wrapped ] ) ) {
				$found = (array) $found[ $wrapped ];
			}
		}
		$ids = array_values( array_unique( array_map( 'intval', $found ) ) );
		sort( $ids );
		return $ids;
	}

	/**
	 * Gives a user tags or takes them, and brings the site's own copy in step.
	 *
	 * @param int    $user_id    User.
	 * @param string $contact_id The user's contact.
	 * @param int[]  $ids        Tags.
	 * @param bool   $added      Whether they are given.
	 * @return true|WP_Error
	 */
	public function change_tags( $user_id, $contact_id, array $ids, $added ) {
		$had = $this->tags_of( $user_id, $contact_id );
		if ( is_wp_error( $had ) ) {
			return $had;
		}
		$ids = array_values( $added ? array_diff( $ids, $had ) : array_intersect( $ids, $had ) );
		if ( ! $ids ) {
			return true;
		}
		$done = $this->call( 'AccessAllyMembershipUtilities', $added ? 'add_contact_tags' : 'remove_contact_tags', array( $contact_id, $ids ) );
		if ( is_wp_error( $done ) || false === $done ) {
			return is_wp_error( $done ) ? $done : $this->failed( 'AccessAlly did not change the tags.' );
		}
		if ( $this->has( 'AccessAllyUserTags', 'sync_user_tag_list' ) ) {
			$now  = array_values( $added ? array_unique( array_merge( $had, $ids ) ) : array_diff( $had, $ids ) );
			$done = $this->call( 'AccessAllyUserTags', 'sync_user_tag_list', array( $contact_id, $now, $this->system() ) );
		}
		return is_wp_error( $done ) ? $done : true;
	}

	/**
	 * Whether the product has a function.
	 *
	 * @param string $class_name Class.
	 * @param string $method     Its static method.
	 * @return bool
	 */
	private function has( $class_name, $method ) {
		return class_exists( $class_name ) && method_exists( $class_name, $method );
	}

	/**
	 * Calls a function of the product.
	 *
	 * @param string $class_name Class.
	 * @param string $method     Its static method.
	 * @param array  $arguments  What it is given.
	 * @return mixed|WP_Error
	 */
	private function call( $class_name, $method, array $arguments ) {
		if ( ! $this->has( $class_name, $method ) ) {
			return $this->failed( "This version of AccessAlly has no {$class_name}::{$method}." );
		}
		try {
			$answer = call_user_func_array( array( $class_name, $method ), $arguments );
		} catch ( Throwable $problem ) {
			return $this->failed( 'AccessAlly failed: ' . $problem->getMessage() );
		}
		return is_wp_error( $answer ) ? $this->failed( 'AccessAlly failed: ' . $answer->get_error_message() ) : $answer;
	}

	/**
	 * An error that can be answered.
	 *
	 * @param string $message What happened.
	 * @return WP_Error
	 */
	private function failed( $message ) {
		return new WP_Error( 'crosswalk_accessally_failed', $message, array( 'status' => 502 ) );
	}
}
