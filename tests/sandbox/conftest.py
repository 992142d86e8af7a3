"""Running sandboxes: one that all tests of a session share, and fresh ones for tests that turn its knobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from desktop.sandbox.server import SandboxServer
from tests.sandbox.accessally_site import Caller, Emulated, Real, Site, calling
from tests.sandbox.client import Control, HighLevelClient

StartSandbox = Callable[..., SandboxServer]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxServer]:
    """A shared sandbox of 120 records without limits: tests leave the records of others alone."""
    with SandboxServer(records=120, seed=7, limits="off") as server:
        yield server


@pytest.fixture(scope="session")
def shared_highlevel(sandbox: SandboxServer) -> Iterator[HighLevelClient]:
    with HighLevelClient(sandbox) as client:
        yield client


@pytest.fixture
def highlevel(shared_highlevel: HighLevelClient) -> HighLevelClient:
    """HighLevel in the shared sandbox, with all scopes."""
    return shared_highlevel


@pytest.fixture
def start_sandbox() -> Iterator[StartSandbox]:
    """Starts sandboxes of the test's own, which end with it."""
    with ExitStack() as stack:

        def start(**options: Any) -> SandboxServer:
            return stack.enter_context(SandboxServer(**{"records": 12, "seed": 7, "limits": "off"} | options))

        yield start


@pytest.fixture
def own_highlevel(start_sandbox: StartSandbox) -> Iterator[tuple[HighLevelClient, Control]]:
    """HighLevel in a sandbox of the test's own, and that sandbox's control address."""
    server = start_sandbox()
    with HighLevelClient(server) as client:
        yield client, Control(server)


@pytest.fixture(scope="session")
def empty_sandbox() -> Iterator[SandboxServer]:
    """A sandbox without records; whoever uses it resets it first."""
    with SandboxServer(records=0, seed=7, limits="off") as server:
        yield server


@pytest.fixture(params=["sandbox", "wordpress"])
def site(request: pytest.FixtureRequest) -> Site:
    """A members' site as new: each test runs against the emulated one and against a real WordPress."""
    if request.param == "wordpress":
        return Real(request.getfixturevalue("wordpress"))
    server = request.getfixturevalue("empty_sandbox")
    server.app.world.reset()
    return Emulated(server)


@pytest.fixture
def admin(site: Site) -> Iterator[Caller]:
    """The site's administrator."""
    with calling(site) as caller:
        yield caller


@pytest.fixture
def editor(site: Site) -> Iterator[Caller]:
    with calling(site, "editor") as caller:
        yield caller


@pytest.fixture
def subscriber(site: Site) -> Iterator[Caller]:
    with calling(site, "subscriber") as caller:
        yield caller


@pytest.fixture
def visitor(site: Site) -> Iterator[Caller]:
    """Somebody without credentials."""
    with calling(site, None) as caller:
        yield caller
