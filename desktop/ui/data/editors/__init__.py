"""Editors of single fields, one for each type of value."""
