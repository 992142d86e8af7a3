"""What the table of changes shows of each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt

from desktop.domain.change import Action, ChangeState
from desktop.domain.schema import Field
from desktop.domain.values import Json
from desktop.ui.text import counted
from desktop.ui.theme import Tone
from desktop.ui.value_words import json_text
from desktop.ui.widgets.rows import PillRole
from desktop.workspace.views import ChangeView

LinesRole = Qt.ItemDataRole.UserRole + 200
"""The :class:`Line` items of the cell, top to bottom."""

RECORD, ACTION, FIELD, VALUES = range(4)
FOLDED = 4
"""Fields that are shown of a change until it is unfolded."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("ChangesTab", text)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a change: a field's name, its value before and after, or a remark."""

    field: str
    before: str = ""
    after: str = ""
    remark: str = ""
    tone: Tone = Tone.NEUTRAL

    @property
    def text(self) -> str:
        """The values in plain text."""
        if self.remark:
            return self.remark
        if self.before and self.after:
            return f"{self.before} → {self.after}"
        return self.after if self.after else _tr("%1 → blank").replace("%1", self.before)


def action_words(change: ChangeView, *, preview: bool) -> tuple[str, Tone]:
    """What happened to the record (or would, in a preview), in a word, and its tint."""
    if change.state == ChangeState.FAILED:
        return _tr("failed"), Tone.BAD
    if change.state == ChangeState.SKIPPED or change.action == Action.SKIP:
        return _tr("skip"), Tone.NEUTRAL
    if change.state == ChangeState.PLANNED and not preview:
        return _tr("not sent"), Tone.NEUTRAL
    if change.state == ChangeState.SENT:
        return _tr("not known"), Tone.WARNING
    if change.action == Action.CREATE:
        return _tr("create"), Tone.GOOD
    if change.action == Action.UPDATE:
        return _tr("update"), Tone.ACCENT
    if change.action == Action.DELETE:
        return _tr("delete"), Tone.BAD
    if change.action == Action.LINK:
        return _tr("link"), Tone.NEUTRAL
    return change.action, Tone.NEUTRAL


def _told(change: ChangeView) -> list[str]:
    """The labels of the fields that had or get a value."""
    return [label for label, item in change.fields.items() if not (_blank(item.before) and _blank(item.after))]


def _blank(value: Json) -> bool:
    return value is None or value in ("", [], {})


def line_count(change: ChangeView, *, unfolded: bool) -> int:
    """How many lines :func:`lines_of` makes of a change, without putting its values into words."""
    told = len(_told(change))
    return (told if unfolded else min(told, FOLDED + 1)) + (change.problem is not None)


def lines_of(change: ChangeView, fields: Mapping[str, Field], *, unfolded: bool) -> list[Line]:
    """The lines of a change, the first ones only unless it is unfolded."""
    labels = _told(change)
    shown = labels if unfolded or len(labels) <= FOLDED + 1 else labels[:FOLDED]
    lines = [
        Line(label, json_text(item.before, fields.get(label)), json_text(item.after, fields.get(label)))
        for label, item in ((label, change.fields[label]) for label in shown)
    ]
    if hidden := len(labels) - len(shown):
        lines.append(Line("", remark=counted(hidden, "and %n more field", "and %n more fields", "ChangesTab")))
    if change.problem is not None:
        tone = Tone.BAD if change.state == ChangeState.FAILED else Tone.WARNING
        lines.insert(0, Line("", remark=change.problem.message, tone=tone))
    return lines


class ChangeCells:
    """Tells the model what each cell says.

    :ivar fields: fields of the written object by their labels, by which values are formatted.
    :ivar preview: whether the changes are those of a preview.
    :ivar unfolded: ids of the changes that show all of their fields.
    """

    def __init__(self) -> None:
        self.fields: Mapping[str, Field] = {}
        self.unfolded: set[int] = set()
        self.preview = False

    def lines(self, change: ChangeView) -> list[Line]:
        """The lines that are shown of a change."""
        return lines_of(change, self.fields, unfolded=change.id in self.unfolded)

    def line_count(self, change: ChangeView) -> int:
        """How many lines are shown of a change."""
        return line_count(change, unfolded=change.id in self.unfolded)

    def __call__(self, change: ChangeView, column: int, role: int) -> Any:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(change, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(change, column)
            case Qt.ItemDataRole.ToolTipRole if column == VALUES:
                return self._text(change, column)
            case _ if role == LinesRole and column in (FIELD, VALUES):
                return self.lines(change)
            case _ if role == PillRole and column == ACTION:
                return action_words(change, preview=self.preview)[1]
        return None

    def _text(self, change: ChangeView, column: int) -> str:
        if column == RECORD:
            return change.title
        if column == ACTION:
            words = action_words(change, preview=self.preview)[0]
            return f"{words} → {change.place}" if change.place else words
        lines = self.lines(change)
        return "\n".join(line.field if column == FIELD else line.text for line in lines).strip("\n")

    def _spoken(self, change: ChangeView, column: int) -> str:
        if column == VALUES:
            lines = self.lines(change)
            return "; ".join(f"{line.field}: {line.text}" if line.field else line.text for line in lines)
        return self._text(change, column).replace("\n", ", ")
