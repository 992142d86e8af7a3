"""What is folded away behind a word such as "Details"."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from desktop.ui.theme import SMALL, icon
from desktop.ui.widgets.buttons import Button


class Disclosure(QWidget):
    """A button that unfolds text, which can be selected and copied.

    :param title: the button's label.
    """

    def __init__(self, title: str = "", text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.toggle = QToolButton()
        self.toggle.setText(title or self.tr("Details"))
        self.toggle.setAccessibleName(self.toggle.text())
        self.toggle.setCheckable(True)
        self.toggle.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setProperty("disclosure", True)
        self.copy = Button(self.tr("Copy"), "link", clicked=self._copy)
        head = QHBoxLayout()
        head.addWidget(self.toggle)
        head.addStretch(1)
        head.addWidget(self.copy)
        column.addLayout(head)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.toggle.text())
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(SMALL)
        self.text.setFont(font)
        column.addWidget(self.text)
        self.toggle.toggled.connect(self._unfold)
        self.set_text(text)
        self._unfold(False)

    def set_text(self, text: str) -> None:
        """What unfolds."""
        self.text.setPlainText(text)
        lines = min(max(text.count("\n") + 1, 2), 10)
        self.text.setFixedHeight(lines * self.text.fontMetrics().lineSpacing() + 28)

    def _unfold(self, shown: bool) -> None:
        self.toggle.setIcon(icon("ph.caret-down" if shown else "ph.caret-right", "muted"))
        self.text.setVisible(shown)
        self.copy.setVisible(shown)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.text.toPlainText())
