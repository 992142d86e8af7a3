"""What a record's form holds, free of Qt: the record as it was read, what was typed over it, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from desktop.domain.errors import Problem
from desktop.domain.record import Record, title_of
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.validate import problem_with
from desktop.domain.values import FieldType, Value, Values, same
from desktop.workspace.views import Collision

Choice = Literal["mine", "theirs"]


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in an editor: a value, or text that is none and stays as it was typed.

    :param text: the text as typed, where it could not be read as a value.
    :param problem: why it could not, as a sentence beside the field; blank where `value` holds.
    """

    value: Value = None
    text: str = ""
    problem: str = ""

    @property
    def is_value(self) -> bool:
        """Whether it could be read."""
        return not self.problem


@dataclass(slots=True)
class FormState:
    """The edits of one record over the copy that they began from.

    :param base: the record as it was read; ``None`` for a new one.
    :param edits: by field key, only what differs from `base`.
    :param refused: what a platform or the check before sending said about single fields.
    :param collisions: fields that were changed here and on the platform, whose value has to be chosen.
    """

    schema: ObjectSchema
    base: Record | None
    edits: dict[str, Typed] = field(default_factory=dict[str, Typed])
    refused: dict[str, str] = field(default_factory=dict[str, str])
    collisions: dict[str, Collision] = field(default_factory=dict[str, Collision])
    tried: bool = False

    @property
    def is_new(self) -> bool:
        """Whether saving creates a record."""
        return self.base is None

    @property
    def record_id(self) -> str:
        """The record's id, blank for a new one."""
        return self.base.id if self.base else ""

    @property
    def title(self) -> str:
        """What people call the record as it was read, blank for a new one."""
        return title_of(self.base, self.schema) if self.base else ""

    def refusal(self) -> str:
        """Why the record cannot be written, or a blank text."""
        return self.schema.refusals.get("create" if self.is_new else "update", "")

    def editable(self, item: Field) -> bool:
        """Whether the field can be typed in."""
        return not item.read_only and item.type is not FieldType.FILE and not self.refusal()

    def original(self, key: str) -> Value:
        """The field's value as it was read."""
        return self.base.get(key) if self.base else None

    def current(self, key: str) -> Typed:
        """What stands in the field's editor."""
        return self.edits.get(key) or Typed(self.original(key))

    def put(self, key: str, typed: Typed) -> None:
        """Take what was typed; a value equal to the one that was read is no edit."""
        self.refused.pop(key, None)
        item = self.schema.field(key)
        if typed.is_value and item is not None and same(typed.value, self.original(key), item.type):
            self.edits.pop(key, None)
            self.collisions.pop(key, None)
        else:
            self.edits[key] = typed

    def is_edited(self, key: str) -> bool:
        """Whether the field differs from what was read."""
        return key in self.edits

    @property
    def changes(self) -> int:
        """How many fields differ from what was read."""
        return len(self.edits)

    @property
    def has_unreadable(self) -> bool:
        """Whether text stands in a field that is no value of it: such text is in no draft and no patch."""
        return any(not typed.is_value for typed in self.edits.values())

    def problem(self, key: str) -> str:
        """What is wrong with the field, as a sentence, or a blank text."""
        item = self.schema.field(key)
        typed = self.edits.get(key)
        if typed is not None and not typed.is_value:
            return typed.problem
        if key in self.refused:
            return self.refused[key]
        if item is None or not self.editable(item):
            return ""
        if typed is not None:
            return problem_with(item, typed.value) or ""
        if self.is_new and self.tried and item.required:
            return problem_with(item, None) or ""
        return ""

    def problems(self) -> dict[str, str]:
        """Fields that are wrong, in the object's order."""
        found = {item.key: self.problem(item.key) for item in self.schema.fields}
        return {key: said for key, said in found.items() if said}

    def patch(self) -> dict[str, Value]:
        """The edited values, as they are sent and kept as a draft; unreadable text is left out."""
        return {key: typed.value for key, typed in self.edits.items() if typed.is_value}

    def unresolved(self) -> tuple[str, ...]:
        """Collided fields whose value was not chosen yet."""
        return tuple(self.collisions)

    def check(self) -> dict[str, str]:
        """Look at everything before it is sent: a new record's required fields are asked for from now on."""
        self.tried = True
        self.refused.clear()
        return self.problems()

    def refuse(self, problems: Iterable[Problem]) -> list[Problem]:
        """Mark the fields that `problems` name; those that name none of them are returned."""
        elsewhere: list[Problem] = []
        for item in problems:
            if self.schema.field(item.place) is None:
                elsewhere.append(item)
            else:
                self.refused[item.place] = f"{item.message} {item.hint}".strip()
        return elsewhere

    def rebase(self, record: Record) -> None:
        """Lay the edits over a newer copy of the record; an edit that equals it now is none any more."""
        self.base = record
        for key, typed in list(self.edits.items()):
            self.put(key, typed)

    def refresh(self, record: Record) -> None:
        """Show a newer copy in all fields but the edited ones, which still say what they were edited from.

        So what was changed on both sides is noticed when the record is saved.
        """
        kept = {key: self.original(key) for key in self.edits} if self.base else {}
        self.base = record.patched(kept)

    def collide(self, theirs: Record, collisions: Iterable[Collision]) -> None:
        """Take the platform's copy as the new ground, and wait for a choice in each field changed on both sides."""
        self.rebase(theirs)
        self.collisions = {item.field: item for item in collisions if item.field in self.edits}

    def resolve(self, key: str, choice: Choice) -> Typed:
        """Settle a collided field; returns what is to stand in it, for the caller to type in."""
        collision = self.collisions.pop(key)
        return Typed(collision.theirs) if choice == "theirs" else self.current(key)

    def restore(self, edits: Values) -> None:
        """Type kept edits in again; fields that can no longer be edited are passed over."""
        for key, value in edits.items():
            item = self.schema.field(key)
            if item is not None and self.editable(item):
                self.put(key, Typed(value))

    def discard(self) -> None:
        """Back to what was read."""
        self.edits.clear()
        self.refused.clear()
        self.collisions.clear()
        self.tried = False

    def adopt(self, record: Record) -> None:
        """The record was saved: what the platform answered is what was read."""
        self.discard()
        self.base = record
