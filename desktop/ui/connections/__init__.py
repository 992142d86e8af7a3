"""Connections: the accounts, what their credentials allow, and their quota."""
