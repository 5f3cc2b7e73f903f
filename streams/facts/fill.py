"""How many records of a feed state each field that its system may leave empty.

A record states a field where any of its snapshots does: so long as one did, no rule takes the field to be lacking.
Which records there are does not depend on the order in which they arrived, so neither do these counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from schemas.products import FeedState
from schemas.records import RECORD_BY_TOPIC, Snapshot
from streams.policy.lacking_fields import fields_that_may_be_empty, is_empty

ENOUGH_RECORDS: Final = 200
"""Of fewer records a field that none states says little."""
_ONE_IN: Final = 100
"""A field that fewer than one record in so many states is probably lacking."""


@cache
def fields_counted(feed: str) -> tuple[str, ...]:
    """Return the fields of a feed's record that may be empty, in the record's order."""
    may_be_empty = fields_that_may_be_empty(feed)
    return tuple(name for name in RECORD_BY_TOPIC[feed].__struct_fields__ if name in may_be_empty)


def stated_fields(feed: str, snapshots: Iterable[Snapshot]) -> list[str]:
    """Return the fields that at least one of a record's snapshots states."""
    snapshots = tuple(snapshots)
    return [
        name
        for name in fields_counted(feed)
        if any(not is_empty(getattr(snapshot, name)) for snapshot in reversed(snapshots))
    ]


@dataclass(slots=True)
class FieldCounts:
    """The records of one feed, and how many of them state each field."""

    feed: str
    records: int = 0
    stated: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin at 0, in the order of the record's fields."""
        self.stated = dict.fromkeys(fields_counted(self.feed), 0) | self.stated

    @classmethod
    def of(cls, feed: FeedState) -> FieldCounts:
        """Return the counts that a worker published; a field that its release did not know is at 0."""
        return cls(feed.topic, feed.records, dict(zip(fields_counted(feed.topic), feed.stated, strict=False)))

    def add(self, stated: Iterable[str]) -> None:
        """Count one record by the fields that it states."""
        self.records += 1
        for name in stated:
            self.stated[name] += 1

    def share(self, name: str) -> float:
        """Return the part of the records that state a field; there must be some."""
        return self.stated[name] / self.records

    def probably_lacking(self, lacked: frozenset[str], *, at_least: int = ENOUGH_RECORDS) -> tuple[str, ...]:
        """Name the fields that hardly any record states, though the policy does not say they are ``lacked``.

        None where there are fewer records than ``at_least``.
        """
        if self.records < at_least:
            return ()
        rare = (name for name, stated in self.stated.items() if stated * _ONE_IN < self.records)
        return tuple(name for name in rare if name not in lacked)


FieldCountsByFeed = Mapping[tuple[str, str], FieldCounts]
"""By force and feed."""
