"""Connections in the operator's words."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import QCoreApplication

from desktop.domain.errors import CredentialRefused
from desktop.ui.text import duration, number
from desktop.ui.theme import Tone
from desktop.workspace.connection_views import ConnectionView, PermissionView, QuotaView

ROTATE_AFTER = timedelta(days=90)
"""Age from which new credentials are advised. HighLevel advises to rotate a private integration token every
90 days (https://marketplace.gohighlevel.com/docs/Authorization/PrivateIntegrationsToken)."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Connections", text)


def state_of(view: ConnectionView) -> tuple[str, Tone]:
    """How a connection is, in a word or two, and its tint."""
    if view.needs_secret:
        return _tr("Needs its credentials"), Tone.WARNING
    if view.problem is None:
        return _tr("Connected"), Tone.GOOD
    refused = view.problem.code == CredentialRefused.code
    return (_tr("Refused"), Tone.BAD) if refused else (_tr("Not reached"), Tone.WARNING)


def permission_state(permission: PermissionView) -> tuple[str, Tone]:
    """Whether the credentials allow it."""
    if permission.granted is None:
        return _tr("Not known"), Tone.NEUTRAL
    return (_tr("Granted"), Tone.GOOD) if permission.granted else (_tr("Missing"), Tone.BAD)


def quota_rows(quota: QuotaView) -> list[tuple[str, str]]:
    """What may be asked of the platform, and how much of that is left."""
    rows = [(_tr("Pace"), _pace(quota))]
    if quota.remaining is not None:
        left = _tr("%1 of %2").replace("%1", number(quota.remaining)).replace("%2", number(quota.limit))
        rows.append((_tr("Left just now"), left))
    if quota.daily_limit is not None:
        rows.append((_tr("Requests a day"), number(quota.daily_limit)))
    if quota.daily_remaining is not None:
        rows.append((_tr("Left today"), number(quota.daily_remaining)))
    return rows


def _pace(quota: QuotaView) -> str:
    if quota.interval_seconds == 1:
        return _tr("%1 requests a second").replace("%1", number(quota.limit))
    pace = _tr("%1 requests every %2").replace("%1", number(quota.limit))
    return pace.replace("%2", duration(max(round(quota.interval_seconds), 1)))


def quota_left(quota: QuotaView) -> str:
    """The quota that is left, in a few words; blank where the platform does not tell."""
    if quota.daily_remaining is not None:
        return _tr("%1 left today").replace("%1", number(quota.daily_remaining))
    return ""
