"""Cyclic garbage is collected on the window's thread alone.

Python collects on whichever thread happens to allocate. A widget, model or timer that is part of a cycle would then be
destroyed by the workspace's thread, which Qt does not allow: it warns at best and crashes at worst.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Generator

from PySide6.QtCore import QTimer

_EVERY = 100
"""Milliseconds between two looks at how much there is to collect."""


@contextlib.contextmanager
def collect_here() -> Generator[None]:
    """Collect garbage on this thread only, as often as Python would. Needs Qt's event loop to run."""
    enabled = gc.isenabled()
    gc.disable()
    timer = QTimer()
    timer.setInterval(_EVERY)
    timer.timeout.connect(_collect)
    timer.start()
    try:
        yield
    finally:
        timer.stop()
        if enabled:
            gc.enable()


def spare_what_stays() -> None:
    """Leave out of every later collection what was made by now: modules, classes and the window itself stay anyway."""
    gc.freeze()


def _collect() -> None:
    """Collect the oldest generation that is due by Python's own thresholds."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    due = [at for at in range(3) if thresholds[at] and counts[at] > thresholds[at]]
    if due and due[0] == 0:
        gc.collect(due[-1])
