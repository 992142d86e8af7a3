<?php
/**
 * Plugin Name:       Crosswalk Bridge
 * Description:       Lets the desktop application Crosswalk read and write members' profile fields and AccessAlly tags, and learn who changed.
 * Version:           1.2.0
 * Requires at least: 5.7
 * Requires PHP:      7.4
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       crosswalk-bridge
 *
 * @package Crosswalk_Bridge
 */

defined( 'ABSPATH' ) || exit;

define( 'CROSSWALK_BRIDGE_VERSION', '1.2.0' );
define( 'CROSSWALK_BRIDGE_CONTRACT', 3 );

require_once __DIR__ . '/includes/class-crosswalk-bridge-fields.php';
require_once __DIR__ . '/includes/class-crosswalk-bridge-changes.php';
require_once __DIR__ . '/includes/class-crosswalk-bridge-webhook.php';
require_once __DIR__ . '/includes/class-crosswalk-bridge-accessally.php';
require_once __DIR__ . '/includes/class-crosswalk-bridge-watcher.php';
require_once __DIR__ . '/includes/class-crosswalk-bridge-controller.php';
require_once __DIR__ . '/includes/class-crosswalk-bridge-tags-controller.php';

/**
 * Puts the parts together and hooks them into WordPress.
 */
function crosswalk_bridge_start() {
	$fields     = new Crosswalk_Bridge_Fields();
	$changes    = new Crosswalk_Bridge_Changes();
	$webhook    = new Crosswalk_Bridge_Webhook();
	$accessally = new Crosswalk_Bridge_AccessAlly();
	$watcher    = new Crosswalk_Bridge_Watcher( $fields, $changes, $webhook );
	$controller = new Crosswalk_Bridge_Controller( $fields, $changes, $webhook, $accessally );
	$tags       = new Crosswalk_Bridge_Tags_Controller( $accessally, $watcher );

	add_action( 'init', array( $changes, 'install' ), 5 );
	// Late, so that a key which another plugin registers for REST stays that plugin's.
	add_action( 'init', array( $fields, 'register' ), 100 );
	add_action( 'rest_api_init', array( $controller, 'register_routes' ) );
	add_action( 'rest_api_init', array( $tags, 'register_routes' ) );
	$watcher->listen();
}

crosswalk_bridge_start();
