"""The slow oracle's report of crime: an incident, a referral, a protection report or an ASB report at a moment.

Read straight from section 3 of the contract: "Valid disposition", "Which crimes count", "When it was met".
"""

from __future__ import annotations

from typing import Any

from schemas.records import Crime, Incident, ProtectionReport, Referral, Snapshot
from tests.streams.laws.oracle_assessments import Statements
from tests.streams.laws.oracle_counting import POLICY, is_n100, linked_crimes, listed, recorded_at, stands_for
from tests.streams.laws.oracle_findings import Key, Obligation
from tests.streams.laws.oracle_lacking import left_out
from tests.streams.laws.oracle_view import (
    DAY,
    FIRST_OF_APRIL_2015,
    FIRST_OF_APRIL_2026,
    HOUR,
    View,
    day_of,
    local,
    norm,
    on_day,
    says,
    since,
)

REFERRED: tuple[type[Snapshot], ...] = (Referral, ProtectionReport)
"""The kinds of report that another agency makes."""
FOR_THE_VICTIM = frozenset({"VICTIM", "PARENT_CARER", "PROFESSIONAL"})
"""Reporters who are believed as the victim is."""


class Report:
    """One incident, referral, protection report or ASB report at a moment."""

    def __init__(self, kind: type[Snapshot], ref: str, view: View) -> None:
        self.kind, self.ref, self.view = kind, ref, view
        self.snapshots: list[Any] = view.of(kind, ref)
        self.first, self.now = self.snapshots[0], self.snapshots[-1]
        self.received_at: int = self.first.received_at if kind in REFERRED else self.first.reported_at
        self.is_todays = self.received_at >= FIRST_OF_APRIL_2026
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
        """Tell whether its code says that it is no report of a crime, and that excuses it."""
        now = self.now
        if not listed(now.closing_code or now.opening_code, POLICY.no_report_codes):
            return False
        opened_as_report = listed(now.opening_code, POLICY.report_codes) or listed(
            now.opening_code, POLICY.crime_closing_codes
        )
        return not (self.is_todays and opened_as_report) or self.duplicates(now, self.view)

    def duplicates(self, now: Any, view: View) -> bool:
        """Tell whether a snapshot names another incident that STORM held, which is itself no duplicate."""
        other = view.newest(Incident, norm(now.duplicate_of))
        return other is not None and norm(now.duplicate_of) != self.ref and other.disposition != "DUPLICATE"

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
        begins = {Incident: FIRST_OF_APRIL_2015, Referral: FIRST_OF_APRIL_2026, ProtectionReport: FIRST_OF_APRIL_2026}
        if self.kind not in begins or self.received_at < begins[self.kind] or self.said.offence_class() != "RAPE":
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
        valid = {
            "CRIME_RELATED_INCIDENT": explained and informed and self.may_be_incident_only(now, view),
            "NOT_A_CRIME": explained and informed,
            "EXEMPT": explained and overseen,
            "TRANSFERRED": answer == "TRANSFERRED" and self.stated(now, "other_force_crime_ref"),
            "N100": answer == "N100"
            and self.stated(now, "n100_code")
            and self.said.offence_class(now) == "RAPE"
            and FIRST_OF_APRIL_2015 <= self.received_at < FIRST_OF_APRIL_2026,
            "DUPLICATE": answer == "DUPLICATE" and self.duplicates(now, view),
        }
        return answer if answer is not None and valid.get(answer) else None

    def may_be_incident_only(self, now: Any, view: View) -> bool:
        """Tell whether what is reported may stay a crime related incident, whoever reported it."""
        reporters = {snapshot.reporter for snapshot in view.of(Incident, self.ref)}
        if not self.is_todays or reporters.isdisjoint(FOR_THE_VICTIM):
            return True
        rationale = now.disposition_rationale
        return self.stated(now, "other_force_crime_ref") or (self.explained(now, rationale) and self.overseen(now))

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
        return min(self.answered_at(), default=None), "DISPOSED_LATE"

    def answered_at(self) -> list[int]:
        """Return since when a disposition, a decision or somebody who may rules it out, and when an N100 does."""
        ruled_out_at = self.said.ruled_out_at

        def holds(then: View) -> bool:
            return (ruled_out_at is not None and then.saved_by >= ruled_out_at) or self.answer(then) is not None

        return [at for at in (self.view.since(holds), self.n100_at()) if at is not None]

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
