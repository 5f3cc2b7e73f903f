"""The trace page: which systems hold a reference, and everything linked to it."""

from __future__ import annotations

from starlette.responses import Response

from dashboards.board.drawings.matter_graph import BOX_HEIGHT, BOX_WIDTH, matter_graph
from dashboards.board.pages.handler import Visit
from dashboards.board.readmodel.cases import StoredCases
from streams.reports.linked_cases import trace

_LONGEST = 100


def show(visit: Visit) -> Response:
    """Show the trace of the reference in the URL, or an empty form."""
    reference = visit.request.query_params.get("ref", "").strip()[:_LONGEST]
    result = None
    if reference:
        with visit.board.model.reading() as connection:
            result = trace(StoredCases(connection, visit.person), reference)
    graphs = [matter_graph(matter) for matter in result.matters] if result else []
    return visit.page("trace.html", reference=reference, result=result, graphs=graphs, box=(BOX_WIDTH, BOX_HEIGHT))
