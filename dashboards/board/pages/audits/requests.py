"""The page of one request about audits: it waits, and then shows the answer."""

from __future__ import annotations

import uuid
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboards.board.pages.audits.estimates import FRAMES_IN_WORDS
from dashboards.board.pages.board import board_of
from dashboards.board.pages.handler import Visit, session_of
from dashboards.board.readmodel.audits import requests as audit_requests
from dashboards.board.readmodel.audits.requests import AuditRequest

_HEADINGS: Final = {
    "PREVIEW": "What the plan comes to",
    "PLAN": "Making the plan",
    "REFRESH": "Reading the audits anew",
}


def show(visit: Visit) -> Response:
    """Show a request, whatever its state."""
    request = find(visit)
    if request is None:
        return missing(visit)
    return visit.page(
        "audit_request.html",
        request=request,
        heading=_HEADINGS[request.kind],
        frames=FRAMES_IN_WORDS,
        action_id=str(uuid.uuid4()),
    )


def find(visit: Visit) -> AuditRequest | None:
    """Return the request a page is about, if this person may see it."""
    with visit.board.model.reading() as connection:
        return audit_requests.find(connection, visit.request.path_params["request_id"], visit.person)


def missing(visit: Visit) -> Response:
    """Answer that there is no such request."""
    return visit.missing("There is no such request, or it is another force's, or it was too old to be kept.")


async def progress(request: Request) -> Response:
    """Answer the waiting page with how far its request has got.

    No record is shown, so nothing is audited.
    """
    session = await session_of(request)
    if session is None:
        return Response(status_code=401)
    if not session.person.may("audit"):
        return Response(status_code=403)
    with board_of(request).model.reading() as connection:
        stored = audit_requests.find(connection, request.path_params["request_id"], session.person)
    if stored is None:
        return Response(status_code=404)
    phase = "Reading the force's records" if stored.state == "RUNNING" else "Waiting"
    return JSONResponse({"state": stored.state, "phase": phase, "share": None})
