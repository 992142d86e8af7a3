"""What a face is told of a platform's options and of what is to be installed on its side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desktop.connectors.companion import Companion
from desktop.connectors.options import OptionInfo


@dataclass(frozen=True, slots=True)
class OptionView:
    """Something that can be set of a connection. Its value is text; a switch's is ``on`` or ``off``.

    :param kind: ``choice``, ``number``, ``text`` or ``switch``.
    :param choices: of a choice, what people read by value.
    :param default: what holds where nothing is set.
    :param minimum: the least that a number can be.
    :param maximum: the most that a number can be, ``None`` where there is no bound.
    :param allows: what turning a switch on makes possible that can't be taken back; blank where nothing is.
    :param only_with: name of the switch while which is on it is asked for; blank where it always is.
    :param in_records: whether all records are read again after a change.
    """

    name: str
    label: str
    hint: str
    kind: str
    choices: Mapping[str, str]
    default: str
    minimum: int
    maximum: int | None
    allows: str
    only_with: str
    in_records: bool


@dataclass(frozen=True, slots=True)
class CompanionView:
    """What is to be installed on a platform's side, and can be saved as a file.

    :param purpose: what it is good for, in a sentence.
    :param instructions: how it is installed: a step a line, each with its number; lines without one are remarks.
    """

    name: str
    purpose: str
    file_name: str
    instructions: str


def option_view(info: OptionInfo) -> OptionView:
    """An option as faces show it."""
    return OptionView(
        info.name,
        info.label,
        info.hint,
        info.kind.value,
        info.choices or {},
        info.default,
        info.minimum,
        info.maximum,
        info.allows,
        info.only_with,
        info.in_records,
    )


def companion_view(companion: Companion | None) -> CompanionView | None:
    """What is to be installed, as faces show it."""
    if companion is None:
        return None
    return CompanionView(companion.name, companion.purpose, companion.file_name, companion.instructions)
