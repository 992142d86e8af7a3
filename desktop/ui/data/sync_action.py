"""Sending selected records to the other side of a sync, from the grid's menu."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QWidget

from desktop.domain.change import RunResult, RunStatus
from desktop.domain.record import Record, title_of
from desktop.domain.schema import ObjectSchema
from desktop.ui.bus import Action
from desktop.ui.data.form import record_title
from desktop.ui.data.grid_model import Place
from desktop.ui.shell.page import Shell
from desktop.ui.text import counted, number
from desktop.ui.widgets.question import Choice, Question, ask_question
from desktop.workspace.views import SyncView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

AT_ONCE = 2000
"""Records that can be picked for one run."""


class SyncSelection(QObject):
    """Knows the syncs that start from the shown object."""

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._window = parent
        self._syncs: list[SyncView] = []

    async def load(self) -> None:
        """Look which syncs there are."""
        self._syncs = await self._desk.syncs.all()

    def starting_from(self, place: Place) -> list[SyncView]:
        """The syncs that read the object."""
        return [view for view in self._syncs if _reads(view, place)]

    def fill_menu(self, menu: QMenu, place: Place, count: int, records: Callable[[], Awaitable[list[Record]]]) -> None:
        """Add "Sync now" for each sync that reads the object.

        :param count: how many records are selected; more than :data:`AT_ONCE` are for the sync as a whole.
        :param records: tells which they are, when it comes to that.
        """
        for view in self.starting_from(place):
            label = self.tr("Sync now: %1").replace("%1", view.name.replace("&", "&&"))
            act = menu.addAction(label, partial(self._start, view, place.schema, records))
            if count > AT_ONCE:
                act.setText(self.tr("%1 (at most %2 records)").replace("%1", label).replace("%2", number(AT_ONCE)))
                act.setEnabled(False)

    def _start(self, view: SyncView, schema: ObjectSchema, records: Callable[[], Awaitable[list[Record]]]) -> None:
        self._shell.scope.start(self._run(view, schema, records))

    async def _run(self, view: SyncView, schema: ObjectSchema, selected: Callable[[], Awaitable[list[Record]]]) -> None:
        open_sync = Action(self.tr("Open the sync"), lambda: self._shell.go("syncs", sync=view.name))
        if not view.approved:
            text = self.tr("Look at its preview and approve it first. Nothing was sent.")
            self._shell.bus.info(self.tr("“%1” was never run").replace("%1", view.name), text, action=open_sync)
            return
        records = await selected()
        count = len(records)
        send = counted(count, "Sync %n record", "Sync %n records", "SyncSelection")
        question = Question(
            self.tr("Sync with “%1” now?").replace("%1", view.name),
            counted(count, "%n record goes to %1.", "%n records go to %1.", "SyncSelection").replace(
                "%1", _target(view)
            ),
            (Choice("sync", send, "primary"),),
            listing=tuple(record_title(title_of(record, schema), schema) for record in records[:100]),
        )
        if await ask_question(self._window, question) != "sync":
            return
        source = view.definition.direction.source
        result = await self._desk.syncs.run(view.name, only={source: [record.id for record in records]})
        self._tell(view, result, open_sync)

    def _tell(self, view: SyncView, result: RunResult, open_sync: Action) -> None:
        bus = self._shell.bus
        counts = result.counts(view.definition.direction.target)
        parts = [
            counted(counts.created, "%n created", "%n created", "SyncSelection") if counts.created else "",
            counted(counts.updated, "%n updated", "%n updated", "SyncSelection") if counts.updated else "",
            counted(counts.unchanged, "%n unchanged", "%n unchanged", "SyncSelection") if counts.unchanged else "",
            counted(counts.skipped, "%n skipped", "%n skipped", "SyncSelection") if counts.skipped else "",
            counted(counts.failed, "%n failed", "%n failed", "SyncSelection") if counts.failed else "",
        ]
        told = ", ".join(filter(None, parts)) or self.tr("Nothing to do.")
        if result.status is RunStatus.COMPLETED:
            bus.success(self.tr("“%1” is done").replace("%1", view.name), told)
        elif result.error is not None:
            said = f"{result.error.message} {result.error.hint}".strip()
            bus.warning(self.tr("“%1” did not finish").replace("%1", view.name), said, action=open_sync)
        else:
            bus.warning(self.tr("“%1” needs a look").replace("%1", view.name), told, action=open_sync)


def _reads(view: SyncView, place: Place) -> bool:
    source = view.definition.endpoint(view.definition.direction.source)
    return (source.connection, source.object) == (place.connection, place.object)


def _target(view: SyncView) -> str:
    target = view.definition.endpoint(view.definition.direction.target)
    return target.connection
