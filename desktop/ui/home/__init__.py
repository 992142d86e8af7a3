"""Home: every sync at a glance, and what needs attention."""
