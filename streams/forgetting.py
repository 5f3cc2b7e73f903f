"""When a matter is forgotten, so that state is bounded by what is open plus a retention.

A matter is forgotten once nothing has happened to it for the policy's ``forget_after``, no alert on it is open, no
deadline of it lies ahead, and everything linked to it is as quiet.  What was published of it stays published.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streams.deadlines import FORGET, Deadlines
from streams.facts import RecordKey
from streams.history import Record
from streams.matters import Matter
from streams.scene import Scene

OPEN = frozenset({"AT_RISK", "BREACHED"})
LOOKS = 8
"""A matter that may not go yet is looked at again after this fraction of the retention."""


class Forgetting:
    """Sets when each matter is looked at, and takes out those that may go."""

    def __init__(self, scene: Scene, deadlines: Deadlines) -> None:
        self._scene = scene
        self._deadlines = deadlines
        self._after = scene.book.forget_after

    def watch(self, matter: Matter) -> None:
        """See that a matter that something just happened to is looked at once it may have gone quiet."""
        if FORGET not in matter.wakes:
            last = last_event_time(matter)
            if last is not None:
                self._deadlines.set(matter, FORGET, max(last + self._after, self._scene.clock + 1))

    def forget(self, matter: Matter) -> Iterator[tuple[RecordKey, Record[Any]]]:
        """Take a matter out if it may go, yielding the records that went (now without snapshots)."""
        clock = self._scene.clock
        if not all(self._is_quiet(other) for other in (matter, *self._scene.facts.neighbours(matter))):
            self._deadlines.set(matter, FORGET, clock + max(self._after // LOOKS, 1))
            return
        matter.wakes.clear()
        yield from self._scene.facts.remove(matter)

    def _is_quiet(self, matter: Matter) -> bool:
        last = last_event_time(matter)
        if last is not None and last + self._after > self._scene.clock:
            return False
        if any(purpose != FORGET for purpose in matter.wakes):
            return False
        return not any(alert.status in OPEN for alerts in matter.alerts.values() for alert in alerts.values())


def last_event_time(matter: Matter) -> int | None:
    """Return the newest event_time (ms) of everything held on a matter, taken effect or not."""
    records = (matter.record, *matter.decisions.values())
    return max((record.versions[-1].event_time for record in records if record.versions), default=None)
