"""Confirm that a suggested crime is the one an alert misses, and take that back."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.wording import sentence
from dashboards.board.ingest.apply import show_link_at_once
from dashboards.board.pages.alert_actions import action_id
from dashboards.board.pages.handler import SEE_OTHER, Visit
from dashboards.board.readmodel import alerts
from dashboards.board.readmodel.judgements import links as people_links
from schemas.products import Alert
from schemas.records import Link
from streams.actions import ActionRefusedError
from streams.actions.linking import after, check_link, link_of

SOURCE: Final = "BOARD"
"""The source system instance that these links name."""
_NO_ALERT: Final = "There is no such alert, or it is another force's."


def confirm(visit: Visit) -> Response:
    """Say that a crime suggested for an alert belongs to its report."""
    alert = _alert(visit)
    if alert is None:
        return visit.missing(_NO_ALERT)
    with visit.board.model.reading() as connection:
        candidates = alerts.candidates_for(connection, alert.alert_id)
        suggested = {record.ref for candidate in candidates for record in candidate.records}
    crime_ref, person = visit.text("crime_ref"), visit.person
    if crime_ref not in suggested:
        return visit.missing("This crime is suggested for the alert no more. Load the alert's page anew.")
    try:
        event_id = action_id(visit, f"{alert.alert_id}|{crime_ref}")
        link = link_of(alert, crime_ref, event_id=event_id, source=SOURCE, at=visit.board.clock(), by=person.name)
    except ActionRefusedError as refusal:
        return _refused(visit, refusal)
    return send(visit, link, f"{alert.alert_id} {link.crime_ref}", _page_of(alert))


def undo(visit: Visit) -> Response:
    """Say that the two records of a confirmed link do not belong together after all."""
    alert = _alert(visit)
    if alert is None:
        return visit.missing(_NO_ALERT)
    stated = visit.text("link_id")
    with visit.board.model.reading() as connection:
        links = people_links.of_record(connection, alert.force, alert.subject_system, alert.subject_ref)
    confirmed = next((link for link in links if people_links.link_id(link) == stated), None)
    if confirmed is None:
        return visit.missing("There is no such link, or it was undone.")
    try:
        event_id = action_id(visit, f"{alert.alert_id}|{stated}|undo")
    except ActionRefusedError as refusal:
        return _refused(visit, refusal)
    undone = msgspec.structs.replace(
        confirmed,
        event_id=event_id,
        source=SOURCE,
        event_time=visit.board.clock(),
        confirmed=False,
        confirmed_by=visit.person.name,
    )
    return send(visit, undone, f"{alert.alert_id} {undone.crime_ref}", _page_of(alert))


def _alert(visit: Visit) -> Alert | None:
    with visit.board.model.reading() as connection:
        item = alerts.find(connection, visit.request.path_params["alert_id"], visit.person)
    return None if item is None else item.alert


def _page_of(alert: Alert) -> str:
    return f"/alerts/{alert.alert_id}#done"


def send(visit: Visit, link: Link, target: str, back: str) -> Response:
    """Check a link, note it with its target, send it, show it at once, and lead back to a page."""
    board, person = visit.board, visit.person
    done = RedirectResponse(back, SEE_OTHER)
    with board.model.reading() as connection:
        newest = people_links.newest(connection, link)
    if newest is not None and newest.event_id == link.event_id:
        return done  # the form was sent twice
    link = after(link, newest)
    try:
        check_link(link, person.role, board.book.actions)
    except ActionRefusedError as refusal:
        return _refused(visit, refusal)
    board.note(person, "LINK" if link.confirmed else "UNLINK", target)
    try:
        board.judgements.send(link)
    except Exception:  # noqa: BLE001 - whatever happened, it was not taken, and whoever tried must know
        sentence_ = "The link could not be sent and was not taken. Go back and try again."
        return visit.page("message.html", 503, title="Not sent", sentence=sentence_)
    show_link_at_once(board.model, link)
    return done


def _refused(visit: Visit, refusal: ActionRefusedError) -> Response:
    return visit.page("message.html", 422, title="Not sent", sentence=sentence(str(refusal)))
