"""Whom to ring about an alert: looked up in its records when somebody asks, and stored nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
import structlog
from starlette.responses import Response

from dashboards.board.pages.handler import Visit
from dashboards.board.readmodel import alerts
from dashboards.board.readmodel.cases import StoredCases
from schemas.identifiers import normalise
from schemas.products import Alert, Case
from schemas.records import Call, Crime, Incident, Snapshot
from streams.reports.linked_cases import follow_links
from streams.topology.messages import UnreadableError

_log: Final = structlog.get_logger("cdi.board")

MOST_RECORDS: Final = 8
"""So many records of a matter are looked up: the alert's own first."""
_FIELDS: Final[Mapping[type[Snapshot], Mapping[str, str]]] = {
    Incident: {"attending_officer": "Attending officer", "call_handler": "Call handler", "team": "Team"},
    Crime: {"officer_in_case": "Officer in the case", "team": "Team"},
    Call: {"call_handler": "Call handler", "team": "Team"},
}
"""What each type of record says of whom to ring, and what that is called."""
_TOPICS: Final = frozenset(record.TOPIC for record in _FIELDS)


class Contact(msgspec.Struct, frozen=True):
    """Somebody to ring, as a record names them."""

    label: str
    name: str
    case: Case


def show(visit: Visit) -> Response:
    """Look up whom to ring, once the audit log has that it is disclosed."""
    board, person = visit.board, visit.person
    with board.model.reading() as connection:
        item = alerts.find(connection, visit.request.path_params["alert_id"], person)
        cases = [] if item is None else _cases(StoredCases(connection), item.alert)
    if item is None:
        return visit.missing("There is no such alert, or it is another force's.")
    alert = item.alert
    board.note(person, "DISCLOSE_CONTACTS", alert.alert_id)
    try:
        snapshots = {} if board.snapshots is None else board.snapshots.newest(cases)
    except UnreadableError as failure:
        _log.warning("contacts_unreadable", alert_id=alert.alert_id, reason=failure.reason)
        sentence = "The records cannot be read now. Try again, or look in the systems themselves."
        return visit.page("message.html", 503, title="Not available", sentence=sentence)
    return visit.page(
        "contacts.html",
        alert=alert,
        contacts=[contact for case in cases for contact in _contacts(case, snapshots.get(case.event_id))],
        missed=[case for case in cases if case.event_id not in snapshots],
    )


def _cases(stored: StoredCases, alert: Alert) -> list[Case]:
    """Return the records of an alert's matter that name people to ring, its own first."""
    start = (alert.subject_system, normalise(alert.subject_ref))
    held = sorted(follow_links(stored, alert.force, [start]).held, key=lambda record: record.subject != start)
    return [record.case for record in held if record.case.topic in _TOPICS][:MOST_RECORDS]


def _contacts(case: Case, snapshot: Snapshot | None) -> Iterator[Contact]:
    for name, label in _FIELDS.get(type(snapshot), {}).items() if snapshot is not None else ():
        if value := getattr(snapshot, name):
            yield Contact(label, value, case)
