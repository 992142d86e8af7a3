"""What a face is told: plain, immutable views of objects, syncs, runs and edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from desktop.domain.change import FieldChange, RunStatus
from desktop.domain.conflict import ConflictKind
from desktop.domain.definition import SyncDefinition
from desktop.domain.errors import Problem
from desktop.domain.mapping import FieldPair, Side
from desktop.domain.record import Record
from desktop.domain.values import Json, Value, Values
from desktop.workspace.connection_views import PlatformView


@dataclass(frozen=True, slots=True)
class ObjectView:
    """An object in the tree of a connection; ``count`` is of the mirror, ``None`` before it was ever read."""

    key: str
    label: str
    count: int | None
    read_at: datetime | None
    custom: bool


@dataclass(frozen=True, slots=True)
class TreeView:
    """A connection with its objects."""

    connection: str
    platform: PlatformView
    objects: tuple[ObjectView, ...]
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class MirrorView:
    """The local copy of an object's records."""

    count: int
    read_at: datetime | None
    complete: bool


@dataclass(frozen=True, slots=True)
class RelatedView:
    """A record that another is linked to."""

    label: str
    object: str
    object_label: str
    record_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Collision:
    """A field that was changed here and, since it was read, on the server too."""

    field: str
    before: Value
    theirs: Value
    mine: Value


@dataclass(frozen=True, slots=True)
class Saved:
    """The record as it is on the server after a save."""

    record: Record


@dataclass(frozen=True, slots=True)
class Collided:
    """Nothing was sent: the record has changed on the server since it was read.

    :param theirs: the record as it is there now.
    :param collisions: the fields changed on both sides; fields changed on one side only merge by themselves.
    """

    theirs: Record
    collisions: tuple[Collision, ...]


@dataclass(frozen=True, slots=True)
class DraftView:
    """Edits that were typed and not saved yet. ``record_id`` is blank for a new record."""

    connection: str
    object: str
    record_id: str
    base: Record | None
    edits: Values
    at: datetime


class Health(StrEnum):
    """How a sync is, in one word."""

    NEW = "new"
    IN_STEP = "in_step"
    RUNNING = "running"
    ATTENTION = "attention"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class RunView:
    """One run, as lists and cards show it. ``result`` is the document of ``sync run --json``."""

    id: str
    sync: str
    started_at: datetime
    ended_at: datetime | None
    status: RunStatus
    trigger: str
    result: Mapping[str, Json]
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class SyncView:
    """A sync with what joins it and how it is.

    :param linked: linked pairs of records.
    :param due: records that failed and wait to be retried.
    :param approved: whether a person saw its preview and said yes; until then "Sync now" shows the preview first.
    :param recent: records written in each of the last runs, oldest first (at most 10).
    :param conflicts: open questions that wait for a person.
    :param paused: whether it rests: it does not run by itself until a person resumes it.
    :param next_run: when it runs by itself next, ``None`` where it does not.
    :param can_undo: whether the last run that wrote something can be taken back.
    """

    name: str
    definition: SyncDefinition
    left_platform: PlatformView | None
    right_platform: PlatformView | None
    left_label: str
    right_label: str
    health: Health
    linked: int
    due: int
    approved: bool
    last_run: RunView | None
    recent: tuple[int, ...]
    conflicts: int = 0
    paused: bool = False
    next_run: datetime | None = None
    can_undo: bool = False


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change of a run; ``fields`` by label of the written field.

    :param source_id: id of the record that it comes from, by which it can be retried alone.
    :param place: the connection that is written, where the sync writes more than one; else blank.
    """

    id: int
    action: str
    state: str
    side: Side
    object_label: str
    title: str
    left_id: str | None
    right_id: str | None
    fields: Mapping[str, FieldChange]
    problem: Problem | None
    source_id: str | None
    place: str = ""


@dataclass(frozen=True, slots=True)
class FailureView:
    """A record that could not be written and waits to be retried."""

    source_id: str
    title: str
    problem: Problem
    since: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class ConflictView:
    """A question that waits for a person.

    :param label: what it is about: the label of the left field, blank for a deletion or a match.
    :param right_label: the label of the right field.
    :param side: of a deletion, where the record is gone; of a match, where the record is that seeks its counterpart.
    :param left_connection: name of the connection on the left side.
    :param left_at: when the record changed there, as the platform states it.
    :param left_by: who changed it there, blank where the platform does not say.
    :param candidates: of a match, the records to choose from: titles by id.
    :param can_keep_both: whether both texts can stand one after the other.
    :param alike: how many open questions there are of the same kind about the same field, this one included.
    """

    id: int
    kind: ConflictKind
    side: Side
    title: str
    label: str
    right_label: str
    left_connection: str
    right_connection: str
    left_id: str
    right_id: str
    left_value: Value
    right_value: Value
    left_at: datetime | None
    right_at: datetime | None
    left_by: str
    right_by: str
    since: datetime
    candidates: Mapping[str, str]
    can_keep_both: bool
    alike: int


@dataclass(frozen=True, slots=True)
class EditView:
    """A change that a person made to one record."""

    id: int
    at: datetime
    connection: str
    object: str
    record_id: str
    title: str
    action: str
    fields: Mapping[str, FieldChange]
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class LineCheck:
    """The verdict on one line of a mapping.

    :param fit: ``exact``, ``transform``, ``lossy`` or ``impossible``.
    :param reason: a sentence, blank where there is nothing to say.
    """

    pair: FieldPair
    fit: str
    reason: str


@dataclass(frozen=True, slots=True)
class TrialField:
    """One field of a trial: the source's value, and how it arrives or why it can't."""

    pair: FieldPair
    source: Value
    arrives: Value
    problem: str | None


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """What a sync would do with one real record; nothing is written.

    :param outcome: ``create``, ``update``, ``unchanged``, ``skipped`` or ``failed``.
    :param sentence: the outcome in words.
    """

    title: str
    record: Record
    outcome: str
    sentence: str
    fields: tuple[TrialField, ...]


@dataclass(frozen=True, slots=True)
class ReadProgress:
    """How far a read of an object got."""

    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class TodayView:
    """What today's runs did, for Home."""

    created: int
    updated: int
    unchanged: int
    failed: int
    quota_used: Mapping[str, float]
