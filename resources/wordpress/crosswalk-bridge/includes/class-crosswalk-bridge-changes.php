<?php
/**
 * Who changed, and when.
 *
 * @package Crosswalk_Bridge
 */

defined( 'ABSPATH' ) || exit;

/**
 * One row for each user in a table of the plugin's own: the last change, or the deletion.
 */
class Crosswalk_Bridge_Changes {

	const INSTALLED = 'crosswalk_bridge_installed';

	/**
	 * Users that were deleted during this request: what WordPress clears away after them is no change.
	 *
	 * @var bool[]
	 */
	private $gone = array();

	/**
	 * The table's name on this site.
	 *
	 * @return string
	 */
	private function table() {
		global $wpdb;
		return $wpdb->prefix . 'crosswalk_changes';
	}

	/**
	 * Makes the table once. Everybody who is there counts as changed now.
	 */
	public function install() {
		global $wpdb;
		if ( CROSSWALK_BRIDGE_VERSION === get_option( self::INSTALLED ) ) {
			return;
		}
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$table = $this->table();
		dbDelta(
			"CREATE TABLE {$table} (
			user_id bigint(20) unsigned NOT NULL,
			changed_at bigint(20) unsigned NOT NULL,
			deleted tinyint(1) unsigned NOT NULL DEFAULT 0,
			PRIMARY KEY  (user_id),
			KEY changed_at (changed_at,user_id)
			) {$wpdb->get_charset_collate()};"
		);
		// phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
		$wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO {$table} SELECT ID, %d, 0 FROM {$wpdb->users}", time() ) );
		update_option( self::INSTALLED, CROSSWALK_BRIDGE_VERSION );
	}

	/**
	 * Notes that a user changed now.
	 *
	 * @param int $user_id User.
	 */
	public function touch( $user_id ) {
		if ( ! isset( $this->gone[ $user_id ] ) ) {
			$this->note( $user_id, 0 );
		}
	}

	/**
	 * Notes that a user is gone.
	 *
	 * @param int $user_id User.
	 */
	public function deleted( $user_id ) {
		$this->gone[ $user_id ] = true;
		$this->note( $user_id, 1 );
	}

	/**
	 * Writes a user's row.
	 *
	 * @param int $user_id User.
	 * @param int $deleted 1 when the user is gone.
	 */
	private function note( $user_id, $deleted ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery
		$wpdb->replace(
			$this->table(),
			array(
				'user_id'    => $user_id,
				'changed_at' => time(),
				'deleted'    => $deleted,
			),
			'%d'
		);
	}

	/**
	 * A page of changes, oldest first.
	 *
	 * @param int $since Unix seconds.
	 * @param int $after User id to go on from among those that changed at that second.
	 * @param int $limit How many at most.
	 * @return array `changes` and `next`.
	 */
	public function page( $since, $after, $limit ) {
		global $wpdb;
		$table = $this->table();
		$rows  = $wpdb->get_results( // phpcs:ignore WordPress.DB.DirectDatabaseQuery
			$wpdb->prepare(
				"SELECT user_id, changed_at, deleted FROM {$table}" // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
				. ' WHERE changed_at > %d OR (changed_at = %d AND user_id > %d) ORDER BY changed_at, user_id LIMIT %d',
				$since,
				$since,
				$after,
				$limit + 1
			)
		);
		$more  = count( $rows ) > $limit;
		$page  = array_map( array( $this, 'shown' ), array_slice( $rows, 0, $limit ) );
		$last  = end( $page );
		return array(
			'changes' => $page,
			'next'    => $more ? array(
				'since' => $last['changed_at'],
				'after' => $last['id'],
			) : null,
		);
	}

	/**
	 * A row as it is answered.
	 *
	 * @param object $row Row of the table.
	 * @return array
	 */
	private function shown( $row ) {
		return array(
			'id'         => (int) $row->user_id,
			'changed_at' => (int) $row->changed_at,
			'deleted'    => (bool) $row->deleted,
		);
	}
}
