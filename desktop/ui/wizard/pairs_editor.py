"""Rows of "this field equals that field", as matching and references need them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.schema import Field
from desktop.ui.widgets.buttons import IconButton, link
from desktop.ui.widgets.label import Label
from desktop.ui.wizard.field_box import FieldBox


class PairsEditor(QWidget):
    """Pairs of a source's and a target's field. `edited` tells that :attr:`pairs` changed."""

    edited = Signal()

    def __init__(
        self, source_name: str, target_name: str, *, narrow: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._narrow = narrow
        self._names = (source_name, target_name)
        self._sources: Sequence[Field] = ()
        self._targets: Sequence[Field] = ()
        self.pairs: list[tuple[str, str]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        column.addLayout(self._rows)
        self.add_button = link(self.tr("Add another pair"), self._add)
        foot = QHBoxLayout()
        foot.addWidget(self.add_button)
        foot.addStretch(1)
        column.addLayout(foot)

    def show_pairs(self, pairs: Sequence[tuple[str, str]], sources: Sequence[Field], targets: Sequence[Field]) -> None:
        """Show these pairs of keys; at least one row is there to be filled."""
        self._sources, self._targets = sources, targets
        self.pairs = list(pairs) or [("", "")]
        self._rebuild()

    def _rebuild(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (row := item.widget()) is not None:
                row.hide()
                row.deleteLater()
        for at in range(len(self.pairs)):
            self._rows.addWidget(self._row(at))

    def _row(self, at: int) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        source, target = self.pairs[at]
        left = FieldBox(self._names[0], self._sources, source)
        right = FieldBox(self._names[1], self._targets, target)
        if self._narrow:
            for box in (left, right):
                box.setMinimumContentsLength(4)
        left.currentIndexChanged.connect(self._setter(at, left, right))
        right.currentIndexChanged.connect(self._setter(at, left, right))
        line.addWidget(left, 1)
        line.addWidget(Label("=" if self._narrow else self.tr("equals"), "small"))
        line.addWidget(right, 1)
        remove = IconButton("ph.x", self.tr("Remove the pair"), clicked=lambda: self._remove(at))
        remove.setEnabled(len(self.pairs) > 1)
        line.addWidget(remove)
        return row

    def _setter(self, at: int, left: FieldBox, right: FieldBox) -> Callable[[int], None]:
        def set_pair(_: int) -> None:
            self.pairs[at] = (left.key, right.key)
            self.edited.emit()

        return set_pair

    def _add(self) -> None:
        self.pairs.append(("", ""))
        self._rebuild()
        self.edited.emit()

    def _remove(self, at: int) -> None:
        del self.pairs[at]
        self._rebuild()
        self.edited.emit()
