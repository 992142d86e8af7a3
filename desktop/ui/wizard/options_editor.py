"""Which option of one side is which option of the other."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from desktop.domain.schema import Field, Option
from desktop.ui.widgets.label import ElidedLabel, Label


class OptionsEditor(QWidget):
    """Pairs the options of a source's choice with those of the target's.

    `edited` tells that :attr:`values` changed: source option key to target option key.
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: dict[str, str] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(2, 2)

    def show_options(self, source: Field, target: Field, values: Mapping[str, str]) -> None:
        """Show the pairs; `values` maps source options (key or label) to target options."""
        self.values = dict(values)
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for row, option in enumerate(source.options):
            self._add_row(row, option, target)

    def _add_row(self, row: int, option: Option, target: Field) -> None:
        self._grid.addWidget(ElidedLabel(option.label, "body"), row, 0)
        self._grid.addWidget(Label("→", "faint"), row, 1)
        box = QComboBox()
        box.setAccessibleName(self.tr("%1 becomes").replace("%1", option.label))
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(8)
        equal = _equal(option, target)
        same = f"= {equal.label}" if equal else self.tr("Choose")
        box.addItem(same, "")
        for other in target.options:
            box.addItem(other.label, other.key)
        chosen = self.values.get(option.key, self.values.get(option.label, ""))
        there = next((o for o in target.options if chosen in (o.key, o.label)), None) if chosen else None
        box.setCurrentIndex(max(box.findData(there.key), 0) if there else 0)
        box.currentIndexChanged.connect(lambda _: self._set(option, box.currentData()))
        self._grid.addWidget(box, row, 2)

    def _set(self, option: Option, key: str) -> None:
        self.values.pop(option.label, None)
        if key:
            self.values[option.key] = key
        else:
            self.values.pop(option.key, None)
        self.edited.emit()


def _equal(option: Option, target: Field) -> Option | None:
    names = {option.key.casefold(), option.label.casefold()}
    return next((o for o in target.options if names & {o.key.casefold(), o.label.casefold()}), None)
