"""ActiveCampaign in the sandbox: contacts and what hangs on them, custom object schemas and records, limits,
errors.
"""

from desktop.sandbox.activecampaign.platform import platform

__all__ = ["platform"]
