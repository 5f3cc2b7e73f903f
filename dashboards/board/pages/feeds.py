"""The feeds page: how far each feed is complete, each force's clock, and the board's own reading.

It also says which rules are not judged for a force, and how often the fields of each feed are stated.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from starlette.responses import Response

from dashboards.board.domain import wording
from dashboards.board.pages.handler import Visit
from dashboards.board.readmodel.feeds import PartitionClock, force_clocks
from streams.facts.fill import FieldCounts
from streams.reports.unjudged import sentences, unjudged_rules


class FieldRow(msgspec.Struct, frozen=True):
    """How many records state one field."""

    name: str
    stated: int
    share: float
    is_lacked: bool
    """The policy says that the feed lacks it."""
    is_probably_lacking: bool
    """The policy takes it to be held, and hardly any record states it."""


class FeedFields(msgspec.Struct, frozen=True):
    """The fields of one feed of one force, as they were last counted."""

    name: str
    records: int
    rows: tuple[FieldRow, ...]


def show(visit: Visit) -> Response:
    """Show every feed of every force this person may see."""
    with visit.board.model.reading() as connection:
        clocks = force_clocks(connection, visit.person)
    return visit.page(
        "feeds.html",
        clocks=clocks,
        unjudged={clock.force: _unjudged(visit, clock) for clock in clocks},
        fields={clock.force: list(_fields(visit, clock)) for clock in clocks},
        kafka_health=visit.board.kafka_health,
    )


def _unjudged(visit: Visit, clock: PartitionClock) -> list[str]:
    """Say which rules are not judged for a force, and by lack of what."""
    named = frozenset(feed.topic for feed in clock.clock.feeds if feed.named)
    return sentences(unjudged_rules(visit.board.book, clock.force, named, clock.present(visit.board.clock())))


def _fields(visit: Visit, clock: PartitionClock) -> Iterator[FeedFields]:
    """Yield how often the fields of each feed with records are stated."""
    policy = visit.board.book.at(clock.present(visit.board.clock()))
    for feed in clock.clock.feeds:
        if not feed.records:
            continue
        counts, lacked = FieldCounts.of(feed), policy.lacked(clock.force, feed.topic)
        probably = counts.probably_lacking(lacked)
        rows = tuple(
            FieldRow(name, stated, counts.share(name), name in lacked, name in probably)
            for name, stated in counts.stated.items()
        )
        yield FeedFields(wording.FEEDS.get(feed.topic, feed.topic), feed.records, rows)
