"""AccessAlly in the sandbox: the WordPress site that a membership plugin lives in, and our bridge plugin on it."""

from desktop.sandbox.accessally.platform import platform

__all__ = ["platform"]
