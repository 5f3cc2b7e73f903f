"""The unlinked crime that probably is a report's, as far as it bears on whether the report hides one.

The probability of the queue stays what the facts of the report make it, and so does the order.  Whoever shows an entry
may say beside it that a crime is recorded that probably is the report's, and how probable it then is that it hides one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from schemas.identifiers import normalise
from schemas.products import Candidate, Review

ReportName: TypeAlias = tuple[str, str, str]
"""(force, system, normalised reference)."""


class ProbableCrime(NamedTuple):
    """A recorded crime that probably is a report's, though nothing links the two."""

    probability: float
    crime_ref: str

    def left(self, review: Review) -> float:
        """Return how probable it is that the report hides a crime all the same: that this one is another's."""
        return review.probability * (1 - self.probability)


def probable_crimes(candidates: Iterable[Candidate]) -> dict[ReportName, ProbableCrime]:
    """Return the most probable unlinked crime of each report, by suggestions for alerts and for crimes."""
    found: dict[ReportName, ProbableCrime] = {}
    for candidate in candidates:
        for record in candidate.records:
            if candidate.subject_system == "CIS":
                system, ref, crime_ref = record.system, record.ref, candidate.crime_ref
            else:
                system, ref, crime_ref = candidate.subject_system, candidate.subject_ref, record.ref
            name = candidate.force, system, normalise(ref)
            found[name] = max(found.get(name, _NONE), ProbableCrime(record.probability, crime_ref))
    return found


def probable_crime(review: Review, crimes: Mapping[ReportName, ProbableCrime]) -> ProbableCrime | None:
    """Return the crime that probably is the one of an entry's report."""
    return crimes.get((review.force, review.system, review.normalised_ref))


_NONE = ProbableCrime(0.0, "")
