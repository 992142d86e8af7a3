"""The page of the syncs: running them, seeing what they did, retrying what failed."""
