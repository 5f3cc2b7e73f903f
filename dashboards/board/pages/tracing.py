"""The look-up: any reference, which systems hold it, and everything linked to it."""

from __future__ import annotations

from starlette.responses import Response

from dashboards.board.drawings.matter_graph import BOX_HEIGHT, BOX_WIDTH, picture
from dashboards.board.pages.endpoint import Visit
from dashboards.board.readmodel.cases import StoredCases
from streams.reports.linked_cases import trace

_LONGEST = 100


def look_up(visit: Visit) -> Response:
    """Show what a reference leads to."""
    reference = visit.request.query_params.get("ref", "").strip()[:_LONGEST]
    found = None
    if reference:
        with visit.board.model.reading() as connection:
            found = trace(StoredCases(connection, visit.person), reference)
    pictures = [picture(matter) for matter in found.matters] if found else []
    return visit.page(
        "trace.html", reference=reference, found=found, pictures=pictures, box=(BOX_WIDTH, BOX_HEIGHT),
    )  # fmt: skip
