"""Conflicts: what a run can't decide by its rules and asks a person about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from desktop.domain.mapping import Side
from desktop.domain.values import Json


class ConflictKind(StrEnum):
    """What a conflict is about."""

    FIELD = "field"
    """Both sides changed a field, differently."""
    DELETED = "deleted"
    """A record was deleted on one side and changed on the other."""
    MATCH = "match"
    """More than one record could be the counterpart."""


class Decision(StrEnum):
    """How a person settles a conflict; a match is settled by the chosen record's id instead."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    """Both texts, the left one first, on both sides."""


UNNAMED = "@"
"""Stands before the platform's id of a person whose name was not looked up yet."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One open question.

    :param id: given by the store.
    :param side: of a deletion, where the record is gone; of a match, where the record is whose counterpart is sought.
    :param left_id: blank where there is no record on that side, or none that is known.
    :param left_field: key of the field, blank where it is not about a field.
    :param left_value: the value as JSON data (:func:`desktop.domain.values.to_json`).
    :param left_at: when the record changed, as its platform states it.
    :param left_by: the name of who changed it, blank where the platform does not say; an id after :data:`UNNAMED`
        until the name is known.
    :param candidates: of a match, the records that could be the counterpart: titles by id.
    :param decision: blank while nobody decided; what a person chose is applied by the next run.
    """

    id: int
    kind: ConflictKind
    side: Side
    left_id: str
    right_id: str
    title: str
    run_id: str
    since: datetime
    left_field: str = ""
    right_field: str = ""
    left_value: Json = None
    right_value: Json = None
    left_at: datetime | None = None
    right_at: datetime | None = None
    left_by: str = ""
    right_by: str = ""
    candidates: Mapping[str, str] = field(default_factory=dict[str, str])
    decision: str = ""

    def id_on(self, side: Side) -> str:
        """The record's id on a side."""
        return self.left_id if side is Side.LEFT else self.right_id
