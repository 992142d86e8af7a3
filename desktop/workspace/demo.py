"""The demo: a sandbox, and a throw-away workspace that is connected to it, with two syncs ready to run."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from desktop.domain.definition import Endpoint, SideCondition, SyncDefinition
from desktop.domain.errors import CrosswalkError
from desktop.domain.filters import Condition, Operator
from desktop.domain.mapping import Carry, ConflictRule, Direction, FieldPair, MatchPair, Side, Step
from desktop.workspace.desk import Desk, serve_desk
from desktop.workspace.workspace import Workspace, open_throwaway

AGENCY = "Agency"
SHOP = "Shop"
DEFAULT_RECORDS = 500

ORDERS = SyncDefinition(
    name="Orders to ActiveCampaign",
    left=Endpoint(AGENCY, "custom_objects.orders"),
    right=Endpoint(SHOP, "orders"),
    direction=Direction.LEFT_TO_RIGHT,
    match=(MatchPair("order_number", "@external_id"),),
    fields=(
        FieldPair("order_number", "order-number"),
        FieldPair("order_date", "order-date"),
        FieldPair(
            "status",
            "order-ship-status",
            {"received": "Received", "processing": "Processing", "sent": "Shipped"},
        ),
        FieldPair("total", "order-total"),
        FieldPair("receipt_link", "order-receipt-link"),
        FieldPair("note", "order-instructions", transform=(Step("trim"), Step("truncate", {"length": 500}))),
        FieldPair("extras", "extras"),
        FieldPair("weight", "weight", transform=(Step("round", {"decimals": 1}),)),
        FieldPair(
            "order_contact",
            "primary-contact",
            carry=Carry(
                (MatchPair("email", "email"),),
                (
                    MatchPair("firstName", "firstName"),
                    MatchPair("lastName", "lastName"),
                    MatchPair("phone", "phone"),
                ),
            ),
        ),
    ),
    filter=(SideCondition(Side.LEFT, Condition("status", Operator.IS_NOT, "draft")),),
    conflict=ConflictRule.LEFT,
)

CONTACTS = SyncDefinition(
    name="Contacts to ActiveCampaign",
    left=Endpoint(AGENCY, "contact"),
    right=Endpoint(SHOP, "contacts"),
    direction=Direction.LEFT_TO_RIGHT,
    match=(MatchPair("email", "email"),),
    fields=(
        FieldPair("email", "email"),
        FieldPair("firstName", "firstName"),
        FieldPair("lastName", "lastName"),
        FieldPair("phone", "phone"),
        FieldPair("city", "city"),
    ),
    conflict=ConflictRule.LEFT,
)


@asynccontextmanager
async def open_demo(records: int = DEFAULT_RECORDS, *, limits: str = "off", seed: int = 1) -> AsyncGenerator[Desk]:
    """The demo for a window: a desk over the throw-away workspace."""
    with tempfile.TemporaryDirectory(prefix="crosswalk-demo-", ignore_cleanup_errors=True) as folder:
        async with serve_desk(lambda: demo_workspace(Path(folder), records, limits=limits, seed=seed)) as desk:
            yield desk


@asynccontextmanager
async def demo_workspace(
    folder: Path, records: int = DEFAULT_RECORDS, *, limits: str = "off", seed: int = 1
) -> AsyncGenerator[Workspace]:
    """Start a sandbox and a workspace in an empty folder, both connections and both syncs ready."""
    process, ready = await anyio.to_thread.run_sync(start_sandbox, records, limits, seed)
    try:
        async with open_throwaway(folder, demo=True) as workspace:
            await connect_both(workspace, ready)
            for definition in (ORDERS, CONTACTS):
                await workspace.syncs.save(definition)
                await workspace.syncs.approve(definition.name)
            yield workspace
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_stop, process)


def start_sandbox(records: int, limits: str, seed: int) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """Start the sandbox in a process of its own. Returns the process and its ready line.

    :raises CrosswalkError: when it does not start.
    """
    command = [sys.executable, "-m", "desktop", "sandbox", "--port", "0", "--records", str(records)]
    command += ["--limits", limits, "--seed", str(seed)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait()
        process.stdout.close()
        raise CrosswalkError(
            "The demo's sandbox did not start.", "Start the demo again.", f"exit code {process.returncode}"
        )
    return process, json.loads(line)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


async def connect_both(workspace: Workspace, ready: dict[str, Any]) -> None:
    """Connect the sandbox's two accounts."""
    highlevel = ready["platforms"]["highlevel"]
    activecampaign = ready["platforms"]["activecampaign"]
    await workspace.connections.connect(
        "highlevel", AGENCY, highlevel["base_url"], highlevel["account"], highlevel["token"]
    )
    await workspace.connections.connect("activecampaign", SHOP, activecampaign["base_url"], "", activecampaign["token"])


async def headless_demo(records: int) -> dict[str, Any]:
    """Run the demo's syncs, each twice, and report: the second time nothing is written."""
    with tempfile.TemporaryDirectory(prefix="crosswalk-demo-", ignore_cleanup_errors=True) as folder:
        async with demo_workspace(Path(folder), records) as workspace:
            first = [(await workspace.syncs.run(item.name)).as_json() for item in (ORDERS, CONTACTS)]
            again = [(await workspace.syncs.run(item.name)).as_json() for item in (ORDERS, CONTACTS)]
    return {"records": records, "syncs": first, "again": again}


def serve_sandbox(port: int, records: int, seed: int, limits: str, state: Path | None) -> None:
    """Serve the sandbox until it is stopped. Prints its one ready line."""
    from desktop.sandbox.server import serve

    serve(port=port, records=records, seed=seed, limits=limits, state_dir=state)
