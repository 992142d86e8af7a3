"""The Data page on the objects of every platform: read, edit, create, delete, and what can't be done says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QAbstractButton

from desktop.sandbox.server import SandboxServer
from desktop.workspace.desk import Desk
from tests.ui.finding import until
from tests.window.data_page import data_page

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("theme", "american"),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
    pytest.mark.demo(records=30, syncs=False),
]


@dataclass(frozen=True)
class Case:
    """An object of a platform, and what is done with it.

    :param edited: label and text of the field that is changed in the first record.
    :param new: labels and texts of a new record; without any, none is made.
    :param refused: names of the buttons that are disabled, with a part of the reason.
    """

    platform: str
    object: str
    edited: tuple[str, str]
    new: Mapping[str, str] = field(default_factory=dict[str, str])
    refused: Mapping[str, str] = field(default_factory=dict[str, str])


CASES = [
    Case("highlevel", "opportunity", ("Name", "Renewal")),
    Case("highlevel", "business", ("Company Name", "Nordlicht"), {"Company Name": "Fjordline"}),
    Case("highlevel", "task", ("Title", "Call back")),
    Case("activecampaign", "accounts", ("Name", "Nordlicht"), {"Name": "Fjordline"}),
    Case("activecampaign", "deals", ("Title", "Renewal")),
    Case("activecollab", "projects", ("Name", "Relaunch"), {"Name": "Fresh start"}),
    Case("activecollab", "tasks", ("Name", "Write the brief")),
    Case("activecollab", "companies", ("Name", "Nordlicht"), {"Name": "Fjordline"}),
    Case(
        "activecollab",
        "users",
        ("First name", "Ingrid"),
        refused={"New record": "Invite people", "Delete": "Archive or remove"},
    ),
    Case("activecollab", "labels", ("", ""), refused={"New record": "only reads labels"}),
    Case(
        "accessally",
        "members",
        ("First name", "Ingrid"),
        {"E-mail": "ingrid@example.com", "Last name": "Berg"},
        {"Delete": "turned off"},
    ),
]


@pytest.fixture
def american():
    """Numbers and dates as in the United States."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.platform}-{case.object}")
async def test_an_object_is_read_edited_and_added_to(desk: Desk, sandbox: SandboxServer, case: Case) -> None:
    ready = sandbox.ready["platforms"][case.platform]
    await desk.connections.connect(case.platform, "Here", ready["base_url"], ready.get("account", ""), ready["token"])
    async with data_page(desk, "Here", case.object) as data:
        await until(lambda: data.page.records.model.count > 0)
        schema = await desk.data.schema("Here", case.object)
        if case.edited[0]:
            label, text = case.edited
            record_id = await data.open_row(0)
            await data.window.scope.settle()
            data.type_into(label, text)
            data.press("Save")
            await until(lambda: any("saved" in message for message in data.messages))
            edited = next(item for item in schema.fields if item.label == label)
            assert (await desk.data.record("Here", case.object, record_id)).get(edited.key) == text
        if case.new:
            before = data.page.records.model.count
            data.press("New record")
            for label, text in case.new.items():
                data.type_into(label, text)
            data.press("Save")
            await until(lambda: data.page.records.model.count == before + 1)
        for name, reason in case.refused.items():
            button = data.find(name, QAbstractButton)
            assert not button.isEnabled()
            assert reason in button.toolTip()
