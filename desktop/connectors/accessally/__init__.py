"""AccessAlly: the members of a WordPress site, through WordPress's own API and the Crosswalk Bridge plugin."""
