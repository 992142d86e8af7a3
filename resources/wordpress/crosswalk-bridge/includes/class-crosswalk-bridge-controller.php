<?php
/**
 * Routes for status, fields, changes and the webhook.
 *
 * @package Crosswalk_Bridge
 */

defined( 'ABSPATH' ) || exit;

/**
 * Answers below /wp-json/crosswalk/v1.
 */
class Crosswalk_Bridge_Controller {

	const NAMESPACE = 'crosswalk/v1';

	/**
	 * Registered keys.
	 *
	 * @var Crosswalk_Bridge_Fields
	 */
	private $fields;

	/**
	 * Who changed.
	 *
	 * @var Crosswalk_Bridge_Changes
	 */
	private $changes;

	/**
	 * The webhook.
	 *
	 * @var Crosswalk_Bridge_Webhook
	 */
	private $webhook;

	/**
	 * The product.
	 *
	 * @var Crosswalk_Bridge_AccessAlly
	 */
	private $accessally;

	/**
	 * Takes its parts.
	 *
	 * @param Crosswalk_Bridge_Fields     $fields     Registered keys.
	 * @param Crosswalk_Bridge_Changes    $changes    Who changed.
	 * @param Crosswalk_Bridge_Webhook    $webhook    The webhook.
	 * @param Crosswalk_Bridge_AccessAlly $accessally The product.
	 */
	public function __construct( Crosswalk_Bridge_Fields $fields, Crosswalk_Bridge_Changes $changes, Crosswalk_Bridge_Webhook $webhook, Crosswalk_Bridge_AccessAlly $accessally ) {
		$this->fields     = $fields;
		$this->changes    = $changes;
		$this->webhook    = $webhook;
		$this->accessally = $accessally;
	}

	/**
	 * Registers the routes, each with the right it needs.
	 */
	public function register_routes() {
		$this->route( '/status', 'GET', 'status', 'list_users' );
		$this->route( '/fields', 'GET', 'list_fields', 'list_users' );
		$this->route( '/fields', 'POST', 'add_field', 'manage_options', $this->field_arguments() );
		$this->route( '/fields/(?P<key>[^/]+)', 'DELETE', 'remove_field', 'manage_options' );
		$this->route( '/changes', 'GET', 'list_changes', 'list_users', $this->change_arguments() );
		$this->route( '/webhooks', 'GET', 'get_webhook', 'manage_options' );
		$this->route( '/webhooks', 'PUT', 'set_webhook', 'manage_options', $this->webhook_arguments() );
		$this->route( '/webhooks', 'DELETE', 'remove_webhook', 'manage_options' );
	}

	/**
	 * Registers one route.
	 *
	 * @param string $path       Path below the namespace.
	 * @param string $method     HTTP method.
	 * @param string $callback   Method of this class.
	 * @param string $capability Right that is needed.
	 * @param array  $arguments  Parameters.
	 */
	private function route( $path, $method, $callback, $capability, array $arguments = array() ) {
		register_rest_route(
			self::NAMESPACE,
			$path,
			array(
				'methods'             => $method,
				'callback'            => array( $this, $callback ),
				'permission_callback' => static function () use ( $capability ) {
					return current_user_can( $capability );
				},
				'args'                => $arguments,
			)
		);
	}

	/**
	 * Parameters of a new field.
	 *
	 * @return array
	 */
	private function field_arguments() {
		return array(
			'key'   => array(
				'type'     => 'string',
				'required' => true,
			),
			'type'  => array(
				'type'     => 'string',
				'enum'     => Crosswalk_Bridge_Fields::TYPES,
				'required' => true,
			),
			'label' => array(
				'type'              => 'string',
				'default'           => '',
				'validate_callback' => 'rest_validate_request_arg',
				'sanitize_callback' => 'sanitize_text_field',
			),
		);
	}

	/**
	 * Parameters of the list of changes.
	 *
	 * @return array
	 */
	private function change_arguments() {
		return array(
			'since' => array(
				'type'    => 'integer',
				'default' => 0,
				'minimum' => 0,
			),
			'after' => array(
				'type'    => 'integer',
				'default' => 0,
				'minimum' => 0,
			),
			'limit' => array(
				'type'    => 'integer',
				'default' => 100,
				'minimum' => 1,
				'maximum' => 1000,
			),
		);
	}

