<?php
/**
 * Stands in for AccessAlly, which is a commercial product and could not be obtained. It has the classes and static
 * methods that other public plugins call, and nothing of what the product does with them: contacts and tags are
 * kept in user meta. The tests' option `tests_switches` tells whether it is there and how it behaves.
 */

defined( 'ABSPATH' ) || exit;

add_filter( 'pre_wp_mail', '__return_true' );

$tests_switches = (array) json_decode( (string) get_option( 'tests_switches', '{}' ), true ) + array(
	'accessally'   => true,
	'mode'         => 'managed',
	'strict_login' => false,
	'broken'       => false,
);

if ( $tests_switches['strict_login'] ) {
	// As plugins do that ask early who is calling.
	add_filter(
		'rest_authentication_errors',
		function ( $result ) {
			wp_get_current_user();
			return $result;
		}
	);
}

if ( $tests_switches['accessally'] ) {
	define( 'TESTS_ACCESSALLY_MODE', $tests_switches['mode'] );
	define( 'TESTS_ACCESSALLY_BROKEN', $tests_switches['broken'] );

	class AccessAlly {
		const VERSION = '4.1.2';
	}

	class AccessAllySettingSetup {
		public static function get_api_settings() {
			return array( 'system' => 'managed' === TESTS_ACCESSALLY_MODE ? 'accessally' : 'activecampaign' );
		}
	}

	class AccessAllyUserPermission {
		public static function get_user_contact_id( $user_id ) {
			return get_user_meta( $user_id, '_stand_in_contact', true );
		}
		public static function get_cleaned_user_tags( $user_id ) {
			return array( 'clean' => (array) get_user_meta( $user_id, '_stand_in_site_tags', true ) ?: array() );
		}
	}

	class AccessAllyMembershipUtilities {
		public static function get_all_tags() {
			$tags = array();
			foreach ( array( 'customer', 'newsletter', 'vip', 'lead', 'wholesale', 'referral' ) as $index => $name ) {
				$tags[] = array(
					'Id'      => $index + 1,
					'TagName' => $name,
				);
			}
			return $tags;
		}
		public static function get_contact_tags( $contact_id ) {
			return get_option( "stand_in_tags_$contact_id", array() );
		}
		public static function add_contact_tags( $contact_id, $ids ) {
			if ( TESTS_ACCESSALLY_BROKEN ) {
				throw new RuntimeException( 'the platform did not answer' );
			}
			update_option( "stand_in_tags_$contact_id", array_values( array_unique( array_merge( self::get_contact_tags( $contact_id ), $ids ) ) ) );
		}
		public static function remove_contact_tags( $contact_id, $ids ) {
			update_option( "stand_in_tags_$contact_id", array_values( array_diff( self::get_contact_tags( $contact_id ), $ids ) ) );
		}
	}

	class AccessAllyUserTags {
		public static function sync_user_tag_list( $contact_id, $ids, $system ) {
			// A connected platform's tags are taken over later, when it calls the site.
			if ( 'accessally' === $system ) {
				update_user_meta( (int) substr( $contact_id, 1 ), '_stand_in_site_tags', $ids );
			}
		}
	}

	if ( 'managed' === $tests_switches['mode'] ) {
		add_action(
			'user_register',
			function ( $user_id ) {
				update_user_meta( $user_id, '_stand_in_contact', "c$user_id" );
				update_user_meta( $user_id, '_stand_in_site_tags', array() );
			},
			5
		);
	}
}
