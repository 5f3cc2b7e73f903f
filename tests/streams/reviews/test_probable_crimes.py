"""A recorded crime that probably is a report's: said beside the report's probability, which stays what it is."""

from __future__ import annotations

import pytest

from schemas.products import Candidate, ProbableRecord, Review
from streams.reviews.probable_crimes import ProbableCrime, probable_crime, probable_crimes

REVIEW = Review(
    force="LEICS",
    system="STORM",
    ref="I/1",
    normalised_ref="I-1",
    reported_at=0,
    due_at=0,
    probability=0.4,
    status="WAITING",
)


def candidate(system: str, ref: str, crime_ref: str, probability: float, *records: ProbableRecord) -> Candidate:
    """Return what is suggested for an alert, or for a crime that nobody reported."""
    return Candidate(
        alert_id=f"{system} {ref}",
        force="LEICS",
        subject_system=system,  # type: ignore[arg-type]
        subject_ref=ref,
        crime_ref=crime_ref,
        probability=probability,
        probable=records,
    )


def test_the_most_probable_crime_of_a_report_is_named_from_either_side() -> None:
    """Whether it was suggested for the crime or for the report's alert, by a former release too."""
    of_crime = candidate("CIS", "C-1", "C-1", 0.7, ProbableRecord(system="STORM", ref="I/1", probability=0.7))
    assert probable_crimes([of_crime]) == {("LEICS", "STORM", "I-1"): ProbableCrime(0.7, "C-1")}
    of_alert = candidate("STORM", "i 1", "C-2", 0.9)
    assert probable_crime(REVIEW, probable_crimes([of_alert, of_crime])) == ProbableCrime(0.9, "C-2")
    assert probable_crime(REVIEW, {}) is None


def test_a_probable_crime_lowers_what_the_report_may_hide() -> None:
    """By as much as it is probable; the entry's own probability is untouched."""
    assert ProbableCrime(0.75, "C-1").left(REVIEW) == pytest.approx(0.1)
    assert REVIEW.probability == 0.4
