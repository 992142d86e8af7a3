"""Columns that share a table's width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHeaderView, QTableView


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the width, from 0 to 1, and its bounds in pixels."""

    part: float
    least: int
    most: int


class SharedColumns(QObject):
    """Gives each named column its share whenever the table gets another width; `rest` takes what is left."""

    def __init__(self, table: QTableView, shares: Mapping[int, Share], rest: int) -> None:
        super().__init__(table)
        self._table = table
        self._shares = dict(shares)
        self._width = 0
        header = table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(rest, QHeaderView.ResizeMode.Stretch)
        table.viewport().installEventFilter(self)
        self.apply()

    def set_share(self, column: int, share: Share) -> None:
        """Give a column another share."""
        if self._shares.get(column) != share:
            self._shares[column] = share
            self.apply()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._table.viewport().width() != self._width:
            self.apply()
        return False

    def apply(self) -> None:
        """Give the columns their widths now."""
        self._width = self._table.viewport().width()
        for column, share in self._shares.items():
            self._table.setColumnWidth(column, min(max(round(self._width * share.part), share.least), share.most))
