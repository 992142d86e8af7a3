"""The first page: nothing is connected yet."""
