"""The head of a page: its title, a line below or beside it, and what can be done at the right."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.widgets.label import ElidedLabel


class PageHeader(QWidget):
    """Title, notes beside it (such as a pill), a subtitle below it, actions at the right.

    :param subtitle: the line below the title; none takes no room.
    :param actions: buttons from left to right.
    :param over_tabs: tabs follow, so that less room is left below.
    """

    def __init__(
        self,
        title: str,
        subtitle: str = "",
        actions: tuple[QWidget, ...] = (),
        *,
        over_tabs: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 6 if over_tabs else 16)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(12)
        self.title_label = ElidedLabel(title, "title")
        self._beside = QHBoxLayout()
        self._beside.setSpacing(12)
        self._beside.addWidget(self.title_label)
        self._beside.addStretch(1)
        row.addLayout(self._beside, 1)
        self._below = QHBoxLayout()
        self._below.setSpacing(8)
        self.subtitle_label = ElidedLabel(subtitle, "small")
        if not subtitle:
            self.subtitle_label.hide()
        self._below.addWidget(self.subtitle_label, 1)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(12)
        row.addLayout(self._actions)
        column.addStretch(1)
        column.addLayout(row)
        column.addLayout(self._below)
        column.addStretch(1)
        self.setMinimumHeight(54 if over_tabs else 64)
        for action in actions:
            self.add_action(action)

    def add_action(self, button: QWidget) -> None:
        """Append a button at the right."""
        self._actions.addWidget(button)

    def add_note(self, note: QWidget) -> None:
        """Append something beside the title."""
        self._beside.insertWidget(self._beside.count() - 1, note)

    def add_below(self, widget: QWidget) -> None:
        """Put `widget` on the line below the title, before the subtitle."""
        self._below.insertWidget(self._below.count() - 1, widget)

    def set_title(self, title: str) -> None:
        """Change the title."""
        self.title_label.setText(title)

    def set_subtitle(self, subtitle: str) -> None:
        """Change the line below; an empty one takes no room."""
        self.subtitle_label.setText(subtitle)
        self.subtitle_label.setVisible(bool(subtitle))
