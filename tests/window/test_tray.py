"""Crosswalk without its window: the tray, notifications and a second start, on a real session bus."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from desktop.ui.app_doorbell import Doorbell, ring

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not os.environ.get("DBUS_SESSION_BUS_ADDRESS"), reason="there is no session bus"
)
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 30


class Program:
    """A window in another process."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.window.tray_program", str(folder)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ}
        )
        self._said: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line.strip())

    def hear(self, *wanted: str) -> None:
        """Wait until it has said these, in whatever order."""
        left = list(wanted)
        while left:
            word = self._said.get(timeout=SECONDS)
            assert word in left, (word, left)
            left.remove(word)

    def hear_the_end(self) -> None:
        """Wait until it says that it ended; what its window did on the way may have been too short to be seen."""
        while self._said.get(timeout=SECONDS) != "ended":
            pass

    def tell(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def end(self) -> int:
        """Wait for its end. Returns the exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(SECONDS)

    def close(self) -> None:
        """End it, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


@contextmanager
def program(folder: Path) -> Iterator[Program]:
    folder.mkdir(exist_ok=True)
    running = Program(folder)
    try:
        running.hear("open")
        yield running
    finally:
        running.close()


def test_closing_the_window_leaves_it_in_the_tray_until_it_is_quit_there(tmp_path: Path) -> None:
    from tests.ui.tray_desktop import tray_desktop

    with tray_desktop() as desktop, program(tmp_path / "kept") as running:
        running.tell("setting")
        running.hear("True Quit Crosswalk", "done")
        running.tell("stay")
        running.hear("done")
        running.tell("close")
        running.hear("hidden", "done")
        assert desktop.notification(SECONDS)[0] == "Crosswalk goes on in the tray"
        desktop.activate()
        running.hear("shown")
        running.tell("close")
        running.hear("hidden", "done")
        ring(tmp_path / "kept")
        running.hear("shown")
        running.tell("close")
        running.hear("hidden", "done")
        running.tell("fail")
        running.hear("done")
        assert desktop.notification(SECONDS) == (
            "“Contacts to ActiveCampaign” needs other credentials",
            "The credentials of Agency were refused. Replace them under Connections.",
        )
        desktop.choose("Quit")
        running.hear_the_end()
        assert running.end() == 0


def test_where_there_is_no_tray_closing_ends_it_and_settings_say_so(tmp_path: Path) -> None:
    with program(tmp_path / "kept") as running:
        running.tell("setting")
        running.hear("False Quit Crosswalk", "done")
        running.tell("stay")
        running.hear("done")
        running.tell("close")
        running.hear_the_end()
        assert running.end() == 0


def test_a_bell_is_heard_by_the_window_of_its_workspace(qapp: QApplication, tmp_path: Path) -> None:
    loop = QEventLoop()
    bell = Doorbell(tmp_path, loop.quit)
    QTimer.singleShot(0, lambda: ring(tmp_path))
    QTimer.singleShot(10_000, lambda: loop.exit(1))
    assert loop.exec() == 0
    bell.end()
