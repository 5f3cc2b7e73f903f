"""The page of crimes that nobody reported, with the reports they probably are of."""

from __future__ import annotations

import uuid
from typing import Final

from starlette.responses import Response

from dashboards.board.domain.wording import sentence
from dashboards.board.pages.alert_actions import action_id
from dashboards.board.pages.alert_forms import linking
from dashboards.board.pages.handler import Visit
from dashboards.board.readmodel.unreported import unreported_crime, unreported_crimes
from schemas.records import Link
from streams.actions import ActionRefusedError
from streams.actions.linking import LINKED_SYSTEMS

MOST_ROWS: Final = 50
PATH: Final = "/fcr/unreported"


def show(visit: Visit) -> Response:
    """Show the crimes, the surest first."""
    with visit.board.model.reading() as connection:
        crimes, count = unreported_crimes(connection, visit.person, MOST_ROWS)
    return visit.page("unreported.html", crimes=crimes, count=count, action_id=str(uuid.uuid4()))


def confirm(visit: Visit) -> Response:
    """Say that a crime is of a report that is suggested for it."""
    with visit.board.model.reading() as connection:
        crime = unreported_crime(connection, visit.person, visit.text("alert_id"))
    system = next((one for one in LINKED_SYSTEMS if one == visit.text("system")), None)
    report = (system, visit.text("ref"))
    if crime is None or system is None or report not in {(one.system, one.ref) for one in crime.probable}:
        return visit.missing("This report is suggested for the crime no more. Load the page anew.")
    try:
        event_id = action_id(visit, f"{crime.alert_id}|{system}|{report[1]}")
    except ActionRefusedError as refusal:
        return visit.page("message.html", 422, title="Not sent", sentence=sentence(str(refusal)))
    link = Link(
        event_id=event_id,
        force=crime.force,
        source=linking.SOURCE,
        event_time=visit.board.clock(),
        left_system=system,
        left_ref=report[1],
        crime_ref=crime.crime_ref,
        confirmed=True,
        confirmed_by=visit.person.name,
    )
    return linking.send(visit, link, f"{system} {report[1]} {crime.crime_ref}", PATH)
