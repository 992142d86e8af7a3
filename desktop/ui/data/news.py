"""What the workspace tells, caught up with once for all that came in a moment."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from desktop.ui.aio import TaskScope, sleep
from desktop.ui.data.latest import Latest
from desktop.workspace.topics import Topic

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_MOMENT = 0.05


class News:
    """Listens while it is asked to.

    :param follow: catches up with these topics; it is not called again before it has ended.
    """

    def __init__(self, desk: Desk, scope: TaskScope, follow: Callable[[set[Topic]], Coroutine[Any, Any, None]]) -> None:
        self._desk = desk
        self._follow = follow
        self._work = Latest(scope)
        self._pending: set[Topic] = set()
        self._unsubscribe: Callable[[], None] | None = None

    def listen(self) -> None:
        """Listen from now on."""
        if self._unsubscribe is None:
            self._unsubscribe = self._desk.subscribe(self._heard)

    def stop(self) -> None:
        """Listen no more; what was heard is still caught up with."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _heard(self, topic: Topic) -> None:
        self._pending.add(topic)
        if not self._work.is_running:
            self._work.start(self._catch_up())

    async def _catch_up(self) -> None:
        while self._pending:
            await sleep(_MOMENT)
            topics, self._pending = self._pending, set()
            await self._follow(topics)
