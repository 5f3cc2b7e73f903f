"""The slow oracle's rules about incidents that are closed: sudden deaths, and people at risk.

Read straight from section 3 of the contract.  Numbers are the contract's own.
"""

from __future__ import annotations

from schemas.records import Crime, Incident
from tests.streams.laws.oracle_assessments import Given
from tests.streams.laws.oracle_counting import POLICY, is_coded, linked_crimes, listed, recorded_at
from tests.streams.laws.oracle_findings import Found, Obligation
from tests.streams.laws.oracle_report import Report, is_recorded
from tests.streams.laws.oracle_view import DAY, FIRST_OF_APRIL_2024, View, since


def findings(view: View) -> Found:
    """Yield what the rules about closed incidents find."""
    for ref in view.refs(Incident):
        incident = Report(Incident, ref, view)
        if incident.now.status == "CLOSED":
            yield from of_death(incident)
            yield from of_somebody_at_risk(incident)


def of_death(incident: Report) -> Found:
    """death-not-recorded."""
    if incident.received_at < FIRST_OF_APRIL_2024 or not is_sudden_death(incident):
        return
    ways = [(at, "RECORDED_LATE") for at, _, _ in incident.counting()[:1]]
    ways += [(at, "DISPOSED_LATE") for at in incident.answered_at()]
    ways += [(at, "REMEDIED") for at in recorded_deaths(incident)]
    ways += [(one.at, "REMEDIED") for one in newest_word(incident) if one.now.crimes == 0]
    met_at, remedy = min(ways, default=(None, "REMEDIED"), key=lambda way: way[0])
    due_at = incident.received_at + incident.limit
    yield incident.key("death-not-recorded"), Obligation(due_at, met_at, "MEDIUM", remedy=remedy)


def is_sudden_death(incident: Report) -> bool:
    """Tell whether its code says that somebody died, and not that it was of natural causes."""
    code = incident.now.closing_code or incident.now.opening_code
    return listed(code, POLICY.sudden_death_codes) and not listed(code, POLICY.natural_death_codes)


def newest_word(incident: Report) -> list[Given]:
    """Return the assessment that stands of those by several people: the registrar's, else the newest.

    The row names an assessment of 0 beside a valid disposition, so it may be anybody's.
    """
    given = incident.said.given
    return ([one for one in given if one.now.assessed_role == "FCR"] or given)[-1:]


def recorded_deaths(incident: Report) -> list[int]:
    """Return when each N300 record of an incident was recorded."""
    view = incident.view
    linked = [(ref, view.newest(Crime, ref)) for ref in linked_crimes(Incident, incident.ref, view)]
    return [
        recorded_at(ref, view) for ref, record in linked if record and is_coded(record, "300") and is_recorded(record)
    ]


def of_somebody_at_risk(incident: Report) -> Found:
    """vulnerable-closed-unassessed."""
    now = incident.now
    at_risk = listed(now.opening_code, POLICY.vulnerable_codes) or any(
        listed(qualifier, POLICY.vulnerable_qualifiers) for qualifier in now.qualifiers
    )
    disclosed = any((snapshot.crimes_expected or 0) >= 1 for snapshot in incident.snapshots)
    if not incident.is_todays or not at_risk or disclosed:
        return
    closed_at = now.closed_at
    if closed_at is None:
        closed_at = since(incident.snapshots, lambda then: then.status == "CLOSED")
    assert closed_at is not None
    met_at, remedy = assessed(incident)
    due_at = max(incident.received_at + incident.limit, closed_at + DAY)
    yield incident.key("vulnerable-closed-unassessed"), Obligation(due_at, met_at, "MEDIUM", remedy=remedy)


def assessed(incident: Report) -> tuple[int | None, str]:
    """Return when it was recorded, passed on or assessed, and which of these."""
    if counting := incident.counting():
        return counting[0][0], "RECORDED_LATE"
    passed_on = incident.view.since(lambda then: incident.answer(then) in {"DUPLICATE", "TRANSFERRED"})
    ways = [] if passed_on is None else [(passed_on, "DISPOSED_LATE")]
    by = {"FCR", "DEPUTY_FCR", "DDM", "SUPERVISOR"}
    ways += [
        (one.at, "REMEDIED")
        for one in incident.said.given
        if one.now.assessed_role in by and one.now.crimes is not None
    ]
    return min(ways, default=(None, "REMEDIED"))
