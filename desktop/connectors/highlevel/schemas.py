"""HighLevel's objects, fields and associations as the domain's schemas.

Sources: https://marketplace.gohighlevel.com/docs/ghl/objects/, .../custom-fields/, .../associations/ and
.../locations/ (custom fields of contacts).
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from desktop.connectors.highlevel.auth import ASSOCIATION_READ, FIELD_READ, LOCATION_READ, SCHEMA_READ, TASK_READ
from desktop.connectors.highlevel.client import Wire
from desktop.connectors.highlevel.convert import TYPES
from desktop.connectors.highlevel.pipelines import Pipelines
from desktop.connectors.highlevel.standard import (
    BUSINESS,
    CONTACT,
    CONTACT_FIELDS,
    CONTACT_OBJECT,
    OPPORTUNITY,
    OPPORTUNITY_OBJECT,
    TASK,
    TASK_OBJECT,
    opportunity_fields,
    task_schema,
)
from desktop.connectors.highlevel.v1 import read_field
from desktop.connectors.together import together
from desktop.domain.errors import NotFound, ScopeMissing
from desktop.domain.schema import Association, Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType

LONG_TEXT_LIMIT = 12_000
FALLBACK_CURRENCY = "USD"


class Schemas:
    """Reads the schemas of one account.

    :param currency: the currency that the operator stated for amounts without one, blank when none.
    """

    def __init__(self, wire: Wire, pipelines: Pipelines, currency: str = "") -> None:
        self._wire = wire
        self._pipelines = pipelines
        self._stated_currency = currency.strip().upper()
        self._currency: str | None = None

    async def objects(self) -> list[ObjectSchema]:
        """Contacts, what else the token may see of HighLevel's own objects, and every custom object; without fields."""
        described = await self._described()
        opportunities, tasks = await together((self._allowed(self._pipelines.read()), self._allowed(self._any_task())))
        listed = [_object(item) for item in described]
        return [
            CONTACT_OBJECT,
            *([OPPORTUNITY_OBJECT] if opportunities else []),
            *(item for item in listed if item.key == BUSINESS),
            *([TASK_OBJECT] if tasks else []),
            *(item for item in listed if item.custom),
        ]

    async def _described(self) -> list[dict[str, Any]]:
        """The objects that the platform describes itself; none without the permission."""
        try:
            data = await self._wire.data("GET", "/objects/", SCHEMA_READ, params={"locationId": self._wire.location})
        except ScopeMissing:
            return []
        return self._wire.rows(data, "objects")

    async def _any_task(self) -> None:
        path = f"/locations/{quote(self._wire.location, safe='')}/tasks/search"
        await self._wire.data("POST", path, TASK_READ, json={"limit": 1}, idempotent=True)

    @staticmethod
    async def _allowed(call: Awaitable[object]) -> bool:
        try:
            await call
        except (ScopeMissing, NotFound):
            return False
        return True

    async def schema(self, key: str) -> ObjectSchema:
        """One object with its fields and associations.

        :raises NotFound: when it is neither a custom object nor one of HighLevel's own that Crosswalk knows.
        """
        if key == CONTACT:
            return await self._contact_schema()
        if key == OPPORTUNITY:
            return await self._opportunity_schema()
        if key == TASK:
            return task_schema()
        if key != BUSINESS and not key.startswith("custom_objects."):
            raise NotFound(
                f"{self._wire.transport.name} offers no object {key} to Crosswalk.",
                "Choose one of the objects in the list.",
            )
        location = self._wire.location
        data = await self._wire.data(
            "GET",
            f"/objects/{quote(key, safe='')}",
            SCHEMA_READ,
            params={"locationId": location, "fetchProperties": "true"},
            record=f"the object {key}",
        )
        fields = data.get("fields")
        if not fields:
            path = f"/custom-fields/object-key/{quote(key, safe='')}"
            fields = self._wire.rows(
                await self._wire.data("GET", path, FIELD_READ, params={"locationId": location}), "fields"
            )
        described = data.get("object")
        if not isinstance(described, dict):
            raise self._wire.unexpected("the answer holds no object")
        associations = await self.associations(key)
        schema = _object(described)
        own = tuple(self._record_fields(described, fields or [], await self.currency(fields or [])))
        taken = {field.key for field in own}
        references = tuple(_reference(item, key, taken) for item in associations)
        return ObjectSchema(
            key=schema.key,
            label=schema.label,
            plural=schema.plural,
            id=schema.id,
            title=schema.title,
            custom=schema.custom,
            description=schema.description,
            fields=(*system_fields(), *own, *references),
            associations=tuple(_association(item) for item in associations),
        )

    async def _contact_schema(self) -> ObjectSchema:
        customs, associations = await together((self._v1_fields(CONTACT), self.associations(CONTACT)))
        currency = await self.currency(customs)
        return _completed(CONTACT_OBJECT, CONTACT_FIELDS, customs, currency, associations)

    async def _opportunity_schema(self) -> ObjectSchema:
        pipelines = await self._pipelines.read()
        reasons = await self._pipelines.lost_reasons()
        customs, associations = await together((self._v1_fields(OPPORTUNITY), self.associations(OPPORTUNITY)))
        currency = await self.currency([{"dataType": "MONETORY"}])
        own = opportunity_fields(pipelines, reasons, currency)
        return _completed(OPPORTUNITY_OBJECT, own, customs, currency, associations)

    async def _v1_fields(self, model: str) -> list[dict[str, Any]]:
        """The custom fields of contacts or opportunities in their order; none without the permission."""
        path = f"/locations/{quote(self._wire.location, safe='')}/customFields"
        try:
            data = await self._wire.data("GET", path, FIELD_READ, params={"model": model})
        except ScopeMissing:
            return []
        customs = [item for item in self._wire.rows(data, "customFields") if item.get("model", model) == model]
        return sorted(customs, key=lambda known: known.get("position") or 0)

    async def currency(self, fields: Iterable[Mapping[str, Any]]) -> str:
        """The currency of amounts without one: the operator's, else the location's, else US dollars.

        Nothing is asked where none of the fields holds an amount.
        """
        if self._stated_currency:
            return self._stated_currency
        if not any(item.get("dataType") == "MONETORY" for item in fields):
            return FALLBACK_CURRENCY
        if self._currency is None:
            self._currency = await self._location_currency() or FALLBACK_CURRENCY
        return self._currency

    async def _location_currency(self) -> str:
        try:
            data = await self._wire.data("GET", f"/locations/{quote(self._wire.location, safe='')}", LOCATION_READ)
        except (ScopeMissing, NotFound):
            return ""
        return stated_currency(data)

    async def associations(self, key: str) -> list[dict[str, Any]]:
        """The associations of an object, as the platform describes them; none without the permission."""
        path = f"/associations/objectKey/{quote(key, safe='')}"
        try:
            answer = await self._wire.call("GET", path, ASSOCIATION_READ, params={"locationId": self._wire.location})
        except (ScopeMissing, NotFound):
            return []
        data = answer.data
        # The vendor's document shows one association here, live accounts answer a list under a key.
        listed = data.get("associations", data) if isinstance(data, dict) else data
        items = listed if isinstance(listed, list) else [listed]
        return [item for item in items if isinstance(item, dict) and item.get("id") and item.get("key")]

    def _record_fields(
        self, described: Mapping[str, Any], fields: Iterable[Mapping[str, Any]], currency: str
    ) -> Iterable[Field]:
        required = {short(key) for key in described.get("requiredProperties") or []}
        required.add(short(described.get("primaryDisplayProperty") or ""))
        for item in fields:
            if item.get("dataType") == "TEXTBOX_LIST":
                yield from _rows(item)
            elif item.get("fieldKey"):
                yield _record_field(item, required, currency)


