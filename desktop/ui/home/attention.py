"""What needs attention: each matter in a sentence, with where its remedy is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from PySide6.QtCore import QCoreApplication

from desktop.domain.change import UNDO, RunStatus
from desktop.domain.errors import CredentialRefused, ScopeMissing
from desktop.ui.connections.words import ROTATE_AFTER
from desktop.ui.text import counted, number
from desktop.workspace.connection_views import ConnectionView
from desktop.workspace.views import DraftView, FailureView, Health, SyncView

_CREDENTIAL_CODES = {CredentialRefused.code, ScopeMissing.code}


def _tr(text: str) -> str:
    return QCoreApplication.translate("Home", text)


@dataclass(frozen=True, slots=True)
class Matter:
    """Something to look at.

    :param remedy: the label of its button.
    :param page: key of the page that the button goes to, with ``target``.
    """

    title: str
    text: str
    remedy: str
    page: str
    target: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of the workspace.

    :param failures: the first failed record of each sync that has some.
    :param ages: how old the credentials of a connection are.
    :param objects: labels of objects by connection and key.
    """

    syncs: Sequence[SyncView]
    connections: Sequence[ConnectionView]
    failures: Mapping[str, FailureView] = field(default_factory=dict)
    drafts: Sequence[DraftView] = ()
    ages: Mapping[str, timedelta] = field(default_factory=dict)
    objects: Mapping[tuple[str, str], str] = field(default_factory=dict)


def matters(situation: Situation) -> list[Matter]:
    """Everything that needs attention, what stops work first."""
    return [
        *_connections(situation),
        *_stopped(situation),
        *_questions(situation),
        *_conflicts(situation),
        *_failures(situation),
        *_drafts(situation),
        *_old_credentials(situation),
    ]


def _connections(situation: Situation) -> list[Matter]:
    found: list[Matter] = []
    for view in situation.connections:
        if view.needs_secret:
            title = _tr("%1 needs its credentials").replace("%1", view.name)
            text = _tr("They are not in this computer’s keyring.")
            found.append(_replace(view.name, title, text))
        elif view.problem is not None and view.problem.code in _CREDENTIAL_CODES:
            found.append(_replace(view.name, view.problem.message, view.problem.hint))
        elif view.problem is not None:
            target = {"connection": view.name}
            remedy = _tr("Show the connection")
            found.append(Matter(view.problem.message, view.problem.hint, remedy, "connections", target))
    return found


def _replace(connection: str, title: str, text: str) -> Matter:
    target = {"connection": connection, "replace": True}
    return Matter(title, text, _tr("Replace credentials"), "connections", target)


def needs_credentials(view: SyncView, connections: Sequence[ConnectionView]) -> str | None:
    """The connection whose credentials have to be replaced before the sync can go on, None where that is not why."""
    ends = (view.definition.left.connection, view.definition.right.connection)
    used = [item for item in connections if item.name in ends]
    for item in used:
        if item.needs_secret or (item.problem is not None and item.problem.code in _CREDENTIAL_CODES):
            return item.name
    problem = view.last_run.problem if view.last_run and view.health is Health.STOPPED else None
    if problem is None or problem.code not in _CREDENTIAL_CODES:
        return None
    ended = view.last_run.ended_at if view.last_run else None
    for item in used:
        mended = ended is not None and item.checked_at is not None and item.checked_at > ended
        if item.name in problem.message and not mended:
            return item.name
    return None


def _stopped(situation: Situation) -> list[Matter]:
    found: list[Matter] = []
    told = {view.name for view in situation.connections if view.needs_secret or view.problem is not None}
    for view in situation.syncs:
        run = view.last_run
        if run is None or view.health is not Health.STOPPED:
            continue
        if run.status is RunStatus.INTERRUPTED:
            title = _tr("“%1” was interrupted").replace("%1", view.name)
            text = _tr("What was written is kept. The next run goes on from there.")
            if run.trigger == UNDO:
                title = _tr("An undo of “%1” was interrupted").replace("%1", view.name)
                text = _tr("“Undo last run” goes on where it stopped.")
            found.append(Matter(title, text, _tr("Show the sync"), "syncs", {"sync": view.name}))
            continue
        connection = needs_credentials(view, situation.connections)
        if connection in told:
            continue
        title = _tr("“%1” has stopped").replace("%1", view.name)
        text = run.problem.message if run.problem else ""
        if connection is not None:
            found.append(_replace(connection, title, text))
        else:
            found.append(Matter(title, text, _tr("Show the sync"), "syncs", {"sync": view.name}))
    return found


def _questions(situation: Situation) -> list[Matter]:
    found: list[Matter] = []
    for view in situation.syncs:
        run = view.last_run
        if run is not None and run.status is RunStatus.NEEDS_CONFIRMATION:
            title = _tr("“%1” asks before it goes on").replace("%1", view.name)
            text = run.problem.message if run.problem else ""
            found.append(Matter(title, text, _tr("Decide"), "syncs", {"sync": view.name}))
    return found


def _conflicts(situation: Situation) -> list[Matter]:
    found: list[Matter] = []
    for view in situation.syncs:
        if view.conflicts:
            title = f"{counted(view.conflicts, '%n question for you', '%n questions for you', 'Home')} · {view.name}"
            text = _tr("Both sides changed, and the sync asks which one stands.")
            found.append(Matter(title, text, _tr("Decide"), "syncs", {"sync": view.name, "tab": "conflicts"}))
    return found


def _failures(situation: Situation) -> list[Matter]:
    found: list[Matter] = []
    for view in situation.syncs:
        if not view.due:
            continue
        one, many = "%n record could not be sent", "%n records could not be sent"
        title = f"{counted(view.due, one, many, 'Home')} · {view.name}"
        first = situation.failures.get(view.name)
        text = f"{first.title}: {first.problem.message}" if first else ""
        target = {"sync": view.name, "tab": "failures"}
        found.append(Matter(title, text, _tr("Show failures"), "syncs", target))
    return found


def _drafts(situation: Situation) -> list[Matter]:
    places: dict[tuple[str, str], list[DraftView]] = {}
    for draft in situation.drafts:
        places.setdefault((draft.connection, draft.object), []).append(draft)
    found: list[Matter] = []
    for (connection, key), drafts in places.items():
        one, many = "%n record with unsaved changes", "%n records with unsaved changes"
        label = situation.objects.get((connection, key), key)
        target = {"connection": connection, "object": key, "record": drafts[0].record_id}
        title = counted(len(drafts), one, many, "Home")
        found.append(Matter(title, f"{connection} · {label}", _tr("Show the record"), "data", target))
    return found


def _old_credentials(situation: Situation) -> list[Matter]:
    found: list[Matter] = []
    for view in situation.connections:
        age = situation.ages.get(view.name)
        if age is None or age < ROTATE_AFTER or view.needs_secret or view.problem is not None:
            continue
        title = _tr("The credentials of %1 are %2 days old").replace("%1", view.name)
        text = _tr("New ones every 90 days keep a lost one from doing harm.")
        found.append(_replace(view.name, title.replace("%2", number(age.days)), text))
    return found
