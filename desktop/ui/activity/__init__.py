"""Activity: every run and every edit."""
