<?php
/**
 * Removes what the plugin kept. Members and their profiles stay as they are.
 *
 * @package Crosswalk_Bridge
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

global $wpdb;

foreach ( array( 'crosswalk_bridge_fields', 'crosswalk_bridge_webhook', 'crosswalk_bridge_installed' ) as $crosswalk_bridge_option ) {
	delete_option( $crosswalk_bridge_option );
}

// The name is made of WordPress's own prefix; there is nothing to prepare.
$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}crosswalk_changes" ); // phpcs:ignore WordPress.DB
