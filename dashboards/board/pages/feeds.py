"""The feeds page: how far each feed is complete, each force's clock, and the board's own reading."""

from __future__ import annotations

from starlette.responses import Response

from dashboards.board.pages.handler import Visit
from dashboards.board.readmodel.feeds import force_clocks


def show(visit: Visit) -> Response:
    """Show every feed of every force this person may see."""
    with visit.board.model.reading() as connection:
        clocks = force_clocks(connection, visit.person)
    return visit.page("feeds.html", clocks=clocks, kafka_health=visit.board.kafka_health)
