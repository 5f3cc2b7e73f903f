"""An alert's page: its facts, its records, its timeline, and the actions on it."""

from __future__ import annotations

import uuid

import msgspec
from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.people import Person
from dashboards.board.domain.settling import REASONED, settling_hint
from dashboards.board.domain.wording import sentence
from dashboards.board.drawings.timeline import Timeline, entries_of, timeline
from dashboards.board.ingest.apply import show_at_once
from dashboards.board.pages import alert_actions, assessing
from dashboards.board.pages.board import Board
from dashboards.board.pages.colleagues import require_colleagues_respected
from dashboards.board.pages.handler import SEE_OTHER, Visit, is_fragment
from dashboards.board.readmodel import alerts, assessments
from dashboards.board.readmodel.assessments import ShownAssessment
from dashboards.board.readmodel.cases import StoredCases
from dashboards.board.readmodel.judgements import links as people_links
from dashboards.board.readmodel.store import newest_change
from schemas.identifiers import normalise
from schemas.products import OPEN_STATUSES, Alert, AlertAction, ProbableRecord
from schemas.records import Assessment, Link
from streams.actions import ActionRefusedError, AlertActions, Handling, check
from streams.actions.roles import may
from streams.reports.linked_cases import CaseSubject, HeldCase, follow_links
from streams.rules import RULES


class AlertDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert's page shows; times in ms."""

    item: alerts.AlertListItem
    handling: Handling
    actions: list[AlertAction]
    related: list[HeldCase]
    """The subject's own record first."""
    unheld: list[CaseSubject]
    """Records that others name and no system holds."""
    others: list[alerts.AlertListItem]
    candidates: list[ProbableRecord]
    """Without those that somebody has confirmed."""
    assessments: list[ShownAssessment]
    links: list[Link]
    """What people say belongs to the subject, the newest first."""
    timeline: Timeline
    change: int
    wall: int
    present: int


def show(visit: Visit) -> Response:
    """Show an alert, or, to a script, the part of its page that changes."""
    details = _details(visit)
    if details is None:
        return visit.missing("There is no such alert, or it is another force's.")
    return _page(visit, details)


def act(visit: Visit) -> Response:
    """Send an action on an alert, and show it at once."""
    details = _details(visit)
    if details is None:
        return visit.missing("There is no such alert, or it is another force's.")
    board, person, alert = visit.board, visit.person, details.item.alert
    try:
        action = alert_actions.action_of(visit, alert, visit.request.url.path)
        check(action, board.book.actions, board.clock(), alert)
        require_colleagues_respected(visit, action, details.item.handling)
    except ActionRefusedError as refusal:
        return _page(visit, details, error=sentence(str(refusal)), status=422)
    board.note(person, f"ACTION_{action.kind}", alert.alert_id)
    try:
        board.actions.send(action)
    except Exception:  # noqa: BLE001 - whatever happened, it was not taken, and whoever tried must know
        return _page(visit, details, error="The action could not be sent and was not taken. Try again.", status=503)
    show_at_once(board.model, action)
    return RedirectResponse(f"/alerts/{alert.alert_id}#done", SEE_OTHER)


def assess(visit: Visit) -> Response:
    """Send an assessment of the record that an alert is about, and show it at once."""
    details = _details(visit)
    if details is None:
        return visit.missing("There is no such alert, or it is another force's.")
    alert = details.item.alert
    try:
        assessment = _assessment_of(visit, alert)
    except ActionRefusedError as refusal:
        return _page(visit, details, error=sentence(str(refusal)), status=422)
    if not assessing.was_sent(visit, assessment) and (failure := assessing.send(visit, assessment)) is not None:
        return _page(visit, details, error=failure, status=503)
    return RedirectResponse(f"/alerts/{alert.alert_id}#done", SEE_OTHER)


def _assessment_of(visit: Visit, alert: Alert) -> Assessment:
    """Read an assessment of an alert's record from a form.  Raises ActionRefusedError where it is none."""
    assessment = assessing.assessment_of(visit, alert.force, alert.subject_system, alert.subject_ref)
    if alert.rule_id in REASONED and not (assessment.offence_class and assessment.rationale):
        raise ActionRefusedError("state the class that is right, and why: a rationale")
    return assessment


