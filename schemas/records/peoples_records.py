"""What people, or their models, say of records: links, assessments, scores and audit readings."""

from __future__ import annotations

from schemas.records.snapshot import Snapshot
from schemas.vocabularies import (
    AssessorRole,
    Count32,
    JudgedSystem,
    LeftSystem,
    Millis,
    OffenceClass,
    Probability,
    Reader,
    UnrecordedCause,
    Word,
)


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
