"""Upkeep: search indexes are brought up to date on the writing thread, in short steps between other work."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future

from desktop.domain.errors import CrosswalkError
from desktop.store.database import Database
from desktop.store.search_index import index_some

_STEP = 4_000
_log = logging.getLogger(__name__)


class Upkeep:
    """Keeps the search indexes of the objects that ask for it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._active: set[int] = set()
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)

    def want_index(self, object_id: int) -> None:
        """Have an object's index made or brought up to date."""
        with self._lock:
            if object_id in self._active:
                return
            self._active.add(object_id)
        self._step(object_id)

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to be done; whether it came to that in time."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._active, seconds)

    def _step(self, object_id: int) -> None:
        if self._database.closed:
            self._end(object_id)
            return
        try:
            future = self._database.submit_write(self._index_some, object_id)
        except CrosswalkError:
            self._end(object_id)
            return
        future.add_done_callback(lambda done: self._stepped(object_id, done))

    def _index_some(self, object_id: int) -> bool:
        more = index_some(self._database.driver, object_id, _STEP)
        if not more:
            self._database.after_commit(self._database.release_memory)
        return more

    def _stepped(self, object_id: int, done: Future[bool]) -> None:
        error = done.exception()
        if error is not None:
            _log.warning("A search index was not brought up to date: %s", error)
        if error is None and done.result():
            self._step(object_id)
        else:
            self._end(object_id)

    def _end(self, object_id: int) -> None:
        with self._idle:
            self._active.discard(object_id)
            self._idle.notify_all()
