"""What is reported: incidents, referrals, protection reports and reports of anti-social behaviour."""

from __future__ import annotations

from typing import Literal

from schemas.records.snapshot import Snapshot
from schemas.vocabularies import (
    AgencySector,
    Channel,
    Count32,
    Decision,
    Disposition,
    Millis,
    OffenceClass,
    ProtectionKind,
    Reporter,
    Vulnerable,
    Word,
)


class Incident(Snapshot, frozen=True, kw_only=True, gc=False):
    """A report as the control room's incident system (STORM) holds it."""

    TOPIC = "storm.incidents.v1"
    IDENTITY = ("incident_ref",)

    incident_ref: str
    reported_at: Millis
    occurred_at: Millis | None = None
    channel: Channel
    reporter: Reporter
    opening_code: Word
    closing_code: Word | None = None
    qualifiers: tuple[str, ...] = ()
    offence_class: OffenceClass | None = None
    crimes_expected: Count32 | None = None
    """Crimes the report discloses; None while nobody has decided."""
    status: Literal["OPEN", "CLOSED"]
    closed_at: Millis | None = None
    disposition: Disposition | None = None
    disposition_rationale: str | None = None
    reporter_informed: bool | None = None
    fcr_oversight: bool | None = None
    crime_refs: tuple[str, ...] = ()
    n100_code: str | None = None
    duplicate_of: str | None = None
    other_force: Word | None = None
    other_force_crime_ref: str | None = None
    officer_dispatched: bool | None = None
    attending_officer: Word | None = None
    assessed_at: Millis | None = None
    overseen_by: Word | None = None
    overseen_role: Literal["CONTROL_ROOM_INSPECTOR", "OTHER"] | None = None
    overseen_at: Millis | None = None
    call_handler: Word | None = None
    team: Word | None = None
    beat: Word | None = None
    location: str | None = None
    victim_token: str | None = None
    suspect_token: str | None = None


class Referral(Snapshot, frozen=True, kw_only=True, gc=False):
    """A report from another agency to CAIU or POLIT, as their own system (CATS) holds it."""

    TOPIC = "cats.referrals.v1"
    IDENTITY = ("referral_ref",)

    referral_ref: str
    received_at: Millis
    unit: Literal["CAIU", "POLIT"]
    agency: Word
    agency_sector: AgencySector
    reporter: str
    vulnerable: tuple[Vulnerable, ...] = ()
    crimes_expected: Count32 | None = None
    offence_class: OffenceClass | None = None
    decision: Decision | None = None
    decision_rationale: str | None = None
    reporter_informed: bool | None = None
    fcr_oversight: bool | None = None
    crime_refs: tuple[str, ...] = ()
    incident_refs: tuple[str, ...] = ()
    fcr_audited_at: Millis | None = None
    fcr_audit_outcome: str | None = None
    beat: Word | None = None
    location: str | None = None
    occurred_at: Millis | None = None
    victim_token: str | None = None


class AsbReport(Snapshot, frozen=True, kw_only=True, gc=False):
    """A report of anti-social behaviour in the database shared with local authorities (SENTINEL)."""

    TOPIC = "sentinel.asb-reports.v1"
    IDENTITY = ("asb_ref",)

    asb_ref: str
    reported_at: Millis
    partner: Literal["FORCE", "LOCAL_AUTHORITY", "OTHER"]
    crimes_expected: Count32 | None = None
    offence_class: OffenceClass | None = None
    decision: Decision | None = None
    decision_rationale: str | None = None
    reporter_informed: bool | None = None
    fcr_oversight: bool | None = None
    crime_refs: tuple[str, ...] = ()
    incident_refs: tuple[str, ...] = ()
    beat: Word | None = None
    location: str | None = None
    victim_token: str | None = None


class ProtectionReport(Snapshot, frozen=True, kw_only=True, gc=False):
    """A report about people at risk that reached the force by another way than CATS (PPN).

    It is a feed only where a policy names it.
    """

    TOPIC = "ppn.reports.v1"
    IDENTITY = ("report_ref",)

    report_ref: str
    received_at: Millis
    kind: ProtectionKind
    agency: Word
    agency_sector: AgencySector
    reporter: str
    vulnerable: tuple[Vulnerable, ...] = ()
    crimes_expected: Count32 | None = None
    offence_class: OffenceClass | None = None
    decision: Decision | None = None
    decision_rationale: str | None = None
    reporter_informed: bool | None = None
    fcr_oversight: bool | None = None
    crime_refs: tuple[str, ...] = ()
    incident_refs: tuple[str, ...] = ()
    fcr_audited_at: Millis | None = None
    fcr_audit_outcome: str | None = None
    beat: Word | None = None
    location: str | None = None
    occurred_at: Millis | None = None
    victim_token: str | None = None
