"""The feeds: how far each is complete, where each force's clock stands, and whether the board hears anything."""

from __future__ import annotations

from starlette.responses import Response

from dashboards.board.live.freshness import known_clocks
from dashboards.board.pages.endpoint import Visit


def feeds(visit: Visit) -> Response:
    """Show every feed of every force this person may see."""
    with visit.board.model.reading() as connection:
        known = known_clocks(connection, visit.person)
    return visit.page("feeds.html", known=known, contact=visit.board.contact)
