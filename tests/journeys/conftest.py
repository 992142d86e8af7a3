"""The window and the platforms behind it, as for the tests of single pages."""

from __future__ import annotations

from tests.window.conftest import (
    anyio_backend,
    bare_desk,
    bare_window,
    control,
    garbage_of_this_thread,
    no_window_left,
    sandbox,
    theme,
    wanted,
)

__all__ = [
    "anyio_backend",
    "bare_desk",
    "bare_window",
    "control",
    "garbage_of_this_thread",
    "no_window_left",
    "sandbox",
    "theme",
    "wanted",
]
