"""How often each field was stated in the records that a monitor first saw of late.

The counts are worked out from the records themselves, which a monitor remembers for longer than the window is.  So
they need no state of their own, and are the same whatever the order of arrival, duplicates, replay or restart.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from schemas.records import POSSIBLE_FEEDS
from streams.facts.facts import Facts
from streams.facts.fill import FieldCounts, stated_fields
from streams.facts.record import Record
from streams.policy.calendar import local_date, local_midnight

DAYS: Final = 28
"""The days of the window: the clock's own local day, and those before it."""


def window_start(clock: int) -> int:
    """Return the local midnight (ms) with which the window that ends at ``clock`` begins."""
    first = local_date(clock) - timedelta(days=DAYS - 1)
    return local_midnight(first.year, first.month, first.day)


class FieldFill:
    """The records of each feed that were first saved from a moment on, by the fields that they state."""

    def __init__(self, facts: Facts, since: int | None = None) -> None:
        """``since`` (ms): when a record's first snapshot was saved at the earliest; None counts every record."""
        self._facts = facts
        self._since = since
        self.counts: dict[str, FieldCounts] = {}

    def steps(self) -> Iterator[None]:
        """Count the records; yield after each, so that others may have their turn."""
        counts: dict[str, FieldCounts] = {}
        for record in _records(self._facts):
            if record.effective_count and (self._since is None or record.first.event_time >= self._since):
                feed = record.first.TOPIC
                counts.setdefault(feed, FieldCounts(feed)).add(stated_fields(feed, record.effective))
            yield
        self.counts = counts


def _records(facts: Facts) -> Iterator[Record[Any]]:
    """Yield every record of a feed; facts may change meanwhile."""
    for matters in facts.matters.values():
        for matter in list(matters.values()):
            yield matter.record
            yield from list(matter.decisions.values())
    yield from list(facts.histories.values())
    for of_person in list(facts.training.values()):
        yield from list(of_person.values())


def count_fields(facts: Facts, since: int | None = None) -> list[FieldCounts]:
    """Return the counts of every feed with records, in the feeds' order."""
    fill = FieldFill(facts, since)
    for _ in fill.steps():
        pass
    return [fill.counts[feed] for feed in POSSIBLE_FEEDS if feed in fill.counts]
