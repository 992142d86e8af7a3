"""Alerts: what a person should hear of though nobody is looking, once for each time that it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from desktop.domain.change import RunStatus
from desktop.domain.errors import CredentialRefused, ScopeMissing
from desktop.domain.values import Json
from desktop.store import RunRow
from desktop.workspace.context import Context
from desktop.workspace.topics import Topic

REPEATED = 3
"""So many runs in a row have to fail before it is told: one may meet a platform that restarts."""
_LOOKED_AT = 100
_CREDENTIAL_CODES = frozenset({CredentialRefused.code, ScopeMissing.code})
_MENDED = frozenset({RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS})


class AlertKind(StrEnum):
    """Why a person should look."""

    CREDENTIAL = "credential"
    """A platform refuses the credentials, or what is wanted with them."""
    QUESTION = "question"
    """A run stopped and asks before it goes on."""
    FAILING = "failing"
    """The sync has failed several times in a row."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to look at.

    :param message: what happened, in a sentence.
    :param hint: what to do next.
    """

    sync: str
    kind: AlertKind
    message: str
    hint: str


class Alerts:
    """Watches the runs that nobody asked for. What was told of is kept, so that no other process tells it again."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store
        self._waiting: list[Alert] = []

    async def take(self) -> list[Alert]:
        """What is to be told now; it is not told again until the sync has worked in between."""
        waiting, self._waiting = self._waiting, []
        return waiting

    async def look_at(self, sync: str) -> None:
        """Look how a sync stands after a run."""
        alert = await self._store.write(self._note, sync)
        if alert is not None:
            self._waiting.append(alert)
            self._context.news.tell(Topic.ALERTS)

    def _note(self, sync: str) -> Alert | None:
        row = self._store.syncs.by_name(sync)
        if row is None:
            return None
        runs = self._store.runs.recent(row.id, _LOOKED_AT, previews=False)
        alert = alert_of(row.name, runs)
        key = f"alert.{row.id}"
        told = cast("dict[str, str]", self._store.settings.get(key) or {})
        if alert is None or (told.get("kind") == alert.kind and not _mended_since(told["run"], runs)):
            return None
        self._store.settings.put(key, {"kind": alert.kind.value, "run": runs[0].id})
        return alert


def alert_of(sync: str, runs: Sequence[RunRow]) -> Alert | None:
    """What is to be told of a sync's runs, newest first; ``None`` where nothing is."""
    if not runs:
        return None
    error = _error(runs[0])
    message, hint = str(error.get("message") or ""), str(error.get("hint") or "")
    if runs[0].status is RunStatus.NEEDS_CONFIRMATION:
        return Alert(sync, AlertKind.QUESTION, message, hint)
    if runs[0].status is not RunStatus.FAILED:
        return None
    if error.get("code") in _CREDENTIAL_CODES:
        return Alert(sync, AlertKind.CREDENTIAL, message, hint)
    latest = runs[:REPEATED]
    if len(latest) == REPEATED and all(run.status is RunStatus.FAILED for run in latest):
        return Alert(sync, AlertKind.FAILING, message, hint)
    return None


def _mended_since(run_id: str, runs: Sequence[RunRow]) -> bool:
    """Whether the sync has worked since that run; it has, where that run is too long ago to be among these."""
    for run in runs:
        if run.id == run_id:
            return False
        if run.status in _MENDED:
            return True
    return True


def _error(run: RunRow) -> dict[str, Json]:
    result = run.result if isinstance(run.result, dict) else {}
    found = result.get("error")
    return found if isinstance(found, dict) else {}
