<?php
/**
 * What happens to users on this site.
 *
 * @package Crosswalk_Bridge
 */

defined( 'ABSPATH' ) || exit;

/**
 * Hooks into WordPress and AccessAlly, notes changes and has them told.
 */
class Crosswalk_Bridge_Watcher {

	const PROFILE_KEYS = array( 'first_name', 'last_name', 'nickname', 'description', 'locale' );

	/**
	 * Registered keys.
	 *
	 * @var Crosswalk_Bridge_Fields
	 */
	private $fields;

	/**
	 * Where changes are noted.
	 *
	 * @var Crosswalk_Bridge_Changes
	 */
	private $changes;

	/**
	 * Where changes are told.
	 *
	 * @var Crosswalk_Bridge_Webhook
	 */
	private $webhook;

	/**
	 * Takes its parts.
	 *
	 * @param Crosswalk_Bridge_Fields  $fields  Registered keys.
	 * @param Crosswalk_Bridge_Changes $changes Where changes are noted.
	 * @param Crosswalk_Bridge_Webhook $webhook Where changes are told.
	 */
	public function __construct( Crosswalk_Bridge_Fields $fields, Crosswalk_Bridge_Changes $changes, Crosswalk_Bridge_Webhook $webhook ) {
		$this->fields  = $fields;
		$this->changes = $changes;
		$this->webhook = $webhook;
	}

	/**
	 * Hooks in. After `accessally_update_user` AccessAlly has synced a user; it is the product's one public action.
	 */
	public function listen() {
		add_action( 'user_register', array( $this, 'created' ) );
		foreach ( array( 'profile_update', 'set_user_role', 'add_user_role', 'remove_user_role', 'accessally_update_user' ) as $hook ) {
			add_action( $hook, array( $this, 'updated' ) );
		}
		foreach ( array( 'added_user_meta', 'updated_user_meta', 'deleted_user_meta' ) as $hook ) {
			add_action( $hook, array( $this, 'meta_changed' ), 10, 3 );
		}
		add_action( 'deleted_user', array( $this, 'deleted' ) );
		add_action( 'shutdown', array( $this->webhook, 'deliver' ) );
	}

	/**
	 * Somebody was registered.
	 *
	 * @param int $user_id User.
	 */
	public function created( $user_id ) {
		$this->note( 'user.created', (int) $user_id );
	}

	/**
	 * Somebody's profile or role changed, or AccessAlly synced them.
	 *
	 * @param int $user_id User.
	 */
	public function updated( $user_id ) {
		$this->note( 'user.updated', (int) $user_id );
	}

	/**
	 * Somebody's tags were changed through this plugin: AccessAlly tells nobody then.
	 *
	 * @param int $user_id User.
	 */
	public function tags_changed( $user_id ) {
		$this->note( 'user.tags', (int) $user_id );
	}

	/**
	 * A value in a profile changed.
	 *
	 * @param int|int[] $meta_id  Number of the value, of no interest.
	 * @param int       $user_id  User.
	 * @param string    $meta_key Key.
	 */
	public function meta_changed( $meta_id, $user_id, $meta_key ) {
		if ( in_array( $meta_key, self::PROFILE_KEYS, true ) || null !== $this->fields->get( $meta_key ) ) {
			$this->note( 'user.updated', (int) $user_id );
		}
	}

	/**
	 * Somebody was deleted.
	 *
	 * @param int $user_id User.
	 */
	public function deleted( $user_id ) {
		$this->changes->deleted( (int) $user_id );
		$this->webhook->queue( 'user.deleted', (int) $user_id );
	}

	/**
	 * Notes a change and has it told.
	 *
	 * @param string $event   What happened.
	 * @param int    $user_id To whom.
	 */
	private function note( $event, $user_id ) {
		$this->changes->touch( $user_id );
		$this->webhook->queue( $event, $user_id );
	}
}
