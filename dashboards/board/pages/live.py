"""The live page: the open alerts, with events for what changes while it is open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import msgspec
from anyio import to_thread
from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dashboards.board.domain import wording
from dashboards.board.domain.filters import Filters
from dashboards.board.domain.people import Person
from dashboards.board.http.query_params import BadQueryError, is_on
from dashboards.board.live.hub import Screen
from dashboards.board.pages import alert_actions
from dashboards.board.pages.alert_forms import bulk_actions
from dashboards.board.pages.board import Board, board_of
from dashboards.board.pages.handler import Visit, is_fragment, session_of
from dashboards.board.readmodel import alerts
from dashboards.board.readmodel.store import newest_change
from schemas import products

MOST_ROWS: Final = 200
"""Of each part of the list, unless the URL asks for all."""
_SEND_SECONDS: Final = 5.0
_PULSES_PER_CHECK: Final = 5
"""After so many pulses the session is checked again; before an event about alerts it always is."""


class Part(msgspec.Struct, frozen=True):
    """One part of the list: the alerts of one status."""

    status: str
    title: str
    rows: list[alerts.AlertListItem]
    count: int
    """How many there are, on the page or not."""


def show(visit: Visit) -> Response:
    """Show the list, or, to a script, only the part that changes."""
    board, person = visit.board, visit.person
    filters = Filters.of(visit.request.query_params)
    limit = None if is_on(visit.request.query_params, "all") else MOST_ROWS
    wall = board.clock()
    fresh = board.freshness(person)
    with board.model.reading() as connection:
        since = newest_change(connection)
        counts = alerts.counts(connection, filters, person, wall)
        numbers = {"AT_RISK": counts.at_risk, "BREACHED": counts.breached}
        parts = [
            Part(status, wording.STATUS_NAMES[status], rows, numbers.get(status, len(rows)))
            for status in products.STATUSES
            if status in filters.statuses
            for rows in [alerts.search(connection, filters, person, wall, status=status, limit=limit)]
        ]
        choices = alerts.filter_choices(connection, person)
    context = {
        "parts": parts,
        "filters": filters,
        "counts": counts,
        "since": since,
        "choices": choices,
        "limit": limit,
        "now": fresh,
        "products": products,
    }
    if is_fragment(visit.request):
        return visit.fragment("lists.html", **context)
    return visit.page(
        "live.html",
        **context,
        bulk=bulk_actions.form_for(visit, choices["force"]),
        sent=visit.form,
        policy=board.book.actions,
        alert_actions=alert_actions,
    )


async def events(request: Request) -> Response:
    """Send an event for each change of a list, or of an alert's page, while it is open."""
    session = await session_of(request)
    if session is None or not session.person.may("live"):
        return PlainTextResponse("signed out", 401)
    query = request.query_params
    alert_id = request.path_params.get("alert_id")
    if alert_id is not None and not await to_thread.run_sync(_sees, board_of(request), session.person, alert_id):
        return PlainTextResponse("no such alert", 404)
    subjects = frozenset((system, ref) for item in query.getlist("about") for system, _, ref in [item.partition(":")])
    try:
        filters = Filters.of(query) if alert_id is None else None
    except BadQueryError as refusal:
        return PlainTextResponse(str(refusal), 400)
    screen = Screen(
        person=session.person,
        filters=filters,
        alert_id=alert_id,
        subjects=subjects,
        since=_since(request),
    )
    return EventSourceResponse(_events(request, screen), ping=3600, send_timeout=_SEND_SECONDS)


def _sees(board: Board, person: Person, alert_id: str) -> bool:
    with board.model.reading() as connection:
        return alerts.find(connection, alert_id, person) is not None


async def _events(request: Request, screen: Screen) -> AsyncIterator[dict[str, str]]:
    """Yield events as long as the session lasts."""
    hub = board_of(request).hub
    pulses = 0
    try:
        await hub.open(screen)
        async for event in screen.events():
            pulses += event.name == "pulse"
            if pulses == _PULSES_PER_CHECK or event.name != "pulse":
                pulses = 0
                if await session_of(request) is None:
                    yield {"event": "signed-out", "data": "{}"}
                    return
            yield {"event": event.name, "data": msgspec.json.encode(event.data).decode(), "id": str(event.change)}
    finally:
        hub.close(screen)


def _since(request: Request) -> int:
    """Return the last change the browser saw: by its last event, or by the page it loaded."""
    for value in (request.headers.get("last-event-id"), request.query_params.get("since")):
        if value and value.isascii() and value.isdigit():
            return int(value[:18])
    return 0
