"""Objects, their fields and their associations, as every platform's schemas are translated to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from desktop.domain.values import FieldType

ID = "@id"
EXTERNAL_ID = "@external_id"
CREATED_AT = "@created_at"
UPDATED_AT = "@updated_at"


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice: the key that is stored, and the label that people see."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One typed property of an object.

    :param key: the platform's own key, unique in the object; system fields start with ``@``.
    :param scale: decimals that a number keeps, ``None`` when unlimited.
    :param max_length: characters that a text may have, ``None`` when the vendor states no limit.
    :param currency: ISO 4217 code that an amount without one is in.
    :param target: key of the object (on the same connection) that a reference points to.
    :param many: whether a reference may hold more than one record.
    :param open_choice: whether values outside ``options`` are accepted.
    :param native_type: the platform's own name of the type, for display.
    :param tag: what stands for the field's value in e-mails (a personalization tag), for the operator to copy.
    :param wire: what the platform's API calls the field, where that is not the key.
    """

    key: str
    label: str
    type: FieldType
    required: bool = False
    read_only: bool = False
    options: tuple[Option, ...] = ()
    scale: int | None = None
    max_length: int | None = None
    currency: str | None = None
    target: str | None = None
    many: bool = False
    open_choice: bool = False
    description: str = ""
    native_type: str = ""
    tag: str = ""
    wire: str = ""

    @property
    def is_system(self) -> bool:
        """Whether the platform itself keeps the field (ids and times)."""
        return self.key.startswith("@")

    def option(self, key: str) -> Option | None:
        """The option with that key."""
        return next((option for option in self.options if option.key == key), None)


@dataclass(frozen=True, slots=True)
class Association:
    """A kind of typed link between the records of two objects of one connection."""

    id: str
    key: str
    label: str
    first: str
    second: str


@dataclass(frozen=True)
class ObjectSchema:
    """A kind of thing on a connection.

    :param key: the platform's own key (``custom_objects.orders``, ``contacts``, a schema's slug).
    :param id: the platform's own id, where it differs from the key.
    :param title: keys of the fields that together name a record to people, with spaces between them.
    :param fields: system fields first, then the platform's order. Empty in listings that read no fields.
    :param refusals: for each of ``create``, ``update``, ``delete`` that is not possible, why, in a sentence.
    """

    key: str
    label: str
    plural: str
    id: str = ""
    title: str = ID
    custom: bool = False
    description: str = ""
    fields: tuple[Field, ...] = ()
    associations: tuple[Association, ...] = ()
    refusals: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def title_keys(self) -> tuple[str, ...]:
        """The keys of the fields that name a record."""
        return tuple(self.title.split())

    @cached_property
    def by_key(self) -> Mapping[str, Field]:
        """The fields by their keys."""
        return {item.key: item for item in self.fields}

    def field(self, key: str) -> Field | None:
        """The field with that key."""
        return self.by_key.get(key)

    def with_fields(self, *fields: Field) -> ObjectSchema:
        """The same object with other fields."""
        return replace(self, fields=fields)


def system_fields(*, external_id: bool = False, times: bool = True) -> tuple[Field, ...]:
    """The system fields that an object has: always ``@id``, the others as stated."""
    fields = [Field(ID, "Id", FieldType.TEXT, read_only=True)]
    if external_id:
        fields.append(Field(EXTERNAL_ID, "External id", FieldType.TEXT))
    if times:
        fields.append(Field(CREATED_AT, "Created", FieldType.DATETIME, read_only=True))
        fields.append(Field(UPDATED_AT, "Changed", FieldType.DATETIME, read_only=True))
    return tuple(fields)


def stands_for(pattern: str, object_key: str) -> bool:
    """Whether an object's key, or the beginning of one and ``*``, stands for an object."""
    return object_key.startswith(pattern[:-1]) if pattern.endswith("*") else object_key == pattern
