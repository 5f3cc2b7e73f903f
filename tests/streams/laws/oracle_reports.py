"""The slow oracle's rules about reports of crime: incidents, referrals and ASB reports, and what was recorded of them.

Read straight from section 3 of the contract.  Numbers are the contract's own.
"""

from __future__ import annotations

from typing import Any

from schemas.records import AsbReport, Crime, Incident, Referral, Snapshot
from tests.streams.laws.oracle_assessments import Statements
from tests.streams.laws.oracle_counting import POLICY, is_n100, linked_crimes, listed, recorded_at, stands_for
from tests.streams.laws.oracle_findings import Found, Key, Obligation, Wrong
from tests.streams.laws.oracle_lacking import left_out, never_stated
from tests.streams.laws.oracle_view import (
    DAY,
    FIRST_OF_APRIL_2015,
    HOUR,
    MINUTE,
    View,
    day_of,
    local,
    norm,
    norms,
    on_day,
    says,
    since,
)


class Report:
    """One incident, referral or ASB report at a moment."""

    def __init__(self, kind: type[Snapshot], ref: str, view: View) -> None:
        self.kind, self.ref, self.view = kind, ref, view
        self.snapshots: list[Any] = view.of(kind, ref)
        self.first, self.now = self.snapshots[0], self.snapshots[-1]
        self.received_at: int = self.first.received_at if kind is Referral else self.first.reported_at
        self.said = Statements(kind, ref, view)
        self.limit = 24 * HOUR if self.received_at >= FIRST_OF_APRIL_2015 else 72 * HOUR

    def key(self, rule_id: str, discriminator: str | None = None) -> Key:
        """Return the key of an alert on it."""
        return Key(rule_id, self.kind, self.ref, discriminator)

    @property
    def disclosed(self) -> int | None:
        """The latest number that was at least one."""
        return self.said.disclosed

    @property
    def closed_under_no_report(self) -> bool:
        """Tell whether its code says that it is no report of a crime."""
        code = self.now.closing_code or self.now.opening_code
        return listed(code, POLICY.no_report_codes)

    # -- what was recorded --------------------------------------------------------------------------------------

    def counting(self) -> list[tuple[int, str, str]]:
        """Return (recorded_at, reference, class) of each crime that counts, earliest first."""
        standing = {stands_for(ref, self.view) for ref in linked_crimes(self.kind, self.ref, self.view)}
        return sorted(
            (recorded_at(ref, self.view), ref, self.view.of(Crime, ref)[-1].offence_class)
            for ref in standing
            if ref is not None
        )

    def n100_at(self) -> int | None:
        """Return when the earliest N100 record that meets anything was recorded."""
        if self.kind is not Incident or self.said.offence_class() != "RAPE" or self.received_at < FIRST_OF_APRIL_2015:
            return None
        records = [(ref, self.view.newest(Crime, ref)) for ref in linked_crimes(self.kind, self.ref, self.view)]
        return min(
            (recorded_at(ref, self.view) for ref, crime in records if crime and is_n100(crime) and is_recorded(crime)),
            default=None,
        )

    # -- what else meets it -------------------------------------------------------------------------------------

    def answer(self, view: View) -> str | None:
        """Return the valid disposition or decision that stood at a moment, or None."""
        now = view.newest(self.kind, self.ref)
        if now is None:
            return None
        answer, rationale = answered(now)
        explained, informed, overseen = self.explained(now, rationale), self.told(now), self.overseen(now)
        other = view.newest(Incident, norm(now.duplicate_of)) if answer == "DUPLICATE" else None
        valid = {
            "CRIME_RELATED_INCIDENT": explained and informed,
            "NOT_A_CRIME": explained and informed,
            "EXEMPT": explained and overseen,
            "TRANSFERRED": answer == "TRANSFERRED" and self.stated(now, "other_force_crime_ref"),
            "N100": answer == "N100"
            and self.stated(now, "n100_code")
            and self.said.offence_class(now) == "RAPE"
            and self.received_at >= FIRST_OF_APRIL_2015,
            "DUPLICATE": other is not None and norm(now.duplicate_of) != self.ref and other.disposition != "DUPLICATE",
        }
        return answer if answer is not None and valid.get(answer) else None

    def explained(self, now: Any, rationale: str | None) -> bool:
        """Tell whether a snapshot gives a rationale, or its system has no place for one."""
        field = "disposition_rationale" if self.kind is Incident else "decision_rationale"
        return says(rationale) or left_out(now, field, self.view)

    def stated(self, now: Any, field: str) -> bool:
        """Tell whether a snapshot states a text, or its system has no place for it."""
        return says(getattr(now, field)) or left_out(now, field, self.view)

    def told(self, now: Any) -> bool:
        """Tell whether the reporter was informed, or the system does not hold it."""
        return bool(now.reporter_informed) or left_out(now, "reporter_informed", self.view)

    def overseen(self, now: Any) -> bool:
        """Tell whether the registrar had oversight, or the system does not hold it."""
        return bool(now.fcr_oversight) or left_out(now, "fcr_oversight", self.view)

    def delays(self, now: Any) -> bool:
        """Tell whether a snapshot validly delays recording."""
        answer, rationale = answered(now)
        return answer == "DELAYED" and self.explained(now, rationale) and self.overseen(now)

    def met(self, wanted: int) -> tuple[int | None, str]:
        """Return when it was met, and how: by the crimes wanted if they are there, else by whatever came first."""
        crimes = self.counting()
        if len(crimes) >= wanted:
            return crimes[wanted - 1][0], "RECORDED_LATE"
        ruled_out_at = self.said.ruled_out_at

        def holds(then: View) -> bool:
            return (ruled_out_at is not None and then.saved_by >= ruled_out_at) or self.answer(then) is not None

        answers = [self.view.since(holds), self.n100_at()]
        return min((at for at in answers if at is not None), default=None), "DISPOSED_LATE"

    # -- until when ---------------------------------------------------------------------------------------------

    @property
    def ordinary_risk(self) -> int:
        """A quarter of the limit before, or ten in the evening."""
        risk_at = self.received_at + self.limit * 3 // 4
        if self.limit == 24 * HOUR and local(self.received_at).hour < 21:
            risk_at = min(risk_at, on_day(day_of(self.received_at), 22))
        return risk_at

    def recording(self, risk_at: int, severity: str) -> Obligation:
        """Return the recording obligation, moved on by a valid delay."""
        due_at = self.received_at + self.limit
        delayed_since = since(self.snapshots, self.delays)
        if delayed_since is not None and delayed_since <= due_at:
            due_at, risk_at = due_at + 7 * DAY, risk_at + 7 * DAY
        met_at, remedy = self.met(self.disclosed or 1)
        return Obligation(due_at, met_at, severity, risk_at, remedy)


