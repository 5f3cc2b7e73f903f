"""The list of audits, and the form of a plan."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Final

import msgspec
from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.date_range import EARLIEST_YEAR, LATEST_YEAR, DateRange
from dashboards.board.domain.wording import sentence
from dashboards.board.pages.alert_actions import action_id
from dashboards.board.pages.audits import requests as request_pages
from dashboards.board.pages.audits.estimates import FRAMES_IN_WORDS
from dashboards.board.pages.handler import SEE_OTHER, Visit
from dashboards.board.readmodel import policy_comparisons
from dashboards.board.readmodel.audits import requests as audit_requests
from dashboards.board.readmodel.audits import sheets as audits
from dashboards.board.readmodel.audits.requests import AuditRequest, AuditRequestKind
from streams.actions import ActionRefusedError
from streams.audits.estimation import ShareEstimate
from streams.audits.frames import FRAME_NAMES, STRATA_BY, StrataBy
from streams.audits.plan import PlanRefusedError, PlanRequest, require_plannable
from streams.audits.results import AuditResults
from streams.policy.calendar import local_date

STRATA_IN_WORDS: Final[dict[StrataBy, str]] = {
    "FAMILY": "Code family",
    "CLASS": "Offence class",
    "ROUTE": "Route",
    "TEAM": "Team",
}
_LONGEST_NUMBER: Final = 7


class ListedAudit(msgspec.Struct, frozen=True):
    """An audit in the list."""

    result: AuditResults
    share: ShareEstimate
    """Of its first measure."""


class PlanForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a plan as it was sent, or as it is offered."""

    force: str = ""
    frame: str = ""
    first: str
    last: str
    by: str = ""
    n: str = ""
    half_width: str = "5"


def show(visit: Visit) -> Response:
    """List the audits, the newest first."""
    z = visit.board.book.audits.z
    with visit.board.model.reading() as connection:
        found = [audits.results(connection, plan, z) for plan in audits.plans(connection, visit.person)]
    rows = [ListedAudit(result, next(iter(result.estimates.values()))) for result in found]
    return visit.page("audit_plans.html", rows=rows, frames=FRAMES_IN_WORDS)


def find(visit: Visit) -> AuditResults | None:
    """Return the audit that a page is about, if this person may see it."""
    with visit.board.model.reading() as connection:
        plan = audits.find_plan(connection, visit.request.path_params["audit_id"], visit.person)
        return None if plan is None else audits.results(connection, plan, visit.board.book.audits.z)


def missing(visit: Visit) -> Response:
    """Answer that there is no such audit."""
    return visit.missing("There is no such audit, or it is another force's.")


def show_form(visit: Visit) -> Response:
    """Show the form of a plan: of last month, unless told otherwise."""
    last = local_date(visit.board.clock()).replace(day=1) - timedelta(days=1)
    form = PlanForm(first=last.replace(day=1).isoformat(), last=last.isoformat())
    return _form(visit, form)


def preview(visit: Visit) -> Response:
    """Ask what a plan comes to."""
    form = PlanForm(
        force=visit.text("force"),
        frame=visit.text("frame"),
        first=visit.text("from"),
        last=visit.text("to"),
        by=visit.text("by"),
        n=visit.text("n"),
        half_width=visit.text("half_width"),
    )
    if form.force not in _forces(visit):
        return _form(visit, form, "Choose a force.")
    try:
        plan_request = _plan_request(form)
        return _enqueue(visit, "PREVIEW", form.force, plan_request, visit.request.url.path)
    except (PlanRefusedError, ActionRefusedError) as refusal:
        return _form(visit, form, sentence(str(refusal)))


def make(visit: Visit) -> Response:
    """Ask for the plan that was looked at to be made."""
    looked_at = request_pages.find(visit)
    if looked_at is None or looked_at.plan_request is None or looked_at.preview is None:
        return request_pages.missing(visit)
    # The form's own id is left out of it: however often the plan looked at is made, it is made once.
    try:
        return _enqueue(visit, "PLAN", looked_at.force, looked_at.plan_request, looked_at.request_id)
    except ActionRefusedError as refusal:
        return visit.page("message.html", 422, title="Not made", sentence=sentence(str(refusal)))


def _enqueue(visit: Visit, kind: AuditRequestKind, force: str, plan_request: PlanRequest, target: str) -> Response:
    """Queue a request, and go to its page.  Raises ActionRefusedError where the form is not whole."""
    board, person = visit.board, visit.person
    form_id = action_id(visit, target)
    request_id = form_id if kind == "PREVIEW" else str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdi|audit-plan|{target}"))
    request = AuditRequest(
        request_id=request_id,
        force=force,
        kind=kind,
        asked_by=person.name,
        asked_role=person.role,
        asked_at=board.clock(),
        plan_request=plan_request,
    )
    board.note(person, f"AUDIT_{kind}_REQUEST", f"/audits/requests/{request_id}")
    if not audit_requests.enqueue(board.model, request):
        sentence = "Too many requests wait already. Try again later."
        return visit.page("message.html", 503, title="Not asked", sentence=sentence)
    return RedirectResponse(f"/audits/requests/{request_id}", SEE_OTHER)


def _forces(visit: Visit) -> list[str]:
    with visit.board.model.reading() as connection:
        return policy_comparisons.forces(connection, visit.person)


def _form(visit: Visit, form: PlanForm, error: str = "") -> Response:
    return visit.page(
        "audit_plan.html",
        422 if error else 200,
        sent=form,
        forces=_forces(visit),
        frame_names=FRAME_NAMES,
        frames=FRAMES_IN_WORDS,
        strata_by=STRATA_BY,
        strata_words=STRATA_IN_WORDS,
        action_id=str(uuid.uuid4()),
        error=error,
    )


def _plan_request(form: PlanForm) -> PlanRequest:
    """Read what is to be planned.  Raises PlanRefusedError."""
    frame = next((name for name in FRAME_NAMES if name == form.frame), None)
    if frame is None:
        raise PlanRefusedError("choose a frame")
    by = next((name for name in STRATA_BY if name == form.by), None)
    if form.by and by is None:
        raise PlanRefusedError("choose what strata are made of")
    days = DateRange(_day(form.first), _day(form.last))
    request = PlanRequest(
        frame,
        days.start,
        days.end,
        by,
        _number(form.n),
        None if not form.half_width or form.n else _share(form.half_width),
    )
    require_plannable(request)
    return request


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise PlanRefusedError("a day such as 2026-04-01 is needed") from None
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise PlanRefusedError(f"days from {EARLIEST_YEAR} to {LATEST_YEAR}")
    return day


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise PlanRefusedError("the number of records is a whole number")
    return int(text)


def _share(text: str) -> float:
    """Read per cent as a share."""
    try:
        share = float(text.rstrip("% ")) / 100
    except ValueError:
        raise PlanRefusedError("a half-width in per cent, such as 5") from None
    if not 0 < share < 1:
        raise PlanRefusedError("a half-width is above 0 and below 100 per cent")
    return share
