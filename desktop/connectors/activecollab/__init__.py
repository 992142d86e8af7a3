"""ActiveCollab: projects, task lists, tasks and what hangs on them (API v1, versions 5 and later)."""