def stated_currency(data: Mapping[str, Any]) -> str:
    """The currency in the answer about a location, blank where the platform states none."""
    location = data.get("location") or data
    settings = location.get("settings") or {}
    code = str(location.get("currency") or settings.get("currency") or "").upper()
    return code if len(code) == 3 and code.isalpha() else ""


def short(full_key: str) -> str:
    """``custom_objects.pet.name`` as ``name``, which is what records call it."""
    return full_key.rpartition(".")[2]


def _completed(
    schema: ObjectSchema,
    own: tuple[Field, ...],
    customs: Iterable[Mapping[str, Any]],
    currency: str,
    associations: Iterable[Mapping[str, Any]],
) -> ObjectSchema:
    """One of HighLevel's own objects with the fields that every account has and those of this one."""
    taken = {field.key for field in own}
    fields: list[Field] = []
    for item in customs:
        field = read_field(item, schema.key, taken, currency)
        taken.add(field.key)
        fields.append(field)
    return replace(
        schema,
        fields=(*system_fields(), *own, *fields),
        associations=tuple(_association(item) for item in associations),
    )


def _object(item: Mapping[str, Any]) -> ObjectSchema:
    labels = item.get("labels") or {}
    key = str(item.get("key") or "")
    label = str(labels.get("singular") or key)
    return ObjectSchema(
        key=key,
        label=label,
        plural=str(labels.get("plural") or label),
        id=str(item.get("id") or ""),
        title=short(str(item.get("primaryDisplayProperty") or "")) or "@id",
        custom=not item.get("standard"),
        description=str(item.get("description") or ""),
    )


