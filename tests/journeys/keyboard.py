"""A person without a mouse: goes from control to control by Tab, types, and presses Enter or Space."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QWidget

from desktop.ui.app_window import WorkspaceWindow
from tests.ui.finding import until

_FARTHEST = 120


class Keyboard:
    """Presses keys in a window, on whatever has the focus."""

    def __init__(self, window: WorkspaceWindow) -> None:
        self._window = window

    @property
    def focus(self) -> QWidget:
        """The control that the keys go to."""
        widget = QApplication.focusWidget()
        return widget if widget is not None else self._window

    async def settle(self) -> None:
        """Wait until the window has done what it was asked to."""
        for _ in range(3):
            await self._window.scope.settle()
            await until(lambda: True)

    async def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key."""
        QTest.keyClick(self.focus, key, modifier)
        await self.settle()

    async def shortcut(self, key: Qt.Key) -> None:
        """Press a key with Ctrl."""
        await self.press(key, Qt.KeyboardModifier.ControlModifier)

    async def to(self, name: str) -> None:
        """Go to the control of that accessible name by Tab."""
        seen: list[str] = []
        for _ in range(_FARTHEST):
            if self.focus.accessibleName() == name and self.focus.isEnabled():
                return
            seen.append(self.focus.accessibleName() or type(self.focus).__name__)
            QTest.keyClick(self.focus, Qt.Key.Key_Tab)
            await until(lambda: True)
        raise AssertionError(f"Tab does not lead to {name!r}; it led to {list(dict.fromkeys(seen))}")

    async def type_into(self, name: str, text: str) -> None:
        """Replace what a text field holds."""
        await self.to(name)
        QTest.keyClick(self.focus, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(self.focus, text)
        await self.settle()

    async def activate(self, name: str) -> None:
        """Go to a button and press it."""
        await self.to(name)
        await self.press(Qt.Key.Key_Space)

    async def pick(self, name: str, text: str) -> None:
        """Go to a box with choices and pick one by the arrow keys."""
        await self.to(name)
        box = self.focus
        assert isinstance(box, QComboBox)
        QTest.keyClick(box, Qt.Key.Key_Home)
        for _ in range(box.count()):
            if box.currentText() == text:
                await self.settle()
                return
            QTest.keyClick(box, Qt.Key.Key_Down)
        raise AssertionError(f"{name!r} offers no {text!r}")

    async def choose(self, name: str, text: str) -> None:
        """Go to a list, table or tree and choose the item whose text begins so, by its arrow keys."""
        await self.to(name)
        view = self.focus
        assert isinstance(view, QAbstractItemView)
        QTest.keyClick(view, Qt.Key.Key_Home)
        for _ in range(_FARTHEST):
            if any(said.startswith(text) for said in _spoken(view)):
                await self.settle()
                return
            QTest.keyClick(view, Qt.Key.Key_Down)
        raise AssertionError(f"{name!r} has no item {text!r}")


def _spoken(view: QAbstractItemView) -> list[str]:
    index = view.currentIndex()
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
    return [str(index.data(role) or "") for role in roles]
