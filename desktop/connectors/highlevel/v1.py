"""Custom fields of contacts and opportunities: their definitions, and how values stand in ``customFields``.

Source: https://marketplace.gohighlevel.com/docs/ghl/locations/get-custom-fields. Values are named by the field's id.
The key of a value differs: ``value`` with contacts, ``fieldValue`` with opportunities, a key that names the type
(``fieldValueString``) in searches; a write wants ``field_value``, in version 3 of the API ``fieldValue``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.connectors.highlevel.convert import TYPES, write_contact_value
from desktop.connectors.highlevel.standard import CONTACT
from desktop.domain.schema import Field, Option
from desktop.domain.values import FieldType, Value


def read_field(item: Mapping[str, Any], model: str, taken: set[str], currency: str) -> Field:
    """A definition as a field; it goes by its key, or by its id where that key is taken. On the wire it is its id.

    What stands for a contact's value in a message is its full key, as in ``{{contact.pincode}}``.
    """
    id_, native = str(item["id"]), str(item.get("dataType") or "")
    full_key = str(item.get("fieldKey") or "")
    key = (full_key or id_).removeprefix(f"{model}.")
    type_ = TYPES.get(native) if native != "TEXTBOX_LIST" else None
    return Field(
        key=id_ if key in taken else key,
        label=str(item.get("name") or key),
        type=type_ or FieldType.TEXT,
        read_only=type_ is None or type_ is FieldType.FILE,
        options=tuple(Option(str(text), str(text)) for text in item.get("picklistOptions") or []),
        currency=currency if type_ is FieldType.MONEY else None,
        open_choice=bool(item.get("isAllowedCustomOption")),
        description=str(item.get("description") or ""),
        native_type=native,
        tag=f"{{{{{full_key}}}}}" if full_key.startswith(f"{CONTACT}.") else "",
        wire=id_,
    )


def read_values(row: Mapping[str, Any]) -> dict[str, object]:
    """The values of a contact or opportunity by the ids of their fields."""
    values: dict[str, object] = {}
    # The vendor's search guide writes the key of the list in another way than its documents do.
    for item in row.get("customFields") or row.get("custom_fields") or []:
        if isinstance(item, dict) and item.get("id"):
            values[str(item["id"])] = next((item[key] for key in item if _holds_value(key)), None)
    return values


def _holds_value(key: str) -> bool:
    return key in ("value", "field_value") or key.startswith("fieldValue")


def write_value(field: Field, value: Value, *, v3: bool) -> dict[str, object]:
    """An entry of ``customFields`` in a write."""
    return {"id": field.wire, "fieldValue" if v3 else "field_value": write_contact_value(field, value)}
