"""What can be set of a connection, edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError
from desktop.ui.connections.option_fields import ON, AnyOption, option_field
from desktop.ui.connections.trouble import Trouble
from desktop.ui.shell.page import Shell
from desktop.ui.widgets.buttons import primary, quiet
from desktop.ui.widgets.card import Card
from desktop.workspace.connection_views import ConnectionView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_WIDTH = 560


class OptionsCard(Card):
    """The options of the connection that is shown; hidden where there are none.

    What was changed is kept for each connection until it is saved or discarded.
    """

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("OptionsCard", "Options"), parent=parent)
        self._desk = desk
        self._shell = shell
        self._view: ConnectionView | None = None
        self._changed: dict[str, dict[str, str]] = {}
        self._filling = False
        self.fields: dict[str, AnyOption] = {}
        self.trouble = Trouble()
        self.save_button = primary(self.tr("Save options"), self._save)
        self.discard_button = quiet(self.tr("Discard"), self._discard)
        self._holder = QWidget()
        self._rows = QVBoxLayout(self._holder)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(16)
        self._buttons = QWidget()
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(8)
        buttons.addWidget(self.save_button)
        buttons.addWidget(self.discard_button)
        buttons.addStretch(1)
        self.body.setSpacing(16)
        self._holder.setMaximumWidth(_WIDTH)
        # Beside a stretch: a layout gives a widget of limited width no more height than the whole width needs.
        row = QHBoxLayout()
        row.addWidget(self._holder, 100)
        row.addStretch(1)
        self.body.addWidget(self.trouble)
        self.body.addLayout(row)
        self.body.addWidget(self._buttons)

    def unsaved(self) -> list[str]:
        """Names of the connections whose options were changed and not saved."""
        return sorted(self._changed)

    def rename(self, before: str, now: str) -> None:
        """A connection has another name."""
        if before in self._changed:
            self._changed[now] = self._changed.pop(before)

    def forget(self, name: str) -> None:
        """A connection is gone."""
        self._changed.pop(name, None)

    def show_connection(self, view: ConnectionView) -> None:
        """Show a connection's options, with what was changed of them."""
        before, self._view = self._view, view
        self.setVisible(bool(view.platform.options))
        if before is None or before.platform.options != view.platform.options:
            self._build(view)
        if before is None or before.name != view.name:
            self._clear_marks()
        self._fill()

    def _build(self, view: ConnectionView) -> None:
        for field in self.fields.values():
            self._rows.removeWidget(field)
            field.hide()
            field.deleteLater()
        self.fields = {option.name: option_field(option) for option in view.platform.options}
        for field in self.fields.values():
            field.on_change(self._edited)
            self._rows.addWidget(field)

    def _fill(self) -> None:
        if self._view is None:
            return
        values = {**self._view.options, **self._changed.get(self._view.name, {})}
        self._filling = True
        for name, field in self.fields.items():
            field.put(values.get(name, ""))
        self._filling = False
        self._follow()

    def _edited(self) -> None:
        if self._filling or self._view is None:
            return
        now = {name: field.text for name, field in self.fields.items()}
        changed = {name: value for name, value in now.items() if value != self._view.options.get(name, "")}
        if changed:
            self._changed[self._view.name] = changed
        else:
            self._changed.pop(self._view.name, None)
        self._follow()

    def _follow(self) -> None:
        """Show what belongs to a switch while that is on, and the buttons while there is something to save."""
        if self._view is None:
            return
        for option in self._view.platform.options:
            switch = self.fields.get(option.only_with)
            self.fields[option.name].setVisible(switch is None or switch.text == ON)
        self._buttons.setVisible(self._view.name in self._changed)

    def _clear_marks(self) -> None:
        self.trouble.hide()
        for field in self.fields.values():
            field.mark("")

    def _discard(self) -> None:
        if self._view is not None:
            self._changed.pop(self._view.name, None)
            self._clear_marks()
            self._fill()
            self.setFocus()

    def _save(self) -> None:
        if self._view is not None and self.save_button.isEnabled():
            self._clear_marks()
            values = {name: field.text for name, field in self.fields.items()}
            self._shell.scope.start(self._save_now(self._view.name, values), busy=self.save_button)

    async def _save_now(self, name: str, values: dict[str, str]) -> None:
        try:
            view = await self._desk.connections.set_options(name, values)
        except CrosswalkError as error:
            if self._view is None or self._view.name != name:
                raise
            self.trouble.tell(error, self.fields)
            return
        later = {key: value for key, value in self._changed.pop(name, {}).items() if value != values[key]}
        if later:
            self._changed[name] = later
        if self._view is not None and self._view.name == name:
            self._view = view
            self._fill()
        saved = self.tr("The options of %1 were saved").replace("%1", name)
        self._shell.bus.success(saved, self.tr("They hold from the next request on."))
