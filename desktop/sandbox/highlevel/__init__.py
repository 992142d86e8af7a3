"""HighLevel as its API behaves: custom objects, fields, associations, contacts and the location."""

from __future__ import annotations

from desktop.sandbox.highlevel.platform import platform

__all__ = ["platform"]
