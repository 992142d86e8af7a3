"""A world of two platforms for each test of the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sync.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    folder = tmp_path / "workspace-under-test"
    folder.mkdir()
    async with open_world(folder) as opened:
        yield opened