def _record_field(item: Mapping[str, Any], required: set[str], currency: str) -> Field:
    key, native = short(str(item["fieldKey"])), str(item.get("dataType") or "")
    type_ = TYPES.get(native)
    return Field(
        key=key,
        label=str(item.get("name") or key),
        type=type_ or FieldType.TEXT,
        required=key in required,
        read_only=type_ is None or type_ is FieldType.FILE,
        options=_options(item.get("options") or []),
        max_length=LONG_TEXT_LIMIT if type_ is FieldType.LONG_TEXT else None,
        currency=currency if type_ is FieldType.MONEY else None,
        open_choice=bool(item.get("allowCustomOption")),
        description=str(item.get("description") or ""),
        native_type=native,
    )


def _rows(item: Mapping[str, Any]) -> Iterable[Field]:
    """A text box list is one text for each of its rows: ``field.option_key``."""
    key, label = short(str(item["fieldKey"])), str(item.get("name") or item["fieldKey"])
    for option in _options(item.get("options") or []):
        yield Field(f"{key}.{option.key}", f"{label}: {option.label}", FieldType.TEXT, native_type="TEXTBOX_LIST")


def _options(items: Iterable[Mapping[str, Any]]) -> tuple[Option, ...]:
    return tuple(Option(str(item["key"]), str(item.get("label") or item["key"])) for item in items if item.get("key"))


def _association(item: Mapping[str, Any]) -> Association:
    return Association(
        id=str(item["id"]),
        key=str(item["key"]),
        label=f"{item.get('firstObjectLabel') or ''} - {item.get('secondObjectLabel') or ''}",
        first=str(item.get("firstObjectKey") or ""),
        second=str(item.get("secondObjectKey") or ""),
    )


def _reference(item: Mapping[str, Any], key: str, taken: set[str]) -> Field:
    """An association as a field of one of its objects; on the wire it is the association's id."""
    is_first = item.get("firstObjectKey") == key
    side = "second" if is_first else "first"
    cardinality = item.get("cardinality")
    single = cardinality == "ONE_TO_ONE" or (cardinality == "ONE_TO_MANY" and not is_first)
    own = str(item["key"])
    return Field(
        key=f"{own}.{item['id']}" if own in taken else own,
        label=str(item.get(f"{side}ObjectLabel") or own),
        type=FieldType.REFERENCE,
        read_only=item.get("associationType") == "SYSTEM_DEFINED",
        target=str(item.get(f"{side}ObjectKey") or ""),
        many=not single,
        native_type="ASSOCIATION",
        wire=str(item["id"]),
    )
