"""What the staff do: courses taken, and calls handled."""

from __future__ import annotations

from schemas.records.snapshot import Snapshot
from schemas.vocabularies import Course, Millis, Word


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
