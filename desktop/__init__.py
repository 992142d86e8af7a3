"""Crosswalk: browse, edit and synchronise custom objects between HighLevel and its neighbours."""

__version__ = "0.1.0"
