"""Which run an undo takes back, and what that would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.domain.change import UNDO, Action, ChangeState, RunStatus
from desktop.domain.errors import NotFound
from desktop.store import RunRow, Store, SyncRow

_BROKEN_OFF = frozenset({RunStatus.CANCELLED, RunStatus.FAILED, RunStatus.INTERRUPTED, RunStatus.RUNNING})
_WRITTEN = frozenset({ChangeState.DONE, ChangeState.SENT})
_LATEST = 20
"""Among so many of the latest runs the last one that wrote is looked for."""


@dataclass(frozen=True, slots=True)
class Undoable:
    """A run that can be taken back.

    :param goes_on: whether an undo of it was broken off, which is gone on with.
    """

    run: RunRow
    goes_on: bool = False


def find_undoable(store: Store, sync: SyncRow, run_id: str | None) -> Undoable:
    """The run with an id, or what "Undo last run" takes back.

    :raises NotFound: when it wrote nothing, is none of the sync's, or there is none.
    """
    if run_id is None:
        last = last_undoable(store, sync)
        if last is None:
            raise NotFound(f"No recent run of “{sync.name}” wrote anything.", "There is nothing to undo.")
        return last
    run = store.runs.get(run_id)
    if run.sync_id != sync.id or not _wrote(store, run):
        raise NotFound(f"This run of “{sync.name}” wrote nothing.", "There is nothing to undo.")
    return Undoable(run)


def last_undoable(store: Store, sync: SyncRow) -> Undoable | None:
    """The last run that wrote something, or may have, among the latest ones.

    In the place of an undo that was broken off it is the run that was being taken back, whichever that was.
    """
    for run in store.runs.recent(sync.id, _LATEST, previews=False):
        if run.trigger == UNDO and run.status in _BROKEN_OFF:
            undone = _taken_back_by(store, run)
            if undone is not None:
                return Undoable(undone, goes_on=True)
        elif _wrote(store, run):
            return Undoable(run)
    return None


def outlook(store: Store, undoable: Undoable) -> str:
    """What taking a run back would do, in a sentence."""
    tally = store.journal.tally(undoable.run.id)
    counts = {action: sum(tally.get((action, state), 0) for state in _WRITTEN) for action in Action}
    parts = [
        f"{counts[action]:,} {word}"
        for action, word in (
            (Action.UPDATE, "changed records get their former values back"),
            (Action.CREATE, "new records are deleted again"),
            (Action.DELETE, "deleted records are made again"),
        )
        if counts[action]
    ]
    begun = "The undo that was broken off goes on, and leaves out what it did already. " if undoable.goes_on else ""
    return f"{begun}{_listed(parts)}. What somebody has changed since the run stays as it is and is listed."


def undone_by(run: RunRow) -> str:
    """Id of the run that a run takes back; blank where it takes none back."""
    undone = run.result.get("undoes") if isinstance(run.result, dict) else None
    return undone if isinstance(undone, str) else ""


def _taken_back_by(store: Store, undo: RunRow) -> RunRow | None:
    """The run that an undo took back, ``None`` where it is not in the history any more."""
    try:
        return store.runs.get(undone_by(undo))
    except NotFound:
        return None


def _wrote(store: Store, run: RunRow) -> bool:
    """Whether a run wrote something, or may have."""
    tally = store.journal.tally(run.id)
    return any(count for (_action, state), count in tally.items() if state in _WRITTEN)


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
