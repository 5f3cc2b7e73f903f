"""The feeds page: how far each feed is complete, each force's clock, and the board's own reading."""

from __future__ import annotations

from starlette.responses import Response

from dashboards.board.pages.handler import Visit
from dashboards.board.readmodel.feeds import PartitionClock, force_clocks
from streams.reports.unjudged import sentences, unjudged_rules


def show(visit: Visit) -> Response:
    """Show every feed of every force this person may see."""
    with visit.board.model.reading() as connection:
        clocks = force_clocks(connection, visit.person)
    unjudged = {clock.force: _unjudged(visit, clock) for clock in clocks}
    return visit.page("feeds.html", clocks=clocks, unjudged=unjudged, kafka_health=visit.board.kafka_health)


def _unjudged(visit: Visit, clock: PartitionClock) -> list[str]:
    """Say which rules are not judged for a force, and by lack of what."""
    named = frozenset(feed.topic for feed in clock.clock.feeds if feed.named)
    return sentences(unjudged_rules(visit.board.book, clock.force, named, visit.board.clock()))
