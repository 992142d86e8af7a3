"""When a sync's schedule is due, by the local clock. Pure: the time is passed in."""

from __future__ import annotations

from datetime import datetime

from desktop.domain.schedule import Schedule


def next_run(schedule: Schedule, served: datetime) -> datetime | None:
    """The first moment after the last one served at which a run is due; ``None`` where there is none.

    Times of day are those that the clock on the wall shows, also across a change to or from summer time.
    """
    wall = schedule.next_after(served.astimezone().replace(tzinfo=None))
    return None if wall is None else wall.astimezone()


def is_due(schedule: Schedule, served: datetime, now: datetime) -> bool:
    """Whether a run is due: once, however many were missed, and never outside of the hours that the schedule names."""
    due = next_run(schedule, served)
    return due is not None and due <= now and allows(schedule, now)


def allows(schedule: Schedule, now: datetime) -> bool:
    """Whether it is one of the hours that the schedule names."""
    return schedule.allows(now.astimezone().replace(tzinfo=None))