def _details(visit: Visit) -> AlertDetails | None:
    board = visit.board
    wall = board.clock()
    fresh = board.freshness(visit.person)
    with board.model.reading() as connection:
        item = alerts.find(connection, visit.request.path_params["alert_id"], visit.person)
        if item is None:
            return None
        alert = item.alert
        start = (alert.subject_system, normalise(alert.subject_ref))
        linked = follow_links(StoredCases(connection), alert.force, [start])
        actions = alerts.actions_on(connection, alert.alert_id, alert.force)
        present = fresh.present(alert.force)
        related = sorted(linked.held, key=lambda record: record.subject != start)
        subjects = [start, *(record.subject for record in related)]
        others = alerts.about_subjects(connection, alert.force, subjects)
        is_open = alert.status in OPEN_STATUSES
        confirmed = people_links.of_record(connection, alert.force, *start)
        crimes = {normalise(link.crime_ref) for link in confirmed}
        suggested = alerts.candidates_for(connection, alert.alert_id)
        return AlertDetails(
            item=item,
            handling=AlertActions.of(actions).handling(wall),
            actions=actions,
            related=related,
            unheld=sorted(linked.unheld),
            others=[other for other in others if other.alert.alert_id != alert.alert_id],
            assessments=assessments.of_record(connection, alert.force, *start),
            candidates=[
                record for candidate in suggested for record in candidate.records if normalise(record.ref) not in crimes
            ],
            links=confirmed,
            timeline=timeline(entries_of(alert, related, actions), alert.due_at, present if is_open else None),
            change=newest_change(connection),
            wall=wall,
            present=present,
        )


def _page(visit: Visit, details: AlertDetails, *, error: str | None = None, status: int = 200) -> Response:
    alert = details.item.alert
    context = {
        "details": details,
        "alert": alert,
        "rule": RULES.get(alert.rule_id),
        "error": error,
        "sent": visit.form,
        "kinds": _kinds(visit.person, details),
        "action_id": str(uuid.uuid4()),
        "colleagues": _colleagues(visit.board, visit.person, alert.force),
        "policy": visit.board.book.actions,
        "alert_actions": alert_actions,
        "assess": _assessment_form(visit, details),
        "skips": False,
        "back": f"/alerts/{alert.alert_id}",
        "fresh_wall": details.wall,
        **assessing.listing_of(details.assessments),
        "link_id": people_links.link_id,
    }
    if is_fragment(visit.request):
        return visit.fragment("alert_body.html", **context)
    return visit.page("alert.html", status, **context)


def _assessment_form(visit: Visit, details: AlertDetails) -> assessing.AssessmentForm | None:
    alert = details.item.alert
    subject = (alert.subject_system, normalise(alert.subject_ref))
    case = next((held.case for held in details.related if held.subject == subject), None)
    likely = alert.offence_class or assessing.likely_class(case, visit.board.book.reviews)
    path = f"/alerts/{alert.alert_id}/assessments"
    form = assessing.form_for(visit.person, alert.force, alert.subject_system, alert.subject_ref, path, likely)
    if form is None:
        return None
    hint = settling_hint(alert, visit.person.role, visit.board.book.at(details.wall))
    return form._replace(hint=hint, says_why=alert.rule_id in REASONED)


def _kinds(person: Person, details: AlertDetails) -> set[str]:
    """Return the kinds of action that the page offers."""
    if person.role == "OPS" and details.item.alert.subject_system != "FEED":
        return set()
    offered = {kind for kind in ("ACK", "ASSIGN", "NOTE", "SILENCE", "ESCALATE", "OVERRIDE") if may(person.role, kind)}
    if details.handling.silenced is not None and may(person.role, "UNSILENCE"):
        offered.add("UNSILENCE")
    return offered


def _colleagues(board: Board, person: Person, force: str) -> list[str]:
    return [name for name in board.users.names(force) if name != person.name]
