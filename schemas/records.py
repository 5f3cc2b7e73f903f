"""The typed records: what one snapshot on each topic says.

Every record on a source topic is a full snapshot of one record in its source system, and starts with the same
envelope (``event_id``, ``force``, ``source``, ``event_time``, ``revision``).  Times are whole milliseconds since the
epoch, UTC; a field whose type is :data:`~schemas.vocabularies.Millis` is a time and nothing else is.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import msgspec

from schemas.vocabularies import (
    AgencySector,
    AssessorRole,
    Channel,
    ClosureReviewerRole,
    Count32,
    Count64,
    Course,
    CrimeStatus,
    DeciderRole,
    Decision,
    DisposalKind,
    Disposition,
    HistoryKind,
    Int64,
    JudgedSystem,
    LeftSystem,
    Millis,
    NoCrimeReason,
    OffenceClass,
    OutcomeRole,
    Probability,
    ProtectionKind,
    Reader,
    RecorderRole,
    Reporter,
    Route,
    UnrecordedCause,
    Vulnerable,
    Word,
)

READ_AS_FALSE: Final = frozenset(
    {"reporter_informed", "fcr_oversight", "officer_dispatched", "victim_present", "form_attached"}
)
"""Fields that say what somebody did or saw: None, where the source says neither, is read as False."""

SET_BY_READERS: Final = frozenset({"offence_class_unknown"})
"""Fields that say how a record was read, and that no source system holds."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The envelope: the fields with which every source record begins."""

    TOPIC: ClassVar[str]
    IDENTITY: ClassVar[tuple[str, ...]]
    """The fields that say which record this is a snapshot of."""

    event_id: str
    force: Word
    source: Word
    event_time: Millis
    revision: Int64 = 0


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


