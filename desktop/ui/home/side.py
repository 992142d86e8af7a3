"""The column at the right of Home: what needs attention, and what today's runs did."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.home.attention import Matter
from desktop.ui.text import number, percent
from desktop.ui.widgets.buttons import plain
from desktop.ui.widgets.card import Card, Figures, hairline
from desktop.ui.widgets.label import Label
from desktop.workspace.views import TodayView

_MOST = 8
"""Matters that are shown at once; when one is settled the next comes."""


class AttentionCard(QFrame):
    """The matters, each with the button that leads to its remedy."""

    def __init__(self, follow: Callable[[Matter], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._follow = follow
        self._matters: list[Matter] | None = None
        self._rows: QWidget | None = None
        self.setProperty("surface", "card")
        self.setAccessibleName(self.tr("Needs attention"))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 14, 1, 6)
        self._column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(15, 0, 15, 12)
        head.addWidget(Label(self.tr("Needs attention"), "heading"))
        self._column.addLayout(head)

    def show_matters(self, matters: Sequence[Matter]) -> None:
        """Show these matters; nothing is built anew while they stay the same."""
        if list(matters) == self._matters:
            return
        self._matters = list(matters)
        if self._rows is not None:
            self._column.removeWidget(self._rows)
            self._rows.hide()
            self._rows.deleteLater()
        self._rows = QWidget()
        rows = QVBoxLayout(self._rows)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        if not matters:
            calm = Label(self.tr("Nothing needs your attention."), "muted", wrap=True)
            calm.setContentsMargins(15, 0, 15, 8)
            rows.addWidget(calm)
        for matter in matters[:_MOST]:
            rows.addWidget(hairline())
            rows.addWidget(self._row(matter))
        self._column.addWidget(self._rows)

    def _row(self, matter: Matter) -> QWidget:
        row = QWidget()
        row.setAccessibleName(matter.title)
        row.setAccessibleDescription(matter.text)
        column = QVBoxLayout(row)
        column.setContentsMargins(15, 10, 15, 10)
        column.setSpacing(2)
        column.addWidget(Label(matter.title, "strong", wrap=True))
        if matter.text:
            column.addWidget(Label(matter.text, "small", wrap=True))
        column.addSpacing(6)
        button = plain(matter.remedy, lambda: self._follow(matter))
        button.setAccessibleDescription(matter.title)
        buttons = QHBoxLayout()
        buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        return row


class TodayCard(Card):
    """What today's runs did, in figures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent=parent)
        self.setAccessibleName(self.tr("Today"))
        self.body.addWidget(Label(self.tr("Today"), "heading"))
        self.body.addSpacing(4)
        self._figures: Figures | None = None
        self._names: list[str] = []

    def show_today(self, today: TodayView) -> None:
        """Show these figures."""
        rows = [
            (self.tr("Records created"), number(today.created)),
            (self.tr("Records updated"), number(today.updated)),
            (self.tr("Left as they were"), number(today.unchanged)),
        ]
        if today.failed:
            rows.append((self.tr("Could not be sent"), number(today.failed)))
        for connection, share in today.quota_used.items():
            rows.append((self.tr("%1’s quota used").replace("%1", connection), percent(share)))
        names = [name for name, _ in rows]
        if self._figures is None or names != self._names:
            if self._figures is not None:
                self.body.removeWidget(self._figures)
                self._figures.hide()
                self._figures.deleteLater()
            self._figures, self._names = Figures(), names
            self.body.addWidget(self._figures)
        self._figures.set_rows(rows)
