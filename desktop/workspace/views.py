"""What a face is told: plain, immutable views of connections, objects, syncs, runs and edits."""

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
from desktop.domain.schema import stands_for
from desktop.domain.values import Json, Value, Values
from desktop.workspace.platform_parts import CompanionView, OptionView


@dataclass(frozen=True, slots=True)
class PlatformView:
    """A platform that can be connected, and what its form asks for.

    :param signs_in: whether a credential can be had by signing in; pasting one is always possible.
    :param sign_in_first: whether signing in is the simpler way.
    :param options: what can be set of a connection.
    :param companion: what is to be installed on its side, ``None`` where that is nothing.
    :param tells_of: keys of the objects whose changes it tells of; ``prefix.*`` stands for all that begin so.
    """

    name: str
    label: str
    letter: str
    secret_label: str
    account_label: str | None
    base_url: str
    base_url_hint: str
    signs_in: bool = False
    sign_in_first: bool = False
    options: tuple[OptionView, ...] = ()
    companion: CompanionView | None = None
    tells_of: tuple[str, ...] = ()

    def tells_of_object(self, object_key: str) -> bool:
        """Whether it tells of an object's changes as they happen."""
        return any(stands_for(pattern, object_key) for pattern in self.tells_of)


@dataclass(frozen=True, slots=True)
class PermissionView:
    """What a credential may or may not do; ``granted`` is ``None`` where the platform does not tell."""

    name: str
    granted: bool | None
    needed_for: str


@dataclass(frozen=True, slots=True)
class QuotaView:
    """The quota as the platform last stated it."""

    limit: int
    interval_seconds: float
    remaining: int | None
    daily_limit: int | None
    daily_remaining: int | None


@dataclass(frozen=True, slots=True)
class IdentityView:
    """Who a credential belongs to."""

    name: str
    detail: str
    permissions: tuple[PermissionView, ...] = ()
    quota: QuotaView | None = None


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A connection and how it fared when last used.

    :param needs_secret: its credentials are not in the keyring (any more).
    :param used_by: names of the syncs that use it.
    :param credentials_since: when its credentials were entered or last renewed.
    :param options: what is set, or holds by default, by the option's name.
    """

    name: str
    platform: PlatformView
    base_url: str
    account: str
    identity: IdentityView | None
    checked_at: datetime | None
    problem: Problem | None
    needs_secret: bool
    used_by: tuple[str, ...]
    credentials_since: datetime
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One thing that a sign-in asks for.

    :param secret: whether it is hidden while it is typed.
    :param choices: by value, what people read, where one of a few is to be chosen.
    """

    name: str
    label: str
    hint: str
    secret: bool
    required: bool
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AskView:
    """A step of a sign-in: questions to answer."""

    text: str
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True, slots=True)
class VisitView:
    """A step of a sign-in: a page to open in the browser. Going on waits for what comes of it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class SignInView:
    """A sign-in under way, or with a connection as its last step.

    :param id: what to go on with.
    """

    id: str
    step: AskView | VisitView | ConnectionView


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
