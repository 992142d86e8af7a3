<?php
/**
 * Does what WordPress does when the plugin is deleted, save for its files, and prints what is left of it as JSON.
 */
$_SERVER['HTTP_HOST']      = '127.0.0.1';
$_SERVER['REQUEST_METHOD'] = 'GET';
require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';

uninstall_plugin( 'crosswalk-bridge/crosswalk-bridge.php' );
echo wp_json_encode(
	array(
		'options' => $wpdb->get_col( "SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE 'crosswalk%'" ),
		'tables'  => $wpdb->get_col( "SHOW TABLES LIKE '%crosswalk%'" ),
	)
);
