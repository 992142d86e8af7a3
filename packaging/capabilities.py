#!/usr/bin/env python3
"""Writes into README.md what can be done with each object of each platform, as the connectors declare it.

    python packaging/capabilities.py           brings the table up to date
    python packaging/capabilities.py --check   fails when it is not

The connectors are asked over the sandbox, so that the table says what runs. Run it with the project's virtual
environment.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desktop.connectors.base import ChangeReport, ConnectionSettings, Connector, ObjectCapabilities
from desktop.connectors.registry import PlatformInfo, open_connector, platforms
from desktop.domain.design import Change, DesignRules
from desktop.domain.schema import ObjectSchema, stands_for
from desktop.sandbox.server import SandboxServer

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN = "<!-- Written by packaging/capabilities.py: change the connectors, not this. -->"
END = "<!-- End of what packaging/capabilities.py writes. -->"
HEADS = (
    "Platform",
    "Object",
    "Browse, search",
    "Looked up live by",
    "Create",
    "Change",
    "Delete",
    "Related to",
    "Changes are found",
    "Told of as they happen",
    "Change of schemas",
    "Sign-in",
)
_CHANGES = {
    ChangeReport.SINCE: "by their time",
    ChangeReport.ORDERED: "newest first",
    ChangeReport.NONE: "by reading all",
}
_FIELD_CHANGES = (
    (Change.CREATE_FIELD, "add"),
    (Change.CHANGE_FIELD, "change"),
    (Change.DELETE_FIELD, "delete"),
)
_OBJECT_CHANGES = ((Change.CHANGE_OBJECT, "change"), (Change.DELETE_OBJECT, "delete"))
_FEW = 4


@dataclass(slots=True)
class Notes:
    """Reasons, each told once below the table and referred to by its number."""

    texts: list[str] = field(default_factory=list[str])

    def mark(self, text: str) -> str:
        """The number of a reason, to be put behind a word."""
        if text not in self.texts:
            self.texts.append(text)
        return f"<sup>{self.texts.index(text) + 1}</sup>"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a connector declares of one object.

    :param label: the object's plural; one custom object stands for all.
    :param rules: of its designer, ``None`` where there is no designer.
    :param makes_objects: whether objects like it can be created.
    :param labels: what the connection's objects are called, by key.
    :param told: whether the platform tells of its changes as they happen.
    """

    label: str
    schema: ObjectSchema
    capabilities: ObjectCapabilities
    rules: DesignRules | None
    makes_objects: bool
    labels: Mapping[str, str]
    told: bool


async def offers(connector: Connector) -> list[Offer]:
    """What a connector declares of each of its objects."""
    listing = await connector.objects()
    labels = {schema.key: "custom objects" if schema.custom else schema.plural for schema in listing}
    chosen = [schema for schema in listing if not schema.custom]
    chosen += [schema for schema in listing if schema.custom][:1]
    designer = connector.designer
    makes_objects = designer is not None and (await designer.rules(None)).allows(Change.CREATE_OBJECT)
    found: list[Offer] = []
    for listed in chosen:
        schema = await connector.schema(listed.key)
        rules = await designer.rules(schema) if designer else None
        label = "Custom objects" if schema.custom else schema.plural
        found.append(
            Offer(
                label, schema, connector.capabilities(schema), rules, makes_objects, labels, _is_told(connector, schema)
            )
        )
    return found


def _is_told(connector: Connector, schema: ObjectSchema) -> bool:
    info = platforms[connector.platform].webhooks
    return info is not None and any(stands_for(pattern, schema.key) for pattern in info.objects)


def cells(offer: Offer, notes: Notes) -> list[str]:
    """The cells of one object, without its platform's."""
    schema = offer.schema
    return [
        offer.label,
        "yes",
        _looked_up(offer),
        *(_allowed(schema.refusals.get(act, ""), notes) for act in ("create", "update", "delete")),
        _related(offer),
        _CHANGES[offer.capabilities.changes],
        "yes" if offer.told else "no",
        _schema_changes(offer, notes),
    ]


