"""Changing an object's schema: what is asked for, and what a platform allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from desktop.domain.values import FieldType


class Change(StrEnum):
    """A kind of change to a schema."""

    CREATE_OBJECT = "create_object"
    CHANGE_OBJECT = "change_object"
    DELETE_OBJECT = "delete_object"
    CREATE_FIELD = "create_field"
    CHANGE_FIELD = "change_field"
    DELETE_FIELD = "delete_field"


@dataclass(frozen=True, slots=True)
class OptionDraft:
    """An option as it is to be.

    :param key: of the option that is there already; blank for a new one.
    """

    label: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class FieldDraft:
    """A field as it is to be.

    :param key: the key wished for; blank lets the platform make one of the label. A key can't be changed later.
    :param native_type: the platform's own type, where several stand for one ``type``; blank takes the usual one.
    :param options: in the order in which they are shown; those left out of a change are removed.
    :param scale: decimals of a number.
    :param currency: ISO 4217 code of amounts, where the field itself has one.
    :param folder: name of the group that the field is shown in.
    """

    label: str
    type: FieldType
    key: str = ""
    native_type: str = ""
    required: bool = False
    options: tuple[OptionDraft, ...] = ()
    scale: int | None = None
    currency: str | None = None
    description: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class ObjectDraft:
    """An object as it is to be.

    :param key: the key wished for; blank lets the platform make one of the label. A key can't be changed later.
    :param fields: of a new object; the first names its records, where the platform has such a field.
    :param relates_to: keys of the objects that its records can be linked to.
    """

    label: str
    plural: str
    key: str = ""
    description: str = ""
    fields: tuple[FieldDraft, ...] = ()
    relates_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """A type of field that can be created.

    :param native_type: the platform's own name of it.
    :param label: in the operator's words.
    """

    type: FieldType
    native_type: str
    label: str


@dataclass(frozen=True, slots=True)
class DesignRules:
    """What a platform allows for one object, or for a new one.

    :param refusals: for each change that is not possible, why, in a sentence. What is not named is possible.
    :param choices: types that a new field can have.
    :param title_types: types of the field that names the records of a new object; empty when it needs no such field.
    :param relates_to: keys of the objects that a new object's records can be linked to.
    :param limits: what the platform limits, each a sentence that is shown before the change is sent.
    :param folders: names of the groups that a field can be put in; empty where there are none.
    :param losses: for each change that deletes, what is lost where that is not every value, in a sentence.
    """

    refusals: Mapping[Change, str] = field(default_factory=dict[Change, str])
    choices: tuple[FieldChoice, ...] = ()
    title_types: frozenset[FieldType] = frozenset()
    relates_to: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    losses: Mapping[Change, str] = field(default_factory=dict[Change, str])

    def allows(self, change: Change) -> bool:
        """Whether that change is possible."""
        return change not in self.refusals
