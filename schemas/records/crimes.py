"""What is recorded as a crime, and what becomes of it: decisions, disposals, offenders' histories."""

from __future__ import annotations

import msgspec

from schemas.records.snapshot import Snapshot
from schemas.vocabularies import (
    ClosureReviewerRole,
    Count32,
    Count64,
    CrimeStatus,
    DeciderRole,
    DisposalKind,
    HistoryKind,
    Millis,
    NoCrimeReason,
    OffenceClass,
    OutcomeRole,
    RecorderRole,
    Route,
    Word,
)


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
