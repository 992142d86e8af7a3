"""What every test stands on: nothing of the person's own, and no error that nobody looked at."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.wordpress.fixtures import wordpress as wordpress
from tests.wordpress.fixtures import wordpress_site as wordpress_site

if sys.platform != "linux" or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def isolated_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leads every place where the application keeps something of a person's into the test's own folder."""
    home = tmp_path / "home"
    monkeypatch.setenv("CROSSWALK_WORKSPACE", str(tmp_path / "workspace"))
    for variable, folder in {
        "HOME": home,
        "USERPROFILE": home,
        "APPDATA": home / "roaming",
        "LOCALAPPDATA": home / "local",
        "XDG_CACHE_HOME": home / "cache",
        "XDG_CONFIG_HOME": home / "config",
        "XDG_DATA_HOME": home / "data",
        "XDG_STATE_HOME": home / "state",
    }.items():
        monkeypatch.setenv(variable, str(folder))


class ErrorLog(logging.Handler):
    """Keeps the records of level ERROR and above, as text."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(self.format(record))


@pytest.fixture(autouse=True)
def no_unexpected_log_errors(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test in which our own loggers report an error, unless it has the mark `allow_log_errors`."""
    log = ErrorLog()
    logger = logging.getLogger("desktop")
    logger.addHandler(log)
    yield
    logger.removeHandler(log)
    if log.messages and request.node.get_closest_marker("allow_log_errors") is None:
        pytest.fail("Errors were logged:\n" + "\n".join(log.messages), pytrace=False)


_ONE_AT_A_TIME = {
    "window": ("tests/journeys/", "tests/ui/", "tests/window/"),
    "keyring": ("tests/test_cli", "tests/test_vault"),
    "wordpress": ("tests/wordpress/", "tests/sandbox/test_accessally"),
}
"""What only one process should use at a time: the display's focus and clipboard, the desktop's keyring, the site."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where several processes share the tests, a module stays whole, and so does what shares something scarce."""
    from xdist.scheduler import LoadScopeScheduling

    class ByPlace(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            groups = (name for name, places in _ONE_AT_A_TIME.items() if nodeid.startswith(places))
            return next(groups, nodeid.partition("::")[0])

    return ByPlace(config, log)


def pytest_sessionstart() -> None:
    """Cyclic garbage is collected between tests alone, on the main thread: Qt's objects may not end on another."""
    gc.disable()


@pytest.fixture(autouse=True)
def garbage_is_collected_here() -> Iterator[None]:
    yield
    if gc.get_count()[0] > _YOUNG_GARBAGE:
        gc.collect(1)
    if gc.get_count()[2] > _OLD_GARBAGE:
        gc.collect()


_YOUNG_GARBAGE = 20_000
"""Of so many objects more than before, a test may leave some that only a collection ends."""
_OLD_GARBAGE = 20
