"""What an operator may set of a connection, beside its address and credential."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from desktop.domain.errors import Problem

ON, OFF = "on", "off"
"""The values of a switch."""


class OptionKind(StrEnum):
    """How an option is set."""

    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """One option of a platform's connections. Its value is text; a switch's is ``on`` or ``off``.

    :param name: its key among a connection's options.
    :param label: in the operator's words.
    :param hint: what it does, in a sentence.
    :param choices: of a choice, the label that people read by value.
    :param default: what holds where nothing is set; blank where the platform decides.
    :param minimum: the least that a number can be.
    :param maximum: the most that a number can be, ``None`` where there is no bound.
    :param pattern: of a text, the regular expression that a value matches as a whole; :attr:`form` says it in words.
    :param allows: what turning a switch on makes possible that can't be taken back, in a sentence.
    :param only_with: name of the switch with which it is asked for; while that is on, it can't be blank.
    :param in_records: whether what is read of records depends on it, so that they are read anew when it changes.
    """

    name: str
    label: str
    hint: str
    kind: OptionKind
    choices: Mapping[str, str] | None = None
    default: str = ""
    minimum: int = 0
    maximum: int | None = None
    pattern: str = ""
    form: str = ""
    allows: str = ""
    only_with: str = ""
    in_records: bool = False

    def problem(self, value: str) -> str:
        """What is wrong with a value that is not blank, blank when nothing is."""
        match self.kind:
            case OptionKind.CHOICE:
                return "" if value in (self.choices or {}) else "Choose one of those that are offered."
            case OptionKind.SWITCH:
                return "" if value in (ON, OFF) else f"It is either {ON} or {OFF}."
            case OptionKind.NUMBER:
                fits = value.isdecimal() and self.minimum <= int(value) <= (self.maximum or int(value))
                return "" if fits else self._range()
            case OptionKind.TEXT:
                return "" if not self.pattern or re.fullmatch(self.pattern, value) else self.form

    def _range(self) -> str:
        if self.maximum is None:
            return f"Enter a whole number from {self.minimum} up."
        return f"Enter a whole number from {self.minimum} to {self.maximum}."


def checked(infos: Sequence[OptionInfo], values: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """The values that are to be kept, without those that hold anyway, and what is wrong with them.

    :param values: by name; those that are missing hold their defaults.
    :returns: the place of each problem is the option's name.
    """
    known = {info.name for info in infos}
    problems = [Problem("invalid_input", f"There is no option {name}.", place=name) for name in values.keys() - known]
    given = {info.name: values.get(info.name, "").strip() or info.default for info in infos}
    for info in infos:
        value = given[info.name]
        asked_for = not info.only_with or given.get(info.only_with) == ON
        if info.only_with and asked_for and not value:
            switch = next(other.label for other in infos if other.name == info.only_with)
            problems.append(Problem("invalid_input", f"Fill this in while “{switch}” is on.", place=info.name))
        elif value and asked_for and (said := info.problem(value)):
            problems.append(Problem("invalid_input", said, place=info.name))
    return {info.name: given[info.name] for info in infos if given[info.name] != info.default}, problems


def share_option(settings: Mapping[str, str], info: OptionInfo) -> float:
    """A share of the quota, 0 to 1; its default where none that can be was set."""
    text = settings.get(info.name, "")
    return int(text if text.isdecimal() else info.default) / 100


WAITED_SHARE = OptionInfo(
    "quota_share",
    "Share of the quota while you wait",
    "Per cent of what the platform allows. The rest is left to other programs that use the account.",
    OptionKind.NUMBER,
    default="80",
    minimum=5,
    maximum=95,
)
ALONE_SHARE = OptionInfo(
    "background_share",
    "Share of the quota in the background",
    "The same for runs by schedule and as changes happen.",
    OptionKind.NUMBER,
    default="50",
    minimum=5,
    maximum=95,
)
SHARES = (WAITED_SHARE, ALONE_SHARE)
"""What can be set of every connection."""
