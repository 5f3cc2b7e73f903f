"""When something was done: the time stated, or else the snapshot since which the record shows it."""

from __future__ import annotations

from collections.abc import Callable

from streams.facts.matters import S
from streams.facts.record import Record


def done_at(
    record: Record[S], is_done: Callable[[S], bool], time_of: Callable[[S], int | None] | None = None
) -> int | None:
    """Return when (ms) something was done, or None if the record does not show it as done now.

    ``is_done`` says whether a snapshot shows it as done; ``time_of`` reads the time that a snapshot gives for it.  A
    time is taken as it is written, even one ahead of the clock.
    """
    since = record.since(is_done)
    if since is None:
        return None
    time = time_of(record.newest) if time_of is not None else None
    return since.event_time if time is None else time


def earliest(*moments: int | None) -> int | None:
    """Return when (ms) the first of several sufficient things was done, or None while none is."""
    first: int | None = None
    for moment in moments:
        if moment is not None and (first is None or moment < first):
            first = moment
    return first


def latest(*moments: int | None) -> int | None:
    """Return when (ms) the last of several necessary things was done, or None while one of them is not."""
    done = [moment for moment in moments if moment is not None]
    return max(done) if len(done) == len(moments) else None
