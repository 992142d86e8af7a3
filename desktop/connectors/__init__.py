"""Connectors: one protocol, one folder a platform, one transport under all of them."""
