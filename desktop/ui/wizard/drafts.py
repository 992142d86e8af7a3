"""The sync that was being made when the wizard was left."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from desktop.domain.errors import CrosswalkError
from desktop.ui.wizard.document import from_document
from desktop.ui.wizard.state import WizardState

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk


async def kept_draft(desk: Desk, syncs: Container[str]) -> WizardState | None:
    """The draft that is kept, ``None`` where there is none; one that can't be read is dropped.

    :param syncs: names of the syncs that are there; a draft that changes another one makes a new one.
    """
    document = await desk.syncs.wizard()
    if document is None:
        return None
    try:
        state = from_document(document)
    except CrosswalkError:
        await desk.syncs.drop_wizard()
        return None
    if state.replaces not in syncs:
        state.replaces = ""
    return state
