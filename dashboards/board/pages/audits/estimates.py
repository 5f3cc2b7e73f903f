"""The estimate page: what audits found, beside what linkage shows of the same records, never mixed.

Small counts are not hidden here: whoever may see the page reads the very records.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

import msgspec
from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.wording import sentence
from dashboards.board.drawings.estimate_chart import ChartedShare, estimate_chart
from dashboards.board.http.csv import csv_file, csv_name
from dashboards.board.pages.alert_actions import action_id
from dashboards.board.pages.handler import SEE_OTHER, Visit, today_of
from dashboards.board.readmodel import policy_comparisons
from dashboards.board.readmodel.audits import requests as audit_requests
from dashboards.board.readmodel.audits import sheets as audits
from dashboards.board.readmodel.audits.requests import AuditRequest
from dashboards.board.readmodel.audits.sheets import AuditAge
from streams.actions import ActionRefusedError
from streams.audits.frames import FRAME_NAMES, FrameName
from streams.audits.plan import AuditPlan
from streams.audits.results import AuditResults
from streams.reports.audits import MEASURES, OVERALL_FRAME, AuditLine, AuditReport, as_csv, lines

FRAMES_IN_WORDS: Final[dict[str, str]] = {
    "INCIDENTS": "Incidents",
    "ASB": "ASB reports",
    "REFERRALS": "Referrals",
    "PROTECTION": "Protection reports",
    "DOMESTIC": "Domestic incidents",
    "N100": "Reported incidents of rape (N100)",
    "CANCELLATIONS": "Cancelled crimes",
    "DISPOSALS": "Disposals",
    "CRIMES_WITHOUT_REPORT": "Crimes without a report",
    OVERALL_FRAME: "All reports of crime",
}
_FIRST: Final = ("RECORDED", "RIGHT")
"""The measure of a frame that is drawn."""


class EstimateView(msgspec.Struct, frozen=True):
    """What the page shows of one force."""

    force: str
    forces: list[str]
    age: AuditAge | None
    refresh: AuditRequest | None
    """The newest request to bring the force up to date."""
    report: AuditReport | None


def show(visit: Visit) -> Response:
    """Show the newest audit of each frame of a force."""
    return _page(visit)


def export(visit: Visit) -> Response:
    """Give every share as a file."""
    view = _view(visit)
    if view is None or view.report is None:
        return visit.missing("No audit is planned, or it is another force's.")
    return csv_file(csv_name("audit-estimates", [view.force], today_of(visit)), as_csv(view.report))


def refresh(visit: Visit) -> Response:
    """Have the workers' state read anew: late records, readings by other ways, linkage."""
    force, board, person = visit.text("force"), visit.board, visit.person
    if force not in _forces(visit):
        return _page(visit, "Choose a force.")
    try:
        request_id = action_id(visit, f"refresh/{force}")
    except ActionRefusedError as refusal:
        return _page(visit, sentence(str(refusal)))
    request = AuditRequest(
        request_id=request_id,
        force=force,
        kind="REFRESH",
        asked_by=person.name,
        asked_role=person.role,
        asked_at=board.clock(),
    )
    board.note(person, "AUDIT_REFRESH", force)
    if not audit_requests.enqueue(board.model, request):
        return _page(visit, "Too many requests wait already. Try again later.", 503)
    return RedirectResponse(f"/audits/requests/{request_id}", SEE_OTHER)


def _forces(visit: Visit) -> list[str]:
    with visit.board.model.reading() as connection:
        return policy_comparisons.forces(connection, visit.person)


def _view(visit: Visit) -> EstimateView | None:
    """Return what is shown of the force chosen; None where the person sees none."""
    forces, z = _forces(visit), visit.board.book.audits.z
    chosen = visit.request.query_params.get("force", "") or (forces[0] if forces else "")
    if chosen not in forces:
        return None
    with visit.board.model.reading() as connection:
        newest = newest_plans(plan for plan in audits.plans(connection, visit.person) if plan.force == chosen)
        return EstimateView(
            force=chosen,
            forces=forces,
            age=audits.ages(connection, visit.person).get(chosen),
            refresh=audit_requests.newest_refresh(connection, chosen),
            report=audits.report(connection, chosen, newest, z) if newest else None,
        )


def newest_plans(plans: Iterable[AuditPlan]) -> list[AuditPlan]:
    """Return the newest audit of each frame; ``plans`` come newest first."""
    newest: dict[FrameName, AuditPlan] = {}
    for plan in plans:
        newest.setdefault(plan.frame, plan)
    return [newest[frame] for frame in FRAME_NAMES if frame in newest]


def _page(visit: Visit, error: str = "", status: int = 422) -> Response:
    view = _view(visit)
    if view is None:
        return visit.missing("No force is known yet, or it is another's.")
    shares = [] if view.report is None else list(lines(view.report))
    whole = [line for line in shares if not line.stratum]
    drawn = [line for line in whole if line.measure in _FIRST]
    charted = [ChartedShare(FRAMES_IN_WORDS[line.frame], line.estimate, line.drawn) for line in drawn]
    return visit.page(
        "audit_estimates.html",
        status if error else 200,
        view=view,
        lines=whole,
        strata=_by_audit(shares),
        chart=estimate_chart(charted) if charted else None,
        audits=[] if view.report is None else [_open(result) for result in view.report.results],
        frames=FRAMES_IN_WORDS,
        measures=MEASURES,
        action_id=str(uuid.uuid4()),
        error=error,
        wall=visit.board.clock(),
    )


def _by_audit(shares: list[AuditLine]) -> dict[str, list[AuditLine]]:
    """Return the shares of strata by audit."""
    strata: dict[str, list[AuditLine]] = {}
    for line in shares:
        if line.stratum:
            strata.setdefault(line.audit_id, []).append(line)
    return strata


class AuditProgress(msgspec.Struct, frozen=True):
    """How far an audit has come."""

    result: AuditResults
    not_read: int
    awaiting_second: int
    additions: int

    @property
    def not_in(self) -> int:
        """How many records drawn have no reading that stands."""
        return self.result.drawn - self.result.read


def _open(result: AuditResults) -> AuditProgress:
    return AuditProgress(
        result,
        sum(not one.readings.anything for one in result.records.values()),
        sum(one.awaits_second for one in result.records.values()),
        sum(one.record.added for one in result.records.values()),
    )
