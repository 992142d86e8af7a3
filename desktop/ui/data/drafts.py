"""Unsaved edits: kept a moment after each keystroke, listed in a strip, offered again when their record is opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.domain.record import Record, title_of
from desktop.domain.values import Values
from desktop.ui.aio import TaskScope, sleep
from desktop.ui.data.form import record_title
from desktop.ui.data.session import RecordKey, Session
from desktop.ui.text import counted
from desktop.ui.theme import Tone
from desktop.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

PAUSE = 0.3
"""Seconds without a keystroke after which a draft is kept."""
_LINKS = 3


@dataclass(frozen=True, slots=True)
class _Content:
    base: Record | None
    edits: Values


class DraftKeeper:
    """Writes drafts down one after the other, the newest content of each record only."""

    def __init__(self, desk: Desk, scope: TaskScope) -> None:
        self._desk = desk
        self._scope = scope
        self._due: dict[RecordKey, _Content] = {}
        self._written: set[RecordKey] = set()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def note(self, session: Session) -> None:
        """The content of `session` changed."""
        self._due[session.key] = _Content(session.state.base, session.state.patch())
        if self._task is None or self._task.done():
            self._task = self._scope.start(self._write())

    def restored(self, key: RecordKey) -> None:
        """A draft of that record was found: it has to be dropped when its edits are gone."""
        self._written.add(key)

    async def _write(self) -> None:
        while self._due:
            seen = dict(self._due)
            await sleep(PAUSE)
            if self._due == seen:
                await self.flush()

    async def flush(self) -> None:
        """Write down what waits, at once."""
        async with self._writing:
            while self._due:
                key, content = self._due.popitem()
                if content.edits:
                    self._written.add(key)
                    await self._desk.data.keep_draft(*key, content.base, content.edits)
                elif key in self._written:
                    self._written.discard(key)
                    await self._desk.data.drop_draft(*key)

    async def drop(self, key: RecordKey) -> None:
        """Forget the draft of a record that was saved, discarded or deleted."""
        async with self._writing:
            self._due.pop(key, None)
            self._written.discard(key)
            await self._desk.data.drop_draft(*key)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A record with unsaved changes, as the strip names it."""

    key: RecordKey
    title: str


async def list_drafts(desk: Desk, open_key: RecordKey | None) -> list[DraftLine]:
    """The records with unsaved changes besides the one that is open."""
    lines: list[DraftLine] = []
    for draft in await desk.data.drafts():
        key = RecordKey(draft.connection, draft.object, draft.record_id)
        if key == open_key or not draft.edits:
            continue
        schema = await desk.data.schema(draft.connection, draft.object)
        title = record_title(title_of(draft.base, schema), schema) if draft.base else schema.label
        lines.append(DraftLine(key, title))
    return lines


class DraftStrip(QWidget):
    """Says in how many other records there are unsaved changes, with links to them."""

    def __init__(self, open_draft: Callable[[RecordKey], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._open = open_draft
        self._notice = Notice("", Tone.ACCENT)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 0)
        row.addWidget(self._notice)
        self.hide()

    def show_lines(self, lines: Iterable[DraftLine]) -> None:
        """Show these records."""
        found = list(lines)
        if found:
            text = counted(
                len(found),
                "You have unsaved changes in %n record:",
                "You have unsaved changes in %n records:",
                "DraftStrip",
            )
            actions = tuple((escape(self._label(line)), partial(self._open, line.key)) for line in found[:_LINKS])
            if len(found) > _LINKS:
                rest = counted(len(found) - _LINKS, "and %n more", "and %n more", "DraftStrip")
                actions = (*actions, (rest, partial(self._open, found[_LINKS].key)))
            self._notice.set_notice(escape(text), Tone.ACCENT, actions)
        self.setVisible(bool(found))

    def _label(self, line: DraftLine) -> str:
        return line.title if line.key.id else self.tr("New %1").replace("%1", line.title)