class PartnerReferral(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A victim's referral to another agency, and when that agency acted on it."""

    agency: Word
    referred_at: Millis
    actioned_at: Millis | None = None


class Crime(Snapshot, frozen=True, kw_only=True, gc=False):
    """A crime record in the crime system (CIS)."""

    TOPIC = "cis.crimes.v1"
    IDENTITY = ("crime_ref",)

    crime_ref: str
    recorded_at: Millis
    occurred_at: Millis | None = None
    offence_code: Word
    offence_class: OffenceClass
    status: CrimeStatus
    incident_refs: tuple[str, ...] = ()
    referral_refs: tuple[str, ...] = ()
    asb_refs: tuple[str, ...] = ()
    recorded_by: Word | None = None
    recorded_by_role: RecorderRole | None = None
    dispute_raised_at: Millis | None = None
    dispute_decided_at: Millis | None = None
    dispute_decided_role: str | None = None
    oversight_di: str | None = None
    closed_at: Millis | None = None
    closure_reviewed_by: str | None = None
    closure_reviewed_role: ClosureReviewerRole | None = None
    victim_care_contract_at: Millis | None = None
    victim_consents_support: bool | None = None
    victim_support_referred_at: Millis | None = None
    partner_referrals: tuple[PartnerReferral, ...] = ()
    team: Word | None = None
    beat: Word | None = None
    location: str | None = None
    victim_token: str | None = None
    reported_at: Millis | None = None
    """When it was first reported, by any route."""
    route: Route | None = None
    officer_in_case: Word | None = None
    reclassified_at: Millis | None = None
    reclassified_role: DeciderRole | None = None
    reclassification_rationale: str | None = None
    fcr_oversight_at: Millis | None = None
    outcome: Word | None = None
    """The number of the outcomes framework, as text."""
    outcome_at: Millis | None = None
    outcome_role: OutcomeRole | None = None
    outcome_rationale: str | None = None
    domestic_abuse: bool | None = None
    suspect_token: str | None = None
    flags: tuple[str, ...] = ()
    offence_class_unknown: bool = False
    """Whether the source states a class that is not in the vocabulary: ``offence_class`` is then OTHER."""


class VerifiableInformation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One piece of additional verifiable information (AVI) behind a no-crime decision."""

    kind: str
    detail: str
    verified_by: str | None = None


class NoCrime(Snapshot, frozen=True, kw_only=True, gc=False):
    """A decision that a recorded crime is none.

    In 2013 a no-crime; today a transfer or a cancellation (C1 to C5).
    """

    TOPIC = "cis.no-crimes.v1"
    IDENTITY = ("crime_ref", "decided_at")

    crime_ref: str
    decided_at: Millis
    decided_by: Word
    decided_by_role: DeciderRole | None = None
    independent: bool | None = None
    reason: NoCrimeReason
    avi: tuple[VerifiableInformation, ...] = ()
    rationale: str | None = None
    victim_informed_at: Millis | None = None
    receiving_force: Word | None = None
    receiving_ref: str | None = None
    duplicate_of: str | None = None
    offence_class: OffenceClass
    offence_code: str | None = None


class Disposal(Snapshot, frozen=True, kw_only=True, gc=False):
    """An out-of-court disposal."""

    TOPIC = "cis.disposals.v1"
    IDENTITY = ("disposal_ref",)

    disposal_ref: str
    crime_ref: str | None = None
    kind: DisposalKind
    issued_at: Millis
    issued_by: Word
    offender_id: str
    offender_age: Count32
    goods_value_pence: Count64 | None = None
    implications_explained: bool | None = None
    offence_admitted: bool | None = None
    """True also where responsibility was accepted."""
    victim_present: bool | None = None
    victim_consulted: bool | None = None
    outcome_meaningful: bool | None = None
    form_attached: bool | None = None
    reviewed_at: Millis | None = None
    reviewed_by: Word | None = None
    pnc_checked_at: Millis | None = None
    rescinded_at: Millis | None = None


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One earlier conviction or disposal of an offender."""

    kind: HistoryKind
    date: Millis
    offence_class: OffenceClass


class OffenderHistory(Snapshot, frozen=True, kw_only=True, gc=False):
    """What the Police National Computer (PNC) holds on one offender."""

    TOPIC = "pnc.offender-histories.v1"
    IDENTITY = ("offender_id",)

    offender_id: str
    as_of: Millis
    entries: tuple[HistoryEntry, ...] = ()


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


class TrainingRecord(Snapshot, frozen=True, kw_only=True, gc=False):
    """One course one member of staff completed."""

    TOPIC = "training.records.v1"
    IDENTITY = ("staff_id", "course", "completed_at")

    staff_id: str
    role: str
    course: Course
    completed_at: Millis
    expires_at: Millis | None = None


class Call(Snapshot, frozen=True, kw_only=True, gc=False):
    """One call the contact management centre (CMC) handled, and its review."""

    TOPIC = "cmc.calls.v1"
    IDENTITY = ("call_ref",)

    call_ref: str
    handled_at: Millis
    call_handler: Word
    team: Word
    incident_ref: str | None = None
    sampled_at: Millis | None = None
    reviewed_at: Millis | None = None
    reviewed_by: Word | None = None
    ncrs_compliant: bool | None = None
    themes: tuple[str, ...] = ()


class Link(Snapshot, frozen=True, kw_only=True, gc=False):
    """A person's statement that a report and a crime belong together.

    While confirmed, it is a link like any other.
    """

    TOPIC = "compliance.links.v1"
    IDENTITY = ("left_system", "left_ref", "crime_ref")

    left_system: LeftSystem
    left_ref: str
    crime_ref: str
    confirmed: bool = False
    confirmed_by: str


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


class Assessment(Snapshot, frozen=True, kw_only=True, gc=False):
    """A person's judgement of which crimes a report discloses, or of what a crime is."""

    TOPIC = "compliance.assessments.v1"
    IDENTITY = ("system", "ref", "assessed_by", "assessed_at")

    system: JudgedSystem
    ref: str
    crimes: Count32 | None = None
    """Crimes the report discloses; None where the person does not say."""
    offence_class: OffenceClass | None = None
    offence_code: Word | None = None
    reason: str | None = None
    rationale: str | None = None
    assessed_by: str
    assessed_role: AssessorRole
    assessed_at: Millis
    revoked: bool = False


class Score(Snapshot, frozen=True, kw_only=True, gc=False):
    """A model's guess that a report discloses a crime; it orders the review queue and does nothing else."""

    TOPIC = "compliance.scores.v1"
    IDENTITY = ("system", "ref", "model")

    system: LeftSystem
    ref: str
    model: str
    """Name and version."""
    probability: Probability
    reasons: tuple[str, ...] = ()


class AuditReading(Snapshot, frozen=True, kw_only=True, gc=False):
    """What one reader of an audit found in one record."""

    TOPIC = "compliance.audits.v1"
    IDENTITY = ("audit_id", "system", "ref", "reader")

    audit_id: str
    system: JudgedSystem
    ref: str
    reader: Reader
    read_by: str
    read_at: Millis
    crimes_found: Count32
    """Crimes that should have been recorded."""
    offence_classes: tuple[OffenceClass, ...] = ()
    crimes_recorded: Count32
    in_time: Count32
    """Of those recorded."""
    classified_right: Count32
    """Of those recorded."""
    victim_told: bool | None = None
    right: bool | None = None
    """Whether an N100, a cancellation or a disposal was right."""
    cause: UnrecordedCause | None = None
    note: str | None = None


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A source's statement that all snapshots of event_time up to ``complete_through`` are delivered.

    It travels on the feed's own topic and partition, behind the data it speaks for.
    """

    force: Word
    source: Word
    complete_through: Millis


SOURCE_RECORDS: tuple[type[Snapshot], ...] = (
    Incident,
    Crime,
    NoCrime,
    Disposal,
    OffenderHistory,
    Referral,
    AsbReport,
    TrainingRecord,
    Call,
    ProtectionReport,
    Link,
    Assessment,
    Score,
    AuditReading,
)
"""The record on each source topic, feeds first."""

PEOPLES_RECORDS: tuple[type[Snapshot], ...] = (Link, Assessment, Score, AuditReading)
"""What people, or their models, say of records: no feeds, they hold no clock."""

POSSIBLE_FEEDS: tuple[str, ...] = tuple(record.TOPIC for record in SOURCE_RECORDS if record not in PEOPLES_RECORDS)
"""The feeds that a policy may name."""

FEEDS: tuple[str, ...] = tuple(topic for topic in POSSIBLE_FEEDS if topic != ProtectionReport.TOPIC)
"""The feeds of every force, unless a policy says otherwise."""

RECORD_BY_TOPIC: dict[str, type[Snapshot]] = {record.TOPIC: record for record in SOURCE_RECORDS}
