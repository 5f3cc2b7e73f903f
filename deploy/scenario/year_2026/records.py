"""The records of an invented force, as its systems save them.

Each begins as one in order, and a story changes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from deploy.scenario.revisions import Revision, snapshots_of
from schemas.records import Assessment, Crime, Incident, ProtectionReport, TrainingRecord
from schemas.vocabularies import AssessorRole, Course, JudgedSystem, Millis
from streams.policy.calendar import LONDON, MINUTE

FORCE: Final = "FENSHIRE"
OFFICER: Final = "PC-2207"
DECISION_MAKER: Final = "DDM-14"
REGISTRAR: Final = "FCR-1"
SERGEANT: Final = "PS-0631"
_TRAINED: Final[tuple[tuple[str, str, Course], ...]] = (
    (OFFICER, "OFFICER", "NCRS"),
    (DECISION_MAKER, "DDM", "HOCR"),
    (SERGEANT, "SERGEANT", "DISPOSALS"),
)
_CODES: Final = {
    "CRIMINAL_DAMAGE": "058/00",
    "HOMICIDE": "001/01",
    "RAPE": "019/08",
    "ROBBERY": "034/01",
    "SEXUAL": "020/05",
    "THEFT": "046/00",
    "VIOLENCE": "105/01",
    "WEAPONS": "008/26",
}
"""A Home Office code of each class."""


def at(day: int, month: int, hour: int = 9, minute: int = 0) -> Millis:
    """Return the moment (ms) of a local time in 2026."""
    return round(datetime(2026, month, day, hour, minute, tzinfo=LONDON).astimezone(UTC).timestamp()) * 1000


def training(end: Millis) -> Iterator[TrainingRecord]:
    """Yield who was trained for what: loaded before all else, and once more at the ``end`` (ms)."""
    for staff_id, role, course in _TRAINED:
        record = TrainingRecord(
            event_id=f"TRAINING {staff_id}",
            force=FORCE,
            source="TRAINING",
            event_time=at(1, 4, 7),
            staff_id=staff_id,
            role=role,
            course=course,
            completed_at=at(12, 1),
        )
        yield from snapshots_of(record, [(end, {})])


def incident(ref: str, reported_at: Millis, *revisions: Revision, **fields: object) -> tuple[Incident, ...]:
    """Return the snapshots of a victim's telephone call about violence, to which an officer was sent."""
    first = Incident(
        event_id=f"STORM {ref}",
        force=FORCE,
        source="STORM",
        event_time=reported_at + 2 * MINUTE,
        incident_ref=ref,
        reported_at=reported_at,
        channel="PHONE",
        reporter="VICTIM",
        opening_code="VIOLENCE-AGAINST-THE-PERSON",
        status="OPEN",
        officer_dispatched=True,
        team="RESPONSE-1",
    )
    return tuple(snapshots_of(replace(first, **fields), revisions))


def crime(
    ref: str, recorded_at: Millis, offence_class: str, *revisions: Revision, **fields: object
) -> tuple[Crime, ...]:
    """Return the snapshots of a crime that the officer who attended recorded."""
    first = Crime(
        event_id=f"CIS {ref}",
        force=FORCE,
        source="CIS",
        event_time=recorded_at,
        crime_ref=ref,
        recorded_at=recorded_at,
        offence_code=_CODES.get(offence_class, ""),
        offence_class=offence_class,
        status="RECORDED",
        recorded_by=OFFICER,
        recorded_by_role="ATTENDING_OFFICER",
        team="RESPONSE-1",
    )
    return tuple(snapshots_of(replace(first, **fields), revisions))


def protection_report(
    ref: str, received_at: Millis, *revisions: Revision, **fields: object
) -> tuple[ProtectionReport, ...]:
    """Return the snapshots of a hospital's report about a child who was hurt."""
    first = ProtectionReport(
        event_id=f"PPN {ref}",
        force=FORCE,
        source="PPN",
        event_time=received_at + 5 * MINUTE,
        report_ref=ref,
        received_at=received_at,
        kind="HOSPITAL",
        agency="NHS",
        agency_sector="PUBLIC",
        reporter="PROFESSIONAL",
        vulnerable=("CHILD",),
        crimes_expected=1,
        offence_class="VIOLENCE",
    )
    return tuple(snapshots_of(replace(first, **fields), revisions))


def closed(moment: Millis, closing_code: str | None = None, **fields: object) -> Revision:
    """Close an incident: the changes of that snapshot."""
    return moment, {"status": "CLOSED", "closed_at": moment, "closing_code": closing_code, **fields}


def assessment(
    system: JudgedSystem, ref: str, assessed_at: Millis, role: AssessorRole, rationale: str, **fields: object
) -> Assessment:
    """Return what a person judged of a record, on the board or by ``cdi assess``."""
    first = Assessment(
        event_id=f"ASSESSED {ref}",
        force=FORCE,
        source="cdi",
        event_time=assessed_at,
        system=system,
        ref=ref,
        assessed_by=f"{role}-1",
        assessed_role=role,
        assessed_at=assessed_at,
        rationale=rationale,
    )
    return replace(first, **fields)
