"""Who was trained in what, and when: the courses behind a decision.

HMIC 2014, recommendation 5: "an adequate system of training in crime recording for all police officers and police
staff who are responsible for making crime-recording decisions".
"""

from __future__ import annotations

from schemas.identifiers import StaffId, normalise
from schemas.records import NoCrime
from streams.facts.context import Context

RECORDING_COURSES = frozenset({"NCRS", "HOCR"})
ROBBERY_NO_CRIME_COURSES = frozenset({"AVI_ROBBERY"})
REVIEW_COURSES = frozenset({"DISPOSALS"})


def courses_for_no_crime(decision: NoCrime) -> frozenset[str]:
    """Return the courses of which the maker of a no-crime decision must hold one."""
    return ROBBERY_NO_CRIME_COURSES if decision.offence_class == "ROBBERY" else RECORDING_COURSES


def is_trained(staff_id: str | None, courses: frozenset[str], decided_at: int, context: Context) -> bool:
    """Return whether staff held an unexpired record of one of ``courses`` at ``decided_at`` (ms).

    A record holds from completed_at through expires_at, both included.  What the training system says now of that
    moment counts, whenever it was entered.  Where nobody is named, nobody was trained.
    """
    staff = StaffId(normalise(staff_id or ""))
    if not staff:
        return False
    records = context.facts.training.get(staff, {}).values()
    return any(
        training.course in courses
        and training.completed_at <= decided_at
        and (training.expires_at is None or decided_at <= training.expires_at)
        for training in [record.newest for record in records if record.effective_count]
    )
