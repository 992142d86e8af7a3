"""The Data page: objects, their records in a grid beside a form, their fields and relationships."""
