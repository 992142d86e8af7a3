"""ActiveCollab in the sandbox: projects, task lists, tasks and what hangs on them, people, sign-in and webhooks."""

from desktop.sandbox.activecollab.platform import platform

__all__ = ["platform"]
