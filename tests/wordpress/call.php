<?php
/**
 * Calls a function inside the site, as another plugin would: name and arguments come as a JSON list.
 */
$_SERVER['HTTP_HOST']      = '127.0.0.1';
$_SERVER['REQUEST_METHOD'] = 'GET';
require $argv[1] . '/wp-load.php';

$tests_call = json_decode( $argv[2], true );
call_user_func_array( array_shift( $tests_call ), $tests_call );
