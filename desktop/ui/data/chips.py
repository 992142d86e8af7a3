"""Chips whose cross does nothing but take them away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from desktop.ui.theme import Tone
from desktop.ui.widgets.pill import Chip

_CROSS = 24
"""Pixels at the right of a chip in which a click means its cross."""


class CrossChip(Chip):
    """A chip that can be pressed and taken away: a click on the cross is no press."""

    def __init__(
        self,
        text: str,
        tone: Tone = Tone.ACCENT,
        *,
        clicked: Callable[[], object],
        removed: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, tone, clicked=clicked, removed=removed, parent=parent)
        self._take_away = removed

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self.rect().contains(at) and at.x() > self.width() - _CROSS:
            self.setDown(False)
            self._take_away()
        else:
            super().mouseReleaseEvent(event)
