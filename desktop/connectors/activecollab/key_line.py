"""A line in the description that carries the key which a record has elsewhere.

ActiveCollab has no custom fields and no external ids. With the connection's option ``key_line`` on, tasks and projects
made by Crosswalk end their description in a line ``Crosswalk: <external id>``; it is read as the external id and left
out of the description that is shown and compared.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace

from desktop.domain.record import Record
from desktop.domain.schema import EXTERNAL_ID, Field, ObjectSchema
from desktop.domain.values import FieldType, Value, Values, is_empty

BODY = "body"
_LINE = re.compile(
    r"\s*(?:<(?P<tag>p|div)[^>]*>|<br\s*/?>|(?<=\n)|^)\s*Crosswalk:[ \u00a0](?P<key>[^<>\n]+?)\s*(?:</(?P=tag)>)?\s*$"
)
_FIELD = Field(
    EXTERNAL_ID, "External id", FieldType.TEXT, description="A line at the end of the description: Crosswalk: the id."
)


def with_key(body: str, key: str) -> str:
    """The description with its line."""
    line = f"<p>Crosswalk: {html.escape(key, quote=False)}</p>"
    return f"{body}\n{line}" if body.strip() else line


def without_key(body: str) -> tuple[str, str | None]:
    """The description without its line, and the key in that."""
    match = _LINE.search(body)
    return (body[: match.start()], html.unescape(match["key"])) if match else (body, None)


def keyed_schema(schema: ObjectSchema) -> ObjectSchema:
    """The schema with the external id among its system fields."""
    first, *others = schema.fields
    return schema.with_fields(first, _FIELD, *others)


def keyed(record: Record) -> Record:
    """A record whose line is taken for its external id."""
    body = record.values.get(BODY)
    if not isinstance(body, str):
        return record
    text, key = without_key(body)
    return replace(record, values={**record.values, BODY: text or None}, external_id=key)


def touches_line(changes: Values) -> bool:
    """Whether a write has to send the description with its line."""
    return BODY in changes or EXTERNAL_ID in changes


def body_to_send(current: Record | None, changes: Values) -> str:
    """The description that a write sends, with its line.

    :param current: the record as it is now, ``None`` for a new one.
    """
    body: Value = changes.get(BODY, current.get(BODY) if current else None)
    key: Value = changes.get(EXTERNAL_ID, current.external_id if current else None)
    text = "" if is_empty(body) else str(body)
    return text if is_empty(key) else with_key(text, str(key).strip())
