"""Changes that a run plans and makes, and what a run reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

from desktop.domain.errors import Problem
from desktop.domain.mapping import Side
from desktop.domain.values import Json


class Action(StrEnum):
    """What a change does on its side."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    LINK = "link"
    SKIP = "skip"


UNDO = "undo"
"""What starts a run that takes back another one."""


class ChangeState(StrEnum):
    """How far a change got. ``SENT`` without an end means that its outcome is not known."""

    PLANNED = "planned"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field's value before and after, as JSON data (see :func:`desktop.domain.values.to_json`)."""

    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class Change:
    """One planned or made change of one record.

    :param id: position in its run, from 1; unique within the run.
    :param side: the side that is written.
    :param object: key of the object that is written, where it is not the sync's own: a referenced record that
        is carried over with the one that refers to it.
    :param title: what people call the record.
    :param fields: by the written side's field keys.
    :param problem: why it failed or was skipped.
    """

    id: int
    action: Action
    side: Side
    left_id: str | None
    right_id: str | None
    title: str
    fields: Mapping[str, FieldChange]
    state: ChangeState = ChangeState.PLANNED
    problem: Problem | None = None
    sent_at: datetime | None = None
    done_at: datetime | None = None
    object: str = ""

    def id_on(self, side: Side) -> str | None:
        """The record's id on a side."""
        return self.left_id if side is Side.LEFT else self.right_id


@dataclass(slots=True)
class SideCounts:
    """How many records of one side were read, and what happened to them."""

    read: int = 0
    created: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0

    def as_json(self) -> dict[str, int]:
        """The counts by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


class RunStatus(StrEnum):
    """How a run ended, or that it has not."""

    RUNNING = "running"
    PREVIEW = "preview"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    NEEDS_CONFIRMATION = "needs_confirmation"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Phase(StrEnum):
    """What a run is doing."""

    READING = "reading"
    COMPARING = "comparing"
    WRITING = "writing"
    CLOSING = "closing"


@dataclass(slots=True)
class RunResult:
    """What a run did, or would do: the document of ``sync run --json``.

    :param referenced_created: records created because a synced record refers to them, such as an order's contact.
    :param undoes: id of the run that it takes back; blank where it takes none back, and then no part of the document.
    """

    sync: str
    run_id: str
    status: RunStatus
    left: SideCounts = field(default_factory=SideCounts)
    right: SideCounts = field(default_factory=SideCounts)
    conflicts: int = 0
    referenced_created: int = 0
    left_requests: int = 0
    right_requests: int = 0
    retries: int = 0
    throttled_seconds: float = 0.0
    duration_seconds: float = 0.0
    error: Problem | None = None
    undoes: str = ""

    def counts(self, side: Side) -> SideCounts:
        """The counts of a side."""
        return self.left if side is Side.LEFT else self.right

    def as_json(self) -> dict[str, object]:
        """The document, in its documented form."""
        problem = self.error
        undoes = {"undoes": self.undoes} if self.undoes else {}
        return {
            "sync": self.sync,
            "run_id": self.run_id,
            "status": self.status.value,
            "left": self.left.as_json(),
            "right": self.right.as_json(),
            "conflicts": self.conflicts,
            "referenced_created": self.referenced_created,
            "requests": {"left": self.left_requests, "right": self.right_requests},
            "retries": self.retries,
            "throttled_seconds": round(self.throttled_seconds, 3),
            "duration_seconds": round(self.duration_seconds, 3),
            "error": problem and {"code": problem.code, "message": problem.message, "hint": problem.hint},
            **undoes,
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands.

    :param done: records read, compared or written in this phase.
    :param total: of how many, ``None`` while unknown.
    :param rate: requests a second over the last seconds, both sides together.
    :param seconds_left: of this phase, ``None`` while unknown.
    :param waiting_for: name of the connection whose platform refuses requests for now, blank when none does.
    :param waiting_seconds: how long it does so still.
    :param paused: whether it waits for a person to resume it.
    :param quota_share: the share of the allowed pace in use, 0 to 1, of the busier side.
    """

    phase: Phase
    done: int
    total: int | None
    rate: float
    seconds_left: float | None
    quota_share: float
    left: SideCounts
    right: SideCounts
    conflicts: int
    waiting_for: str = ""
    waiting_seconds: float = 0.0
    paused: bool = False
