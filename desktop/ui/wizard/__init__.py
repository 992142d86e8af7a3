"""The wizard that makes and changes a sync, step by step."""