def _allowed(refusal: str, notes: Notes) -> str:
    return f"no{notes.mark(refusal)}" if refusal else "yes"


def _looked_up(offer: Offer) -> str:
    keys = offer.capabilities.find_keys
    if not keys:
        return "any field"
    known = [item for item in offer.schema.fields if item.key in keys]
    if offer.schema.custom:
        names = [item.label for item in known if item.is_system]
        return ", ".join([*names, "fields by their type"] if len(names) < len(known) else names)
    return _few(item.label for item in known)


def _related(offer: Offer) -> str:
    own = {offer.schema.key, offer.schema.id}
    ends = [end for item in offer.schema.associations for end in (item.first, item.second) if end not in own]
    ends += [item.target for item in offer.schema.fields if item.target]
    return _few(dict.fromkeys(offer.labels.get(end, end) for end in ends)) or "nothing"


def _schema_changes(offer: Offer, notes: Notes) -> str:
    rules = offer.rules
    if rules is None:
        return "no"
    acts = [word for change, word in _FIELD_CHANGES if rules.allows(change)]
    fields = f"fields: {', '.join(acts)}" if acts else f"no{notes.mark(rules.refusals[Change.CREATE_FIELD])}"
    if not offer.schema.custom:
        return fields
    objects = ["add"] if offer.makes_objects else []
    objects += [word for change, word in _OBJECT_CHANGES if rules.allows(change)]
    return f"objects: {', '.join(objects)}; {fields}" if objects else fields


def _few(names: Iterable[str]) -> str:
    found = list(names)
    if len(found) <= _FEW:
        return ", ".join(found)
    return f"{', '.join(found[:_FEW])} and {len(found) - _FEW} more"


def sign_in(info: PlatformInfo) -> str:
    """How an account of the platform is connected."""
    return f"signing in, or {info.secret_label}" if info.signer else info.secret_label


async def table() -> str:
    """The table with its notes, over every platform that the sandbox serves."""
    notes = Notes()
    lines = [_line(HEADS), _line("---" for _ in HEADS)]
    with SandboxServer(records=1, limits="off") as server:
        for name, ready in server.ready["platforms"].items():
            lines += await _platform_lines(platforms[name], ready, notes)
    reasons = [f"{number}. {text}" for number, text in enumerate(notes.texts, 1)]
    return "\n".join([*lines, "", *reasons])


async def _platform_lines(info: PlatformInfo, ready: Mapping[str, Any], notes: Notes) -> list[str]:
    settings = ConnectionSettings(info.label, ready["base_url"], ready.get("account") or "")
    connector = await open_connector(info.name, settings, ready["token"])
    try:
        found = await offers(connector)
    finally:
        await connector.aclose()
    first = (info.label, sign_in(info))
    return [
        _line([platform, *cells(offer, notes), signs])
        for offer, (platform, signs) in zip(found, [first, *(("", ""),) * len(found)], strict=False)
    ]


def _line(texts: Iterable[str]) -> str:
    return f"| {' | '.join(text.replace('|', '/') for text in texts)} |"


def with_table(readme: str, table: str) -> str:
    """The README's text with the table in its marked place.

    :raises ValueError: when the place is not marked.
    """
    place = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    written, count = place.subn(lambda _: f"{BEGIN}\n\n{table}\n\n{END}", readme)
    if count != 1:
        raise ValueError(f"README.md has {count} places for the table, not one")
    return written


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the table is not up to date")
    options = parser.parse_args(arguments)
    before = README.read_text(encoding="utf-8")
    after = with_table(before, asyncio.run(table()))
    if options.check and after != before:
        print("README.md does not say what the connectors declare. Run packaging/capabilities.py.", file=sys.stderr)
        return 1
    if not options.check:
        README.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
