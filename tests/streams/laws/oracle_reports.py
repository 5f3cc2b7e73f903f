"""The slow oracle's rules about reports of crime, and what was recorded of them.

Read straight from section 3 of the contract.  Numbers are the contract's own.
"""

from __future__ import annotations

from schemas.records import AsbReport, Crime, Incident, ProtectionReport, Referral
from tests.streams.laws.oracle_counting import POLICY, linked_reports, listed
from tests.streams.laws.oracle_findings import Found, Obligation, Wrong
from tests.streams.laws.oracle_lacking import is_judged, never_stated
from tests.streams.laws.oracle_report import Report
from tests.streams.laws.oracle_view import HOUR, MINUTE, View, norms, since


def findings(view: View) -> Found:
    """Yield what the rules about reports find."""
    for ref in view.refs(Incident):
        incident = Report(Incident, ref, view)
        yield from of_incident(incident)
        yield from of_any_report(incident, decided=incident.now.status == "CLOSED")
        if not incident.closed_under_no_report:
            yield from undecided(incident)
    for kind in (Referral, ProtectionReport):
        for ref in view.refs(kind):
            referral = Report(kind, ref, view)
            if is_to_be_recorded(referral):
                yield referral.key("referral-unlinked"), unlinked(referral)
            yield from of_any_report(referral, decided=referral.now.decision is not None)
    for ref in view.refs(AsbReport):
        asb_report = Report(AsbReport, ref, view)
        if is_to_be_recorded(asb_report):
            yield asb_report.key("asb-crime-not-recorded"), asb_report.recording(asb_report.ordinary_risk, "MEDIUM")
        yield from of_any_report(asb_report, decided=False)
        yield from undecided(asb_report)


def is_to_be_recorded(report: Report) -> bool:
    """Tell whether a recording rule is about a report."""
    if report.disclosed is not None:
        return True
    if report.kind is Incident:
        return report.now.status == "CLOSED" and listed(report.now.closing_code, POLICY.crime_closing_codes)
    return report.kind is not AsbReport and report.said.expected is None


RECORDING_RULES = {
    Incident: "crime-not-recorded",
    Referral: "referral-unlinked",
    ProtectionReport: "referral-unlinked",
    AsbReport: "asb-crime-not-recorded",
}


def recorded_reports(crime: str, view: View) -> list[tuple[Report, bool]]:
    """Return the reports that a crime is linked to, and whether a recording rule judges each."""
    reports = [Report(kind, ref, view) for kind, ref in linked_reports(crime, view)]
    return [
        (report, is_to_be_recorded(report) and is_judged(report.key(RECORDING_RULES[report.kind]), view))
        for report in reports
    ]


def unlinked(referral: Report) -> Obligation:
    """referral-unlinked."""
    lead = 15 * MINUTE if referral.kind is Referral else referral.limit * 3 // 4
    found = referral.recording(referral.received_at + lead, "HIGH")
    ended = referral.view.clock if found.met_at is None else found.met_at
    grave = referral.now.vulnerable and ended > found.due_at
    return found._replace(severity="CRITICAL") if grave else found


def of_incident(incident: Report) -> Found:
    """crime-not-recorded, incident-closed-unresolved and rape-not-recorded."""
    now, disclosed = incident.now, incident.disclosed
    closed = now.status == "CLOSED"
    if is_to_be_recorded(incident):
        yield incident.key("crime-not-recorded"), incident.recording(incident.ordinary_risk, "HIGH")
    unknown = never_stated(incident.snapshots, "crimes_expected", incident.view)
    undecided = incident.said.expected is None and not unknown
    if closed and (disclosed is not None or (undecided and not incident.closed_under_no_report)):
        yield incident.key("incident-closed-unresolved"), Wrong(incident.met(1)[0] is None, "HIGH")
    if incident.said.ever_rape():
        yield incident.key("rape-not-recorded"), rape(incident)


def rape(incident: Report) -> Obligation:
    """rape-not-recorded."""
    due_at = incident.received_at + HOUR
    of_rape = [at for at, _, offence_class in incident.counting() if offence_class == "RAPE"]
    if of_rape:
        return Obligation(due_at, of_rape[0], "CRITICAL", remedy="RECORDED_LATE")
    answered_at = incident.view.since(lambda then: incident.answer(then) in {"N100", "DUPLICATE"})
    met_at = min((at for at in (answered_at, incident.n100_at()) if at is not None), default=None)
    return Obligation(due_at, met_at, "CRITICAL", remedy="DISPOSED_LATE")


def of_any_report(report: Report, *, decided: bool) -> Found:
    """offence-misclassified and crime-reference-unknown."""
    now, expected = report.now, report.said.offence_class()
    if decided and expected and report.counting():
        right = any(offence_class == expected for _, _, offence_class in report.counting())
        yield report.key("offence-misclassified"), Wrong(not right, "MEDIUM")
    for ref in norms(now.crime_refs):
        yield report.key("crime-reference-unknown", ref), cited(report, ref)


def cited(report: Report, ref: str) -> Obligation:
    """crime-reference-unknown."""
    cited_since = since(report.snapshots, lambda then: ref in norms(then.crime_refs))
    assert cited_since is not None
    held = report.view.of(Crime, ref)
    return Obligation(cited_since + HOUR, held[0].event_time if held else None, "HIGH")


def undecided(report: Report) -> Found:
    """report-undecided: decided by whatever decided it first."""
    if report.first.crimes_expected is not None:
        return
    ways = [(s.event_time, "REMEDIED") for s in report.snapshots if s.crimes_expected is not None][:1]
    ways += [(at, "REMEDIED") for at in report.said.decided()]
    met_at, remedy = report.met(1)
    if met_at is not None:
        ways.append((met_at, remedy))
    at, by = min(ways, default=(None, "REMEDIED"))
    yield report.key("report-undecided"), Obligation(report.received_at + report.limit, at, "MEDIUM", remedy=by)
