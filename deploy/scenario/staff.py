"""The staff of the scenario, and the courses they took.

HMIC found officers and the contact centre trained, and gaps in the volume crime units: an "evident gap in knowledge of
the NCRS by staff making crime-recording decisions", a lack of understanding of additional verifiable information in
robbery, and "no specific training" for those who review disposals.  Here those gaps are three people's:

- VCU04 and VCU05 never took AVI_ROBBERY; VCU05, new in May, has no NCRS or HOCR either (nobody else lacks those).
- REV03 was never trained in DISPOSALS, and REV04's training ran out on 30 April 2013.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deploy.scenario.period import DAY, END, FORCE, HOUR, MINUTE, START, between, local, seeded_random
from deploy.scenario.revisions import snapshots_of
from schemas.records import Snapshot, TrainingRecord
from schemas.vocabularies import Course, Millis


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A member of staff, by staff number."""

    staff_id: str
    role: str
    courses: tuple[Course, ...]


def _members(prefix: str, numbers: tuple[int, ...], role: str, *courses: Course) -> tuple[StaffMember, ...]:
    return tuple(StaffMember(f"{prefix}{number:0{6 - len(prefix)}d}", role, courses) for number in numbers)


RESPONSE: Final = _members("PC", tuple(range(1207, 1900, 29)), "RESPONSE_OFFICER", "NCRS", "HOCR")
HANDLERS: Final = _members("CH", tuple(range(301, 310)), "CALL_HANDLER", "NSIR", "NCRS", "HOCR")
"""Nine call handlers of the contact management centre, three to a team."""
INSPECTORS: Final = _members("INSP", (21, 34, 47), "CONTROL_ROOM_INSPECTOR", "NSIR", "NCRS")
DETECTIVES: Final = _members("DC", (811, 846, 872, 905, 933), "SPECIALIST_INVESTIGATOR", "NCRS")
SERGEANT: Final = StaffMember("PS0418", "RESPONSE_SERGEANT", ("NCRS", "HOCR"))
DETECTIVE_INSPECTOR: Final = StaffMember("DI0092", "DETECTIVE_INSPECTOR", ("NCRS", "HOCR"))
DETECTIVE_CHIEF_INSPECTOR: Final = StaffMember("DCI017", "DETECTIVE_CHIEF_INSPECTOR", ("NCRS", "HOCR"))

FCR: Final = StaffMember("FCR001", "FORCE_CRIME_REGISTRAR", ("NCRS", "HOCR", "NSIR", "AVI_ROBBERY"))
DEPUTY_FCR: Final = StaffMember("FCR002", "DEPUTY_FORCE_CRIME_REGISTRAR", ("NCRS", "HOCR", "AVI_ROBBERY"))
DDM_WITH_AVI: Final = (
    StaffMember("VCU01", "DESIGNATED_DECISION_MAKER", ("NCRS", "HOCR", "AVI_ROBBERY")),
    StaffMember("VCU02", "DESIGNATED_DECISION_MAKER", ("NCRS", "HOCR", "AVI_ROBBERY")),
    StaffMember("VCU03", "DESIGNATED_DECISION_MAKER", ("HOCR", "AVI_ROBBERY")),
)
DDM_WITHOUT_AVI: Final = StaffMember("VCU04", "DESIGNATED_DECISION_MAKER", ("NCRS", "HOCR"))
DDM_UNTRAINED: Final = StaffMember("VCU05", "DESIGNATED_DECISION_MAKER", ())
REVIEWERS: Final = (
    StaffMember("REV01", "DISPOSAL_REVIEWER", ("HOCR", "DISPOSALS")),
    StaffMember("REV02", "DISPOSAL_REVIEWER", ("NCRS", "DISPOSALS")),
)
REVIEWER_UNTRAINED: Final = StaffMember("REV03", "DISPOSAL_REVIEWER", ("NCRS", "HOCR"))
REVIEWER_LAPSED: Final = StaffMember("REV04", "DISPOSAL_REVIEWER", ("HOCR", "DISPOSALS"))

_LAPSED_ON: Final = local(-13)
_EVERYBODY: Final = (
    *RESPONSE,
    *HANDLERS,
    *INSPECTORS,
    *DETECTIVES,
    SERGEANT,
    DETECTIVE_INSPECTOR,
    DETECTIVE_CHIEF_INSPECTOR,
    FCR,
    DEPUTY_FCR,
    *DDM_WITH_AVI,
    DDM_WITHOUT_AVI,
    DDM_UNTRAINED,
    *REVIEWERS,
    REVIEWER_UNTRAINED,
    REVIEWER_LAPSED,
)


def training_records() -> list[Snapshot]:
    """Return everybody's courses, loaded at the start, and two in AVI_ROBBERY taken at the very end."""
    rng = seeded_random("training")
    records: list[Snapshot] = []
    for member in _EVERYBODY:
        for course in member.courses:
            completed_at = START - between(rng, 60 * DAY, 700 * DAY)
            expires_at = None
            if (member, course) == (REVIEWER_LAPSED, "DISPOSALS"):
                completed_at, expires_at = _LAPSED_ON - 730 * DAY, _LAPSED_ON
            elif course in {"NCRS", "HOCR"}:
                expires_at = completed_at + 1_095 * DAY  # three years: nobody's runs out before 2014
            loaded_at = START + len(records) * 1000
            records += _record(member, course, completed_at, expires_at, loaded_at)
    records += _record(DDM_WITHOUT_AVI, "AVI_ROBBERY", END - 19 * HOUR, None, END - 15 * MINUTE)
    records += _record(DDM_UNTRAINED, "AVI_ROBBERY", END - 19 * HOUR, None, END)
    return records


def _record(
    member: StaffMember, course: Course, completed_at: Millis, expires_at: Millis | None, saved_at: Millis
) -> list[TrainingRecord]:
    return snapshots_of(
        TrainingRecord(
            event_id=f"TRAINING {member.staff_id} {course}",
            force=FORCE,
            source="TRAINING",
            event_time=saved_at,
            staff_id=member.staff_id,
            role=member.role,
            course=course,
            completed_at=completed_at,
            expires_at=expires_at,
        )
    )
