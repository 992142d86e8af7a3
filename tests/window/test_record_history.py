"""The history of one record, from the form on the Data page."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from desktop.domain.record import Record
from desktop.ui.data.history import RecordHistory
from desktop.workspace.demo import CONTACTS
from desktop.workspace.desk import Desk
from tests.ui.finding import all_named, named, until
from tests.window.data_page import DataSteps, data_page

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("theme"),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
    pytest.mark.demo(records=6),
]
HERE, THERE = ("Agency", "contact"), ("Shop", "contacts")


async def history(desk: Desk, place: tuple[str, str], record: Record) -> list[list[str]]:
    """What the dialog shows of a record, row by row, but for the times."""
    async with data_page(desk, *place, record.id) as data:
        await until(lambda: data.page.records.editing.current is not None)
        data.press("History")
        await until(lambda: bool(shown(data)))
        (dialog,) = shown(data)
        model = dialog.model
        rows = [[str(model.index(row, at).data()) for at in range(1, 5)] for row in range(model.rowCount())]
        assert bool(all_named(dialog, "Changes of this record")) == bool(rows)
        QTest.mouseClick(named(dialog, "Close", QPushButton), Qt.MouseButton.LeftButton)
        await until(lambda: not shown(data))
        return rows


def shown(data: DataSteps) -> list[RecordHistory]:
    return [dialog for dialog in data.window.findChildren(RecordHistory) if dialog.isVisible()]


async def test_what_a_sync_wrote_and_what_a_person_changed_is_listed(desk: Desk) -> None:
    await desk.syncs.run(CONTACTS.name)
    there = (await desk.syncs.samples(CONTACTS.right, 1))[0]
    await desk.data.save(*THERE, there, {"city": "Bergen"})
    rows = await history(desk, THERE, there)
    assert rows[0] == ["you", "City", str(there.get("city") or "blank"), "Bergen"]
    assert [CONTACTS.name, "E-mail", "not there yet", str(there.get("email"))] in rows
    assert {row[0] for row in rows} == {"you", CONTACTS.name}


async def test_a_record_that_nobody_changed_has_none(desk: Desk) -> None:
    (contact,) = await desk.syncs.samples(CONTACTS.left, 1)
    assert await history(desk, HERE, contact) == []
