"""One run: what it did in a sentence, each record's before and after, and trying the failed ones again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.change import ChangeState, RunStatus
from desktop.domain.errors import CrosswalkError
from desktop.domain.schema import Field
from desktop.ui.bus import Action
from desktop.ui.shell.page import Shell
from desktop.ui.syncs.changes_tab import ChangesTab
from desktop.ui.syncs.words import (
    Targets,
    may_be_undone,
    run_sentence,
    status_tone,
    status_words,
    tally_of,
    targets_of,
)
from desktop.ui.text import counted, moment
from desktop.ui.widgets.buttons import plain
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.label import ElidedLabel, Label
from desktop.ui.widgets.pill import Pill
from desktop.workspace.views import RunView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_PAGE = 500


class RunPane(QWidget):
    """The lower part of the tab of runs. `retried` says that a run of failed records has ended."""

    retried = Signal()

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._run: RunView | None = None
        self._loading: asyncio.Task[Any] | None = None
        self.title = ElidedLabel("", "heading")
        self.pill = Pill()
        self.sentence = Label("", "small", wrap=True)
        self.retry_button = plain(self.tr("Retry"), self._retry, compact=True)
        self.undo_button = plain(self.tr("Undo this run"), self._undo, compact=True)
        self.undo_button.setVisible(False)
        self.sync_button = plain(self.tr("Show the sync"), self._show_sync, compact=True)
        self.changes = ChangesTab(desk, shell)
        self._build()
        self.changes.table.selectionModel().selectionChanged.connect(lambda *_: self._sense())
        self.changes.model.modelReset.connect(self._sense)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(24, 12, 24, 2)
        head.setSpacing(12)
        head.addWidget(self.title)
        head.addWidget(self.pill)
        head.addStretch(1)
        head.addWidget(self.retry_button)
        head.addWidget(self.undo_button)
        head.addWidget(self.sync_button)
        words = QHBoxLayout()
        words.setContentsMargins(24, 0, 24, 8)
        words.addWidget(self.sentence, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(words)
        column.addWidget(hairline(faint=True))
        column.addWidget(self.changes, 1)

    def show_run(self, run: RunView) -> None:
        """Show a run."""
        same = self._run is not None and self._run.id == run.id
        if same and self._run == run:
            return
        self._run = run
        self.setAccessibleName(f"{run.sync}, {moment(run.started_at)}")
        self.title.setText(run.sync)
        self.pill.set_status(status_words(run.status), status_tone(run.status))
        self.pill.updateGeometry()
        self.sentence.setText(moment(run.started_at))
        self.undo_button.setVisible(False)
        self._sense()
        if self._loading is not None:
            self._loading.cancel()
        self._loading = self._shell.scope.start(self._load(run))

    async def _load(self, run: RunView) -> None:
        targets: Targets = {}
        fields: Mapping[str, Field] = {}
        try:
            targets, fields = await self._written(run.sync)
        except CrosswalkError:
            self.sync_button.setEnabled(False)
        else:
            self.sync_button.setEnabled(True)
            self.undo_button.setVisible(may_be_undone(run))
        if run.status is not RunStatus.RUNNING:
            self.sentence.setText(f"{moment(run.started_at)} · {run_sentence(run, targets)}")
        hint = run.problem.hint if run.problem else ""
        self.sentence.setText(" ".join(filter(None, (self.sentence.text(), hint))))
        self.changes.show_run(run, fields, latest=run)

    async def _written(self, sync: str) -> tuple[Targets, Mapping[str, Field]]:
        """The connections that a sync writes to, and the written objects' fields by their labels."""
        definition = (await self._desk.syncs.get(sync)).definition
        fields: dict[str, Field] = {}
        for side in definition.direction.written:
            endpoint = definition.endpoint(side)
            try:
                schema = await self._desk.data.schema(endpoint.connection, endpoint.object)
            except CrosswalkError:
                continue
            fields.update({field.label: field for field in schema.fields})
        return targets_of(definition), fields

    def _show_sync(self) -> None:
        if self._run is not None:
            self._shell.go("syncs", sync=self._run.sync)

    def _undo(self) -> None:
        if self._run is not None:
            self._shell.go("syncs", sync=self._run.sync, undo=self._run)

    # Retrying

    def _chosen(self) -> list[str]:
        """Source ids of the failed records that are selected."""
        items = (self.changes.model.item(row) for row in self.changes.table.chosen_rows())
        return [item.source_id for item in items if item and item.state == ChangeState.FAILED and item.source_id]

    def _sense(self) -> None:
        failed = tally_of(self._run.result).failed if self._run is not None else 0
        self.retry_button.setVisible(failed > 0)
        chosen = len(self._chosen()) if failed else 0
        self.retry_button.set_label(
            counted(chosen, "Retry the selected record", "Retry the %n selected records", "Activity")
            if chosen
            else self.tr("Retry")
        )
        self.retry_button.setAccessibleDescription(self.tr("Sends the records that failed once more."))

    def _retry(self) -> None:
        if self._run is not None:
            self._shell.scope.start(self._retry_now(self._run), busy=self.retry_button)

    async def _retry_now(self, run: RunView) -> None:
        ids = self._chosen() or await self._failed(run)
        if not ids:
            self._shell.bus.info(self.tr("Nothing is left to retry"))
            return
        result = await self._desk.syncs.retry(run.sync, ids)
        self.retried.emit()
        failed = tally_of(result.as_json()).failed  # type: ignore[arg-type]
        if result.error is not None:
            self._shell.bus.error(result.error.message, result.error.hint, details=result.error.details)
        elif failed:
            one, many = "%n record failed again", "%n records failed again"
            show = Action(self.tr("Show failures"), lambda: self._shell.go("syncs", sync=run.sync, tab="failures"))
            self._shell.bus.warning(counted(failed, one, many, "Activity"), action=show)
        else:
            one, many = "%n record was sent", "%n records were sent"
            self._shell.bus.success(counted(len(ids), one, many, "Activity"))

    async def _failed(self, run: RunView) -> list[str]:
        """Source ids of all records that failed in the run, each once."""
        found: dict[str, None] = {}
        offset = 0
        while True:
            changes = await self._desk.activity.changes(run.id, offset, _PAGE, state=ChangeState.FAILED.value)
            found.update((change.source_id, None) for change in changes if change.source_id)
            if len(changes) < _PAGE:
                return list(found)
            offset += _PAGE
