"""What form fields have in common: their label, and how a wrong value shows."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QAbstractSpinBox, QDateTimeEdit, QWidget

Box = TypeVar("Box", bound=QAbstractSpinBox)


def padded(box: Box) -> Box:
    """Give the text of a spin box the room that lines have: a style sheet cannot reach it there."""
    if not (isinstance(box, QDateTimeEdit) and box.calendarPopup()):
        box.lineEdit().setTextMargins(8, 0, 0, 0)
    return box


def set_invalid(field: QWidget, invalid: bool, reason: str = "") -> None:
    """Frame `field` as wrong, or as right again; `reason` is its tool tip and accessible description."""
    field.setAccessibleDescription(reason if invalid else "")
    field.setToolTip(reason if invalid else "")
    if bool(field.property("invalid")) != invalid:
        field.setProperty("invalid", invalid)
        field.style().unpolish(field)
        field.style().polish(field)