def is_recorded(crime: Crime) -> bool:
    """Tell whether a crime stands."""
    return crime.status == "RECORDED"


def answered(now: Any) -> tuple[str | None, str | None]:
    """Return what a snapshot of a report gives as disposition or decision, and its rationale."""
    if isinstance(now, Incident):
        return now.disposition, now.disposition_rationale
    return now.decision, now.decision_rationale


# -- rules ---------------------------------------------------------------------------------------------------------


def findings(view: View) -> Found:
    """Yield what the rules about reports find."""
    for ref in view.refs(Incident):
        incident = Report(Incident, ref, view)
        yield from of_incident(incident)
        yield from of_any_report(incident, decided=incident.now.status == "CLOSED")
        if not incident.closed_under_no_report:
            yield from undecided(incident)
    for ref in view.refs(Referral):
        referral = Report(Referral, ref, view)
        if referral.disclosed is not None or referral.said.expected is None:
            unlinked = referral.recording(referral.received_at + 15 * MINUTE, "HIGH")
            answered_at = view.clock if unlinked.met_at is None else unlinked.met_at
            if referral.now.vulnerable and answered_at > unlinked.due_at:
                unlinked = unlinked._replace(severity="CRITICAL")
            yield referral.key("referral-unlinked"), unlinked
        yield from of_any_report(referral, decided=referral.now.decision is not None)
    for ref in view.refs(AsbReport):
        asb_report = Report(AsbReport, ref, view)
        if asb_report.disclosed is not None:
            yield asb_report.key("asb-crime-not-recorded"), asb_report.recording(asb_report.ordinary_risk, "MEDIUM")
        yield from of_any_report(asb_report, decided=False)
        yield from undecided(asb_report)


def of_incident(incident: Report) -> Found:
    """crime-not-recorded, incident-closed-unresolved and rape-not-recorded."""
    now, disclosed = incident.now, incident.disclosed
    closed = now.status == "CLOSED"
    if disclosed is not None or (closed and listed(now.closing_code, POLICY.crime_closing_codes)):
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
