"""The outcome of an audited record, in the one vocabulary that every audit result uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

from schemas.identifiers import normalise

Outcome = Literal["COMPLIANT", "NOT_RECORDED", "LATE", "MISCLASSIFIED", "NOT_A_CRIME_RIGHTLY"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
IN_ORDER: Final[frozenset[Outcome]] = frozenset({"COMPLIANT", "NOT_A_CRIME_RIGHTLY"})
"""The outcomes of a record with which nothing was wrong."""

_FORMER_WORDS: Final[Mapping[str, Outcome]] = {
    "RIGHTLY-RECORDED": "COMPLIANT",
    "NO-CRIME-DISCLOSED": "NOT_A_CRIME_RIGHTLY",
    "CRIME-MISSED": "NOT_RECORDED",
    "WRONG-CLASS": "MISCLASSIFIED",
}
_BY_WORD: Final[Mapping[str, Outcome]] = {
    **{normalise(outcome): outcome for outcome in OUTCOMES},
    **_FORMER_WORDS,
}


def outcome_of(crimes_found: int, crimes_recorded: int, in_time: int, classified_right: int) -> Outcome:
    """Return the outcome that a reading's numbers amount to: the gravest fault, or none."""
    if crimes_recorded < crimes_found:
        return "NOT_RECORDED"
    if crimes_found == 0:
        return "NOT_A_CRIME_RIGHTLY"
    if in_time < crimes_recorded:
        return "LATE"
    if classified_right < crimes_recorded:
        return "MISCLASSIFIED"
    return "COMPLIANT"


def read_outcome(text: str) -> Outcome | None:
    """Return the outcome that a word stands for, words used before included; None for any other word."""
    return _BY_WORD.get(normalise(text))