	/**
	 * Parameters of the webhook.
	 *
	 * @return array
	 */
	private function webhook_arguments() {
		$text = array(
			'type'     => 'string',
			'required' => true,
		);
		return array(
			'url'    => $text,
			'secret' => $text,
		);
	}

	/**
	 * What is installed.
	 *
	 * @return WP_REST_Response
	 */
	public function status() {
		return rest_ensure_response(
			array(
				'plugin'     => CROSSWALK_BRIDGE_VERSION,
				'contract'   => CROSSWALK_BRIDGE_CONTRACT,
				'wordpress'  => get_bloginfo( 'version' ),
				'accessally' => $this->accessally->status(),
				'now'        => time(),
			)
		);
	}

	/**
	 * The registered keys.
	 *
	 * @return WP_REST_Response
	 */
	public function list_fields() {
		return rest_ensure_response( array( 'fields' => array_values( $this->fields->all() ) ) );
	}

	/**
	 * Registers a key.
	 *
	 * @param WP_REST_Request $request Request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function add_field( WP_REST_Request $request ) {
		$key = $request['key'];
		if ( ! $this->fields->is_free( $key ) ) {
			return $this->error( 'crosswalk_invalid_key', "This key is WordPress's own or cannot be a key.", 400, array( 'key' => $key ) );
		}
		$known = $this->fields->get( $key );
		if ( $known && $known['type'] !== $request['type'] ) {
			$about = array(
				'key'  => $key,
				'type' => $known['type'],
			);
			return $this->error( 'crosswalk_field_exists', "This key is registered with the type {$known['type']}.", 409, $about );
		}
		$field = $this->fields->put( $key, $request['type'], $request['label'] );
		return new WP_REST_Response( $field, $known ? 200 : 201 );
	}

	/**
	 * Registers a key no longer.
	 *
	 * @param WP_REST_Request $request Request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function remove_field( WP_REST_Request $request ) {
		$key = $request->get_url_params()['key'];
		if ( ! $this->fields->get( $key ) ) {
			return $this->error( 'crosswalk_unknown_field', 'This key is not registered here.', 404, array( 'key' => $key ) );
		}
		return rest_ensure_response(
			array(
				'deleted'  => true,
				'previous' => $this->fields->remove( $key ),
			)
		);
	}

	/**
	 * Who changed since a time.
	 *
	 * @param WP_REST_Request $request Request.
	 * @return WP_REST_Response
	 */
	public function list_changes( WP_REST_Request $request ) {
		$now = time();
		return rest_ensure_response( $this->changes->page( $request['since'], $request['after'], $request['limit'] ) + array( 'now' => $now ) );
	}

	/**
	 * The webhook's target, without its secret.
	 *
	 * @return WP_REST_Response
	 */
	public function get_webhook() {
		$target = $this->webhook->target();
		return rest_ensure_response(
			array(
				'url'        => $target ? $target['url'] : null,
				'has_secret' => null !== $target,
			)
		);
	}

	/**
	 * Sets the webhook's target.
	 *
	 * @param WP_REST_Request $request Request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function set_webhook( WP_REST_Request $request ) {
		if ( ! $this->webhook->is_target( $request['url'] ) ) {
			return $this->error( 'crosswalk_invalid_url', 'The address must be https, or on this machine.', 400 );
		}
		if ( strlen( $request['secret'] ) < Crosswalk_Bridge_Webhook::SHORTEST_SECRET ) {
			$message = sprintf( 'The secret must have %d characters or more.', Crosswalk_Bridge_Webhook::SHORTEST_SECRET );
			return $this->error( 'crosswalk_invalid_secret', $message, 400 );
		}
		$this->webhook->set( $request['url'], $request['secret'] );
		return $this->get_webhook();
	}

	/**
	 * Takes the webhook away.
	 *
	 * @return WP_REST_Response
	 */
	public function remove_webhook() {
		$this->webhook->clear();
		return rest_ensure_response( array( 'deleted' => true ) );
	}

	/**
	 * An error.
	 *
	 * @param string $code    Code.
	 * @param string $message Message.
	 * @param int    $status  HTTP status.
	 * @param array  $about   Further data.
	 * @return WP_Error
	 */
	private function error( $code, $message, $status, array $about = array() ) {
		return new WP_Error( $code, $message, $about + array( 'status' => $status ) );
	}
}
