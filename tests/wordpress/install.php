<?php
/**
 * Installs the site that lies in the folder given and prints the credentials of its three accounts as JSON.
 */
$_SERVER['HTTP_HOST']      = '127.0.0.1';
$_SERVER['REQUEST_METHOD'] = 'GET';
define( 'WP_INSTALLING', true );
require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';

wp_install( 'Sandbox Members', 'admin', 'amelia.hart@example.com', false, '', 'login-password' );
update_option( 'permalink_structure', '/%postname%/' );
flush_rewrite_rules();
update_option( 'active_plugins', array( 'crosswalk-bridge/crosswalk-bridge.php' ) );

$crosswalk_accounts = array( 'administrator' => get_user_by( 'login', 'admin' )->ID );
foreach ( array( 'editor', 'subscriber' ) as $crosswalk_role ) {
	$crosswalk_accounts[ $crosswalk_role ] = wp_insert_user(
		array(
			'user_login' => $crosswalk_role,
			'user_email' => $crosswalk_role . '@site.example.com',
			'user_pass'  => 'login-password',
			'role'       => $crosswalk_role,
		)
	);
}
$crosswalk_credentials = array();
foreach ( $crosswalk_accounts as $crosswalk_role => $crosswalk_id ) {
	list( $crosswalk_password ) = WP_Application_Passwords::create_new_application_password( $crosswalk_id, array( 'name' => 'sandbox' ) );
	$crosswalk_credentials[ $crosswalk_role ] = get_userdata( $crosswalk_id )->user_login . ':' . WP_Application_Passwords::chunk_password( $crosswalk_password );
}
echo wp_json_encode( $crosswalk_credentials );
