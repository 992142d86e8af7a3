"""A box to choose a field from."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from desktop.domain.schema import Field


class FieldBox(QComboBox):
    """Chooses one of the fields by its label; an empty key stands for none yet.

    :param name: what is chosen, its accessible name.
    """

    def __init__(self, name: str, fields: Iterable[Field], chosen: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaxVisibleItems(16)
        self.addItem(self.tr("Choose a field"), "")
        for field in fields:
            self.addItem(field.label, field.key)
            self.setItemData(self.count() - 1, field.key, Qt.ItemDataRole.ToolTipRole)
        at = self.findData(chosen)
        if at < 0:
            self.addItem(chosen, chosen)
            at = self.count() - 1
        self.setCurrentIndex(at)

    @property
    def key(self) -> str:
        """Key of the chosen field, blank for none."""
        return self.currentData() or ""
