"""The small forms within a connection's page: new credentials, another name."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError
from desktop.ui.connections.fields import LineField, SecretField
from desktop.ui.connections.trouble import Trouble
from desktop.ui.shell.page import Shell
from desktop.ui.widgets.buttons import primary, quiet
from desktop.ui.widgets.card import Card

Work = Callable[[str], Coroutine[Any, Any, None]]


class EditCard(Card):
    """One field with "Save" and "Cancel". What was typed stays when it is refused.

    :param place: the field's place in an :class:`desktop.domain.errors.InvalidInput`.
    :param work: keeps what was typed.
    """

    def __init__(
        self,
        shell: Shell,
        title: str,
        field: LineField,
        place: str,
        save: str,
        work: Work,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, parent=parent)
        self._shell = shell
        self._work = work
        self._place = place
        self.field = field
        self.trouble = Trouble()
        self.save_button = primary(save, self._save)
        self.cancel_button = quiet(self.tr("Cancel"), self.close_card)
        self.body.setSpacing(12)
        self.body.addWidget(self.trouble)
        self.body.addWidget(field)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.save_button)
        buttons.addWidget(self.cancel_button)
        buttons.addStretch(1)
        self.body.addLayout(buttons)
        field.edit.returnPressed.connect(self._save)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self._escape)
        self.hide()

    def begin(self, text: str = "") -> None:
        """Show the card with `text` in its field, ready to type."""
        self.field.mark("")
        self.trouble.hide()
        self.field.edit.setText(text)
        self.field.edit.selectAll()
        self.show()
        self.field.edit.setFocus()

    def close_card(self) -> None:
        """Leave everything as it is; what was typed is forgotten."""
        if isinstance(self.field, SecretField):
            self.field.clear()
        else:
            self.field.edit.clear()
        self.hide()

    def _escape(self) -> None:
        self.close_card()

    def _save(self) -> None:
        if self.save_button.isEnabled():
            self.field.mark("")
            self.trouble.hide()
            self._shell.scope.start(self._save_now(), busy=self.save_button)

    async def _save_now(self) -> None:
        try:
            await self._work(self.field.edit.text())
        except CrosswalkError as error:
            self.trouble.tell(error, {self._place: self.field})
            return
        self.close_card()
