"""When something was done: the time the record itself gives; where it gives none, the snapshot since which it is so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streams.facts.record import Record


def done_at(
    record: Record[Any], is_done: Callable[[Any], bool], stated: Callable[[Any], int | None] | None = None
) -> int | None:
    """Return when (ms) what ``is_done`` asks for was done, or None if the record does not say so now.

    ``stated`` reads the time a snapshot gives for it; a time stands at its word, ahead of the clock or not.
    """
    since = record.since(is_done)
    if since is None:
        return None
    at = stated(record.newest) if stated is not None else None
    return int(since.event_time) if at is None else at


def latest(*moments: int | None) -> int | None:
    """Return when (ms) all of several needed things were done, or None while one of them is not."""
    done = [moment for moment in moments if moment is not None]
    return max(done) if len(done) == len(moments) else None
