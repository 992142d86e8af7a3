"""Steps on the Data page that its tests share: what a person does there, told in a few words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QTreeView, QWidget

from desktop.ui.data.grid import RecordsGrid
from desktop.ui.data.page import DataPage
from desktop.ui.shell.page import PageEntry
from desktop.ui.shell.window import MainWindow
from desktop.workspace.desk import Desk
from tests.ui.finding import named, until

ORDERS = ("Agency", "custom_objects.orders")
W = TypeVar("W", bound=QWidget)


class DataSteps:
    """A window that shows the Data page of a workspace."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.window = MainWindow([PageEntry("data", "Data", "ph.table", lambda shell: DataPage(desk, shell))])
        self.window.show()
        self.messages: list[str] = []
        self.window.bus.posted.connect(lambda message: self.messages.append(f"{message.title} {message.text}"))

    async def go(self, connection: str = "", object_key: str = "", record: str = "") -> None:
        """Show the page, and wait until an object's name stands in its head."""
        self.window.activateWindow()
        await until(self.window.isActiveWindow)
        self.window.go("data", connection=connection, object=object_key, record=record)
        await until(lambda: self.page.place is not None)

    @property
    def page(self) -> DataPage:
        """The page itself, for what no person sees: whether it has come to rest."""
        page = self.window.page("data")
        assert isinstance(page, DataPage)
        return page

    def find(self, name: str, kind: type[W] = QWidget) -> W:
        """The visible control of that name."""
        return named(self.page, name, kind)

    def press(self, name: str) -> None:
        """Click the button of that name."""
        button = self.find(name)
        assert button.isEnabled(), f"{name} is disabled"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def type_into(self, name: str, text: str) -> None:
        """Put `text` in the place of what stands in a field of the form."""
        form = self.find("Record")
        field = next(w for w in form.findChildren(QWidget) if _takes_text(w) and w.accessibleName() == name)
        field.setFocus()
        field.selectAll()  # type: ignore[attr-defined]
        QTest.keyClick(field, Qt.Key.Key_Delete)
        if text:
            QTest.keyClicks(field, text)

    def text_in(self, name: str) -> str:
        """What stands in a field of the form."""
        form = self.find("Record")
        field = next(w for w in form.findChildren(QWidget) if _takes_text(w) and w.accessibleName() == name)
        return field.text() if isinstance(field, QLineEdit) else field.toPlainText()  # type: ignore[attr-defined]

    @property
    def grid(self) -> RecordsGrid:
        """The table of records."""
        return self.find("Records", RecordsGrid)

    def column(self, label: str) -> list[str]:
        """The texts of a column, in the order of the rows."""
        model = self.grid.model()
        at = next(at for at in range(model.columnCount()) if model.headerData(at, Qt.Orientation.Horizontal) == label)
        return [str(model.index(row, at).data()) for row in range(model.rowCount())]

    def click_row(self, row: int) -> None:
        """Click a row of the grid."""
        grid = self.grid
        at = grid.viewport().rect().topLeft() + QPoint(60, grid.rowViewportPosition(row) + 10)
        QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=at)

    async def open_row(self, row: int) -> str:
        """Click a row, wait for its record in the form, and return its id."""
        self.click_row(row)
        await until(lambda: self.page.records.editing.current is not None)
        session = self.page.records.editing.current
        assert session is not None
        return session.key.id

    async def read(self) -> None:
        """Press "Read changes" and wait for the records."""
        self.press("Read changes")
        await until(lambda: any("read" in text for text in self.messages))
        await until(lambda: self.page.records.model.count > 0)

    def says(self, text: str) -> bool:
        """Whether a visible label on the page has `text` in it."""
        labels = [w for w in self.page.findChildren(QWidget) if w.isVisible() and hasattr(w, "text")]
        return any(text in str(w.text()) for w in labels if callable(w.text))  # type: ignore[attr-defined]

    def tree_texts(self) -> list[str]:
        """The texts of the tree, from top to bottom, as a screen reader says them."""
        tree = self.find("Objects", QTreeView)
        model = tree.model()
        texts: list[str] = []
        for row in range(model.rowCount()):
            parent = model.index(row, 0)
            texts.append(str(parent.data()))
            texts += [
                str(model.index(at, 0, parent).data(Qt.ItemDataRole.AccessibleTextRole))
                for at in range(model.rowCount(parent))
            ]
        return texts

    def answer(self, label: str) -> bool:
        """Press the button of that label in the open question, if one is open and lets it be pressed."""
        for top in self.window.findChildren(QPushButton):
            if top.isVisible() and top.isEnabled() and top.text() == label and top.window() is not self.window:
                QTest.mouseClick(top, Qt.MouseButton.LeftButton)
                return True
        return False


@asynccontextmanager
async def data_page(desk: Desk, *target: str, read: bool = True) -> AsyncIterator[DataSteps]:
    """The Data page at an object (by default the orders of "Agency", already read), until the window is closed.

    It is opened, closed and deleted within the test: between a test's phases events are processed without the
    loop, and the lists of combo boxes, windows of their own, have to go with the window that they belong to.
    """
    where = target or ORDERS
    if read:
        await desk.data.read(*where[:2])
    steps = DataSteps(desk)
    await steps.go(*where)
    try:
        yield steps
    finally:
        steps.window.close()
        await asyncio.wait_for(steps.window.closed(), 5)
        steps.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _takes_text(widget: QWidget) -> bool:
    return isinstance(widget, QLineEdit | QPlainTextEdit) and widget.isVisible()
