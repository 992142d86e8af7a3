<?php
/**
 * The user meta keys that may be read and written through the REST API.
 *
 * @package Crosswalk_Bridge
 */

defined( 'ABSPATH' ) || exit;

/**
 * Keeps the list of keys and registers them with WordPress.
 */
class Crosswalk_Bridge_Fields {

	const OPTION = 'crosswalk_bridge_fields';

	const TYPES = array( 'string', 'number', 'integer', 'boolean', 'array', 'date' );

	/**
	 * WordPress's own keys: some are shown by core already, others are nobody's business.
	 */
	const RESERVED = array(
		'nickname',
		'first_name',
		'last_name',
		'description',
		'rich_editing',
		'syntax_highlighting',
		'comment_shortcuts',
		'admin_color',
		'use_ssl',
		'show_admin_bar_front',
		'locale',
		'session_tokens',
		'community-events-location',
		'dismissed_wp_pointers',
		'show_welcome_panel',
		'default_password_nag',
		'persisted_preferences',
		'primary_blog',
		'source_domain',
	);

	/**
	 * Ends of keys that begin with a table prefix and give rights or hold a person's settings.
	 */
	const RESERVED_ENDINGS = array(
		'capabilities',
		'user_level',
		'user-settings',
		'user-settings-time',
		'dashboard_quick_press_last_post_id',
	);

	/**
	 * All registered fields by key: array( 'key' =>, 'type' =>, 'label' => ).
	 *
	 * @return array[]
	 */
	public function all() {
		$kept = get_option( self::OPTION, array() );
		return is_array( $kept ) ? $kept : array();
	}

	/**
	 * One registered field.
	 *
	 * @param string $key Meta key.
	 * @return array|null
	 */
	public function get( $key ) {
		$fields = $this->all();
		return isset( $fields[ $key ] ) ? $fields[ $key ] : null;
	}

	/**
	 * Adds a field or gives a known one another label.
	 *
	 * @param string $key   Meta key.
	 * @param string $type  One of TYPES.
	 * @param string $label What people read.
	 * @return array The field.
	 */
	public function put( $key, $type, $label ) {
		$fields         = $this->all();
		$fields[ $key ] = array(
			'key'   => $key,
			'type'  => $type,
			'label' => '' === $label ? $key : $label,
		);
		update_option( self::OPTION, $fields );
		return $fields[ $key ];
	}

	/**
	 * Forgets a field. What members have under the key stays.
	 *
	 * @param string $key Meta key.
	 * @return array|null The field that was forgotten.
	 */
	public function remove( $key ) {
		$fields = $this->all();
		$field  = $this->get( $key );
		unset( $fields[ $key ] );
		update_option( self::OPTION, $fields );
		return $field;
	}

	/**
	 * Whether a key may be registered: none that is hidden, WordPress's own, or that gives rights.
	 *
	 * @param string $key Meta key.
	 * @return bool
	 */
	public function is_free( $key ) {
		if ( ! preg_match( '/\A[A-Za-z][A-Za-z0-9_-]{0,189}\z/', $key ) || is_protected_meta( $key, 'user' ) ) {
			return false;
		}
		foreach ( self::RESERVED_ENDINGS as $ending ) {
			if ( substr( $key, -strlen( $ending ) ) === $ending ) {
				return false;
			}
		}
		return ! in_array( $key, self::RESERVED, true );
	}

	/**
	 * Registers every field with WordPress: shown in context edit alone, written by who may edit users.
	 */
	public function register() {
		$known = get_registered_meta_keys( 'user' );
		foreach ( $this->all() as $key => $field ) {
			if ( empty( $known[ $key ]['show_in_rest'] ) ) {
				register_meta( 'user', $key, $this->arguments( $field ) );
			}
		}
	}

	/**
	 * What register_meta() is told of a field.
	 *
	 * @param array $field The field.
	 * @return array
	 */
	private function arguments( array $field ) {
		$type   = 'date' === $field['type'] ? 'string' : $field['type'];
		$schema = array(
			'type'    => $type,
			'title'   => $field['label'],
			'context' => array( 'edit' ),
		);
		if ( 'array' === $type ) {
			$schema['items'] = array( 'type' => 'string' );
		}
		if ( 'date' === $field['type'] ) {
			$schema['pattern'] = '^(\d{4}-\d{2}-\d{2})?$';
		}
		return array(
			'type'          => $type,
			'description'   => $field['label'],
			'single'        => true,
			'show_in_rest'  => array( 'schema' => $schema ),
			'auth_callback' => static function () {
				return current_user_can( 'edit_users' );
			},
		);
	}
}
