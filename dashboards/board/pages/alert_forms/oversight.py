"""The registrar's oversight: reports that others decided on, and rulings by assessment."""

from __future__ import annotations

import uuid
from typing import Final

from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.wording import sentence
from dashboards.board.pages import assessing
from dashboards.board.pages.handler import SEE_OTHER, Visit
from dashboards.board.readmodel import alerts, registrar_queues
from schemas.products import Alert
from streams.actions import ActionRefusedError

MOST_ROWS: Final = 100


def show(visit: Visit) -> Response:
    """Show the reports that wait for the registrar's ruling."""
    return _page(visit)


def rule(visit: Visit) -> Response:
    """Send the registrar's ruling on the report that an alert is about, as an assessment."""
    with visit.board.model.reading() as connection:
        item = alerts.find(connection, visit.text("alert_id"), visit.person)
    alert: Alert | None = None if item is None else item.alert
    if alert is None or alert.subject_system not in registrar_queues.REPORT_SYSTEMS:
        return visit.missing("There is no such report waiting, or it is another force's.")
    try:
        assessment = assessing.assessment_of(visit, alert.force, alert.subject_system, alert.subject_ref)
    except ActionRefusedError as refusal:
        return _page(visit, sentence(str(refusal)), 422)
    if not assessment.rationale:
        return _page(visit, "A ruling needs a rationale.", 422)
    if not assessing.was_sent(visit, assessment) and (failure := assessing.send(visit, assessment)) is not None:
        return _page(visit, failure, 503)
    return RedirectResponse("/fcr/oversight", SEE_OTHER)


def _page(visit: Visit, error: str = "", status: int = 200) -> Response:
    with visit.board.model.reading() as connection:
        tasks = list(registrar_queues.reports_to_oversee(connection, visit.person))
    return visit.page(
        "oversight.html",
        status,
        tasks=tasks[:MOST_ROWS],
        count=len(tasks),
        error=error,
        sent=visit.form,
        action_id=str(uuid.uuid4()),
        rationales=assessing.RATIONALES,
        policy=visit.board.book.actions,
        now=visit.board.freshness(visit.person),
    )
