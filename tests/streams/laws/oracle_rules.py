"""The slow oracle's judgement: what each rule finds at a moment, from section 3 of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from schemas.records import Crime, NoCrime
from schemas.times import to_rfc3339
from tests.streams.laws.oracle_view import (
    CRIME_CODES,
    DAY,
    FIRST_OF_APRIL_2015,
    HOUR,
    LONDON,
    MINUTE,
    NOT_REPORTS,
    REPORTS,
    View,
    first_recorded_at,
    gone_since,
    is_n100,
    linked_crimes,
    norm,
    norms,
    put_right,
    says,
    stands_for,
    unauthorised,
    unsupported,
)


class Obligation(NamedTuple):
    """An obligation with a deadline, as it stands at a moment."""

    due_at: int
    risk_at: int | None
    met_at: int | None
    remedy: str
    severity: str


class Wrong(NamedTuple):
    """A rule without a deadline, as it stands at a moment."""

    wrong: bool
    severity: str


class Key(NamedTuple):
    """What an alert is about."""

    rule_id: str
    system: str
    ref: str
    discriminator: str | None


# -- reports -------------------------------------------------------------------------------------------------------


@dataclass
class Report:
    """One incident, referral or ASB report at a moment."""

    system: str
    ref: str
    snapshots: list[Any]
    view: View

    @property
    def now(self) -> Any:
        """Its newest snapshot."""
        return self.snapshots[-1]

    @property
    def received_at(self) -> int:
        """As first stated."""
        return int(self.snapshots[0].received_at if self.system == "CATS" else self.snapshots[0].reported_at)

    @property
    def limit(self) -> int:
        """72 hours, or 24 from 2015-04-01."""
        return 24 * HOUR if self.received_at >= FIRST_OF_APRIL_2015 else 72 * HOUR

    @property
    def disclosed(self) -> int | None:
        """The latest number that was at least one."""
        numbers = [
            s.crimes_expected for s in self.snapshots if s.crimes_expected is not None and s.crimes_expected >= 1
        ]
        return numbers[-1] if numbers else None

    def counting(self) -> list[tuple[int, str, str]]:
        """(recorded_at, reference, class) of each crime that counts, earliest first."""
        standing = {stands_for(ref, self.view) for ref in linked_crimes(self.system, self.ref, self.now, self.view)}
        crimes = []
        for ref in standing - {None}:
            crime = self.view.crime(str(ref))
            assert crime is not None
            crimes.append((first_recorded_at(str(ref), self.view), str(ref), crime.offence_class))
        return sorted(crimes)

    def n100_at(self) -> int | None:
        """Return when the earliest N100 record that meets anything was recorded."""
        if self.system != "STORM" or self.now.offence_class != "RAPE" or self.received_at < FIRST_OF_APRIL_2015:
            return None
        records = [(ref, self.view.crime(ref)) for ref in linked_crimes(self.system, self.ref, self.now, self.view)]
        times = [
            first_recorded_at(ref, self.view)
            for ref, crime in records
            if crime is not None and is_n100(crime) and crime.status == "RECORDED"
        ]
        return min(times, default=None)

    def disposition(self, view: View) -> str | None:
        """Return the valid disposition or decision that stood at a moment, or None."""
        kind, field = next((k, f) for k, (system, f) in REPORTS.items() if system == self.system)
        snapshots = view.of(kind, field, self.ref)
        if not snapshots:
            return None
        now = snapshots[-1]
        answer = now.disposition if self.system == "STORM" else now.decision
        reason = now.disposition_rationale if self.system == "STORM" else now.decision_rationale
        other = view.incident(norm(now.duplicate_of)) if answer == "DUPLICATE" else None
        valid = {
            "CRIME_RELATED_INCIDENT": says(reason) and now.reporter_informed,
            "NOT_A_CRIME": says(reason) and now.reporter_informed,
            "EXEMPT": says(reason) and now.fcr_oversight,
            "TRANSFERRED": answer == "TRANSFERRED" and says(now.other_force_crime_ref),
            "N100": answer == "N100"
            and says(now.n100_code)
            and now.offence_class == "RAPE"
            and self.received_at >= FIRST_OF_APRIL_2015,
            "DUPLICATE": other is not None and norm(now.duplicate_of) != self.ref and other.disposition != "DUPLICATE",
        }
        return answer if valid.get(answer) else None

    def is_delayed(self, view: View) -> bool:
        """Tell whether recording was validly delayed at a moment."""
        kind, field = next((k, f) for k, (system, f) in REPORTS.items() if system == self.system)
        snapshots = view.of(kind, field, self.ref)
        if not snapshots:
            return False
        storm, now = self.system == "STORM", snapshots[-1]
        answer, reason = (
            (now.disposition, now.disposition_rationale) if storm else (now.decision, now.decision_rationale)
        )
        return bool(answer == "DELAYED" and says(reason) and now.fcr_oversight)

    def met(self, wanted: int) -> tuple[int | None, str]:
        """When it was met: the crimes wanted if they are there, else whatever came first."""
        crimes = self.counting()
        if len(crimes) >= wanted:
            return crimes[wanted - 1][0], "RECORDED_LATE"
        answers = [self.view.since(lambda then: self.disposition(then) is not None), self.n100_at()]
        return min((at for at in answers if at is not None), default=None), "DISPOSED_LATE"

    def recording(self, risk_at: int, wanted: int, severity: str) -> Obligation:
        """Return the recording obligation, moved on by a valid delay."""
        due_at = self.received_at + self.limit
        delayed_since = self.view.since(self.is_delayed)
        if delayed_since is not None and delayed_since <= due_at:
            due_at, risk_at = due_at + 7 * DAY, risk_at + 7 * DAY
        met_at, remedy = self.met(wanted)
        return Obligation(due_at, risk_at, met_at, remedy, severity)

    @property
    def ordinary_risk(self) -> int:
        """A quarter of the limit before, or ten in the evening."""
        risk_at = self.received_at + self.limit * 3 // 4
        local = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=self.received_at)
        local = local.astimezone(LONDON)
        if self.limit == 24 * HOUR and local.hour < 21:
            evening = local.replace(hour=22, minute=0, second=0, microsecond=0, fold=0)
            risk_at = min(risk_at, int(evening.timestamp() * 1000))
        return risk_at


def reports(view: View) -> Iterator[Report]:
    """Yield every report that has been saved by a moment."""
    for kind, (system, field) in REPORTS.items():
        for ref in view.refs(kind, field):
            yield Report(system, ref, view.of(kind, field, ref), view)


# -- rules ---------------------------------------------------------------------------------------------------------


def of_report(report: Report) -> Iterator[tuple[Key, Obligation | Wrong]]:
    """Give what the rules about reports find."""
    now, first = report.now, report.snapshots[0]

    def key(rule_id: str, discriminator: str | None = None) -> Key:
        return Key(rule_id, report.system, report.ref, discriminator)

    if report.system == "STORM":
        code = norm(now.closing_code or now.opening_code)
        closed_as_crime = now.status == "CLOSED" and norm(now.closing_code) in CRIME_CODES
        if report.disclosed is not None or closed_as_crime:
            yield key("crime-not-recorded"), report.recording(report.ordinary_risk, report.disclosed or 1, "HIGH")
        if now.status == "CLOSED" and (
            report.disclosed is not None or (now.crimes_expected is None and code not in NOT_REPORTS)
        ):
            yield key("incident-closed-unresolved"), Wrong(report.met(1)[0] is None, "HIGH")
        if any(s.offence_class == "RAPE" for s in report.snapshots):
            yield key("rape-not-recorded"), rape(report)
    elif report.system == "SENTINEL":
        if report.disclosed is not None:
            yield key("asb-crime-not-recorded"), report.recording(report.ordinary_risk, report.disclosed, "MEDIUM")
    elif report.disclosed is not None or now.crimes_expected is None:
        severity = "CRITICAL" if now.vulnerable else "HIGH"
        yield (
            key("referral-unlinked"),
            report.recording(report.received_at + 15 * MINUTE, report.disclosed or 1, severity),
        )
    finished = now.status == "CLOSED" if report.system == "STORM" else now.decision is not None
    if report.system != "SENTINEL" and finished and now.offence_class and report.counting():
        right = any(offence_class == now.offence_class for _, _, offence_class in report.counting())
        yield key("offence-misclassified"), Wrong(not right, "MEDIUM")
    for ref in norms(now.crime_refs):
        yield key("crime-reference-unknown", ref), reference(report, ref)
    if (
        report.system != "CATS"
        and first.crimes_expected is None
        and not (report.system == "STORM" and norm(now.closing_code or now.opening_code) in NOT_REPORTS)
    ):
        yield key("report-undecided"), undecided(report)


def rape(report: Report) -> Obligation:
    """rape-not-recorded."""
    due_at = report.received_at + HOUR
    of_rape = [recorded_at for recorded_at, _, offence_class in report.counting() if offence_class == "RAPE"]
    if of_rape:
        return Obligation(due_at, None, of_rape[0], "RECORDED_LATE", "CRITICAL")
    answered = report.view.since(lambda then: report.disposition(then) in {"N100", "DUPLICATE"})
    met_at = min((at for at in (answered, report.n100_at()) if at is not None), default=None)
    return Obligation(due_at, None, met_at, "DISPOSED_LATE", "CRITICAL")


def reference(report: Report, ref: str) -> Obligation:
    """crime-reference-unknown."""
    kind, field = next((k, f) for k, (system, f) in REPORTS.items() if system == report.system)

    def cites(then: View) -> bool:
        snapshots = then.of(kind, field, report.ref)
        return bool(snapshots) and ref in norms(snapshots[-1].crime_refs)

    since = report.view.since(cites)
    assert since is not None
    held = report.view.of(Crime, "crime_ref", ref)
    return Obligation(since + HOUR, None, held[0].event_time if held else None, "REMEDIED", "HIGH")


def undecided(report: Report) -> Obligation:
    """report-undecided: decided by whatever decided it first."""
    ways = [(s.event_time, "REMEDIED") for s in report.snapshots if s.crimes_expected is not None][:1]
    met_at, remedy = report.met(1)
    if met_at is not None:
        ways.append((met_at, remedy))
    at, by = min(ways, default=(None, "REMEDIED"))
    return Obligation(report.received_at + report.limit, None, at, by, "MEDIUM")


def of_crime(ref: str, view: View) -> Iterator[tuple[Key, Obligation | Wrong]]:
    """Give what the rules about crimes and the decisions on them find."""
    for decision in view.decisions(ref):
        at, right = to_rfc3339(decision.decided_at), put_right(decision, view)
        severity = "CRITICAL" if decision.offence_class == "RAPE" else "HIGH"
        yield Key("no-crime-unauthorised", "CIS", ref, at), Wrong(unauthorised(decision) and not right, severity)
        yield Key("no-crime-unsupported", "CIS", ref, at), Wrong(unsupported(decision, view) and not right, "HIGH")
    crime, since = view.crime(ref), gone_since(ref, view)
    if crime is not None and since is not None and not is_n100(crime):
        decided = min((decision.decided_at for decision in view.decisions(ref)), default=None)
        yield (
            Key("cancelled-without-decision", "CIS", ref, None),
            Obligation(since + DAY, None, decided, "REMEDIED", "HIGH"),
        )


RULES = frozenset(
    {
        "crime-not-recorded",
        "report-undecided",
        "incident-closed-unresolved",
        "rape-not-recorded",
        "crime-reference-unknown",
        "offence-misclassified",
        "referral-unlinked",
        "asb-crime-not-recorded",
        "no-crime-unauthorised",
        "no-crime-unsupported",
        "cancelled-without-decision",
    }
)
"""The rules this oracle knows."""


def findings(view: View) -> dict[Key, Obligation | Wrong]:
    """Everything that is found at a moment."""
    results: dict[Key, Obligation | Wrong] = {}
    for report in reports(view):
        results.update(of_report(report))
    for ref in view.refs(Crime, "crime_ref") | view.refs(NoCrime, "crime_ref"):
        results.update(of_crime(ref, view))
    return results
