"""What a connection's credentials allow, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.ui.connections.words import permission_state
from desktop.ui.widgets.card import Card, hairline
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.pill import Pill
from desktop.workspace.connection_views import PermissionView


class PermissionsCard(Card):
    """Each permission with whether it is granted and what it is needed for; the missing ones come first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent=parent)
        self.setAccessibleName(self.tr("What the credentials allow"))
        self.body.addWidget(Label(self.tr("What the credentials allow"), "heading"))
        self.body.addSpacing(4)
        self._shown: Sequence[PermissionView] = ()
        self._rows: QWidget | None = None

    def show_permissions(self, permissions: Sequence[PermissionView]) -> None:
        """Show these permissions."""
        self.setVisible(bool(permissions))
        if permissions == self._shown:
            return
        self._shown = permissions
        if self._rows is not None:
            self.body.removeWidget(self._rows)
            self._rows.hide()
            self._rows.deleteLater()
        self._rows = QWidget()
        grid = QGridLayout(self._rows)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        order = {False: 0, True: 1, None: 2}
        for at, permission in enumerate(sorted(permissions, key=lambda item: order[item.granted])):
            self._add(grid, 2 * at, permission)
        self.body.addWidget(self._rows)

    def _add(self, grid: QGridLayout, row: int, permission: PermissionView) -> None:
        if row:
            grid.addWidget(hairline(faint=True), row - 1, 0, 1, 3)
        words, tone = permission_state(permission)
        name = Label(permission.name, "side")
        name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        use = Label(permission.needed_for, "small", wrap=True)
        pill = Pill(words, tone)
        pill.setAccessibleName(f"{permission.name}: {words}. {permission.needed_for}")
        grid.addWidget(name, row, 0)
        grid.addWidget(use, row, 1)
        grid.addWidget(pill, row, 2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
