<?php
/**
 * Routes for AccessAlly's tags.
 *
 * @package Crosswalk_Bridge
 */

defined( 'ABSPATH' ) || exit;

/**
 * Answers /wp-json/crosswalk/v1/tags, /members/tags and /members/{id}/tags.
 */
class Crosswalk_Bridge_Tags_Controller {

	const MOST_MEMBERS = 100;

	/**
	 * The product.
	 *
	 * @var Crosswalk_Bridge_AccessAlly
	 */
	private $accessally;

	/**
	 * Who is told of changed tags.
	 *
	 * @var Crosswalk_Bridge_Watcher
	 */
	private $watcher;

	/**
	 * Takes its parts.
	 *
	 * @param Crosswalk_Bridge_AccessAlly $accessally The product.
	 * @param Crosswalk_Bridge_Watcher    $watcher    Who is told of changed tags.
	 */
	public function __construct( Crosswalk_Bridge_AccessAlly $accessally, Crosswalk_Bridge_Watcher $watcher ) {
		$this->accessally = $accessally;
		$this->watcher    = $watcher;
	}

	/**
	 * Registers the routes, each with the right it needs.
	 */
	public function register_routes() {
		$numbers = array(
			'type'     => 'array',
			'items'    => array( 'type' => 'integer' ),
			'required' => true,
		);
		$tags    = array( 'tags' => $numbers );
		$members = array( 'ids' => $numbers + array( 'maxItems' => self::MOST_MEMBERS ) );
		$this->route( '/tags', 'GET', 'list_tags', 'list_users', array() );
		$this->route( '/members/tags', 'GET', 'list_tags_of_members', 'list_users', $members );
		$this->route( '/members/(?P<id>[\d]+)/tags', 'GET', 'list_member_tags', 'list_users', array() );
		$this->route( '/members/(?P<id>[\d]+)/tags', 'POST', 'add_member_tags', 'edit_users', $tags );
		$this->route( '/members/(?P<id>[\d]+)/tags', 'DELETE', 'remove_member_tags', 'edit_users', $tags );
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
	private function route( $path, $method, $callback, $capability, array $arguments ) {
		register_rest_route(
			Crosswalk_Bridge_Controller::NAMESPACE,
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
	 * AccessAlly's tags.
	 *
	 * @return WP_REST_Response|WP_Error
	 */
	public function list_tags() {
		$tags = $this->accessally->is_present() ? $this->accessally->tags() : $this->absent();
		return is_wp_error( $tags ) ? $tags : rest_ensure_response( array( 'tags' => $tags ) );
	}

	/**
	 * The tags of several members; who is not there is left out.
	 *
	 * @param WP_REST_Request $request Request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function list_tags_of_members( WP_REST_Request $request ) {
		if ( ! $this->accessally->is_present() ) {
			return $this->absent();
		}
		$ids = array_unique( $request['ids'] );
		cache_users( $ids );
		$members = array();
		foreach ( array_filter( array_map( 'get_userdata', $ids ) ) as $user ) {
			$member = $this->shown( $user );
			if ( is_wp_error( $member ) ) {
				return $member;
			}
			$members[] = $member;
		}
		return rest_ensure_response( array( 'members' => $members ) );
	}

	/**
	 * A member's tags.
	 *
	 * @param WP_REST_Request $request Request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function list_member_tags( WP_REST_Request $request ) {
		$member = $this->member( $request );
		return is_wp_error( $member ) ? $member : rest_ensure_response( $member );
	}

	/**
	 * Gives a member tags.
	 *
	 * @param WP_REST_Request $request Request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function add_member_tags( WP_REST_Request $request ) {
		return $this->change( $request, true );
	}

	/**
	 * Takes tags from a member.
	 *
	 * @param WP_REST_Request $request Request.
	 * @return WP_REST_Response|WP_Error
	 */
	public function remove_member_tags( WP_REST_Request $request ) {
		return $this->change( $request, false );
	}

	/**
	 * Changes a member's tags.
	 *
	 * @param WP_REST_Request $request Request.
	 * @param bool            $added   Whether they are given.
	 * @return WP_REST_Response|WP_Error
	 */
	private function change( WP_REST_Request $request, $added ) {
		$member = $this->member( $request );
		if ( is_wp_error( $member ) ) {
			return $member;
		}
		if ( null === $member['contact_id'] ) {
			return new WP_Error( 'crosswalk_no_contact', 'This member has no AccessAlly contact yet.', array( 'status' => 409 ) );
		}
		$known = $this->accessally->tags();
		if ( is_wp_error( $known ) ) {
			return $known;
		}
		$unknown = array_values( array_diff( $request['tags'], wp_list_pluck( $known, 'Id' ) ) );
		if ( $unknown ) {
			$about = array(
				'tags'   => $unknown,
				'status' => 400,
			);
			return new WP_Error( 'crosswalk_unknown_tag', 'AccessAlly has no such tag.', $about );
		}
		$done = $this->accessally->change_tags( $member['id'], $member['contact_id'], $request['tags'], $added );
		if ( is_wp_error( $done ) ) {
			return $done;
		}
		$this->watcher->tags_changed( $member['id'] );
		return $this->changed( $request, $added );
	}

	/**
	 * What the site knows after a change.
	 *
	 * @param WP_REST_Request $request Request.
	 * @param bool            $added   Whether tags were given.
	 * @return WP_REST_Response|WP_Error
	 */
	private function changed( WP_REST_Request $request, $added ) {
		$member = $this->member( $request );
		if ( is_wp_error( $member ) ) {
			return $member;
		}
		$missing = array_diff( $request['tags'], $member['tags'] );
		$kept    = array_intersect( $request['tags'], $member['tags'] );
		return rest_ensure_response( $member + array( 'pending' => (bool) ( $added ? $missing : $kept ) ) );
	}

	/**
	 * The member that a path names, with tags.
	 *
	 * @param WP_REST_Request $request Request.
	 * @return array|WP_Error
	 */
	private function member( WP_REST_Request $request ) {
		if ( ! $this->accessally->is_present() ) {
			return $this->absent();
		}
		$user = get_userdata( (int) $request->get_url_params()['id'] );
		if ( ! $user ) {
			return new WP_Error( 'rest_user_invalid_id', 'Invalid user ID.', array( 'status' => 404 ) );
		}
		return $this->shown( $user );
	}

	/**
	 * A member as it is answered.
	 *
	 * @param WP_User $user The member.
	 * @return array|WP_Error
	 */
	private function shown( WP_User $user ) {
		$contact_id = $this->accessally->contact_id( $user->ID );
		$tags       = is_wp_error( $contact_id ) ? $contact_id : $this->accessally->tags_of( $user->ID, $contact_id );
		if ( is_wp_error( $tags ) ) {
			return $tags;
		}
		return array(
			'id'         => $user->ID,
			'contact_id' => $contact_id,
			'tags'       => $tags,
		);
	}

	/**
	 * The error where the product is not there.
	 *
	 * @return WP_Error
	 */
	private function absent() {
		return new WP_Error( 'crosswalk_no_accessally', 'AccessAlly is not active on this site.', array( 'status' => 501 ) );
	}
}
