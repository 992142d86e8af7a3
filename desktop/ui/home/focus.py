"""Giving the focus without drawing a ring for those who use the mouse."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def give_focus(widget: QWidget) -> None:
    """Focus `widget`; its ring shows only where the keyboard was used to get here."""
    by_keyboard = widget.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
    reason = Qt.FocusReason.TabFocusReason if by_keyboard else Qt.FocusReason.ActiveWindowFocusReason
    widget.setFocus(reason)
