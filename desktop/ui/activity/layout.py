"""What the tabs of Activity share: a bar, a table over what its chosen row holds, or a word that it is empty."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.table import Table


def fit_columns(table: Table, widths: Mapping[int, int], widest: int) -> None:
    """Give columns their widths in pixels, and the room that is left to one of them."""
    header = table.horizontalHeader()
    header.setStretchLastSection(False)
    for column, width in widths.items():
        table.setColumnWidth(column, width)
    header.setSectionResizeMode(widest, QHeaderView.ResizeMode.Stretch)


def over(table: Table, pane: QWidget, heights: tuple[int, int]) -> QSplitter:
    """The table above the pane, the heights of both in pixels."""
    split = QSplitter(Qt.Orientation.Vertical)
    split.setChildrenCollapsible(False)
    split.addWidget(table)
    split.addWidget(pane)
    split.setSizes(list(heights))
    return split


def fill(tab: QWidget, bar: QLayout, split: QSplitter, empty: QWidget) -> QStackedWidget:
    """Lay out a tab. Returns the stack of the split view and the word that there is nothing."""
    stack = QStackedWidget()
    stack.addWidget(split)
    stack.addWidget(empty)
    column = QVBoxLayout(tab)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addLayout(bar)
    column.addWidget(hairline())
    column.addWidget(stack, 1)
    return stack
