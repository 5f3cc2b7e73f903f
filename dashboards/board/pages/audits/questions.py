"""The questions about an audited record, each with its paragraph of the counting rules.

Headings and pages are those of the Home Office's Crime Recording Rules for Front line Officers and Staff, 2026/27;
the words are ours.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from streams.audits.frames import FRAMES, FrameName


class Citation(msgspec.Struct, frozen=True):
    """Where the counting rules say it."""

    heading: str
    pages: str


class Question(msgspec.Struct, frozen=True):
    """One question."""

    name: str
    """The column of the form that it fills."""
    kind: Literal["COUNT", "CLASSES", "YES_OR_NO", "CAUSE", "NOTE"]
    text: str
    guidance: str
    citations: tuple[Citation, ...]


_DECISION: Final = Citation("Victims must be told when a decision is taken not to record a crime", "page 10")
_CLASSIFICATION: Final = Citation("Classification and reclassification", "page 13")
_RELATED: Final = Citation("Crime Related Incidents", "pages 9 and 10")
_VICTIM_TOLD: Final = Question(
    "victim_told",
    "YES_OR_NO",
    "If no crime was recorded, was the victim or whoever reported it told?",
    "They are to be told of the decision not to record, and may appeal or add to what they said.",
    (_DECISION,),
)
_NOTE: Final = Question(
    "note",
    "NOTE",
    "Note",
    "What your answer rests on, for whoever reads after you. Name nobody.",
    (_DECISION,),
)
_OF_CRIMES: Final = (
    Question(
        "crimes_found",
        "COUNT",
        "How many crimes should have been recorded?",
        "Believe the victim, and whoever acts for one as a parent, carer or professional: a crime is to be recorded "
        "where it is more likely than not, and no credible evidence at hand speaks against it. Count one for each "
        "victim, and one for what the same offender did to the same victim before it was reported.",
        (
            Citation("The crime recording steps", "page 7"),
            Citation("Recording without victim confirmation", "pages 7 and 8"),
            Citation("How many crimes to record?", "page 12"),
        ),
    ),
    Question(
        "offence_classes",
        "CLASSES",
        "Of which classes?",
        "Of several types in one sequence with one victim and one offender, the gravest counts.",
        (Citation("The Principal Crime Rule", "pages 12 and 13"), _CLASSIFICATION),
    ),
    Question(
        "crimes_recorded",
        "COUNT",
        "How many of those are recorded?",
        "As crimes of this force. A crime related incident is not one, and what was recorded stays so unless it was "
        "rightly cancelled or transferred.",
        (Citation("Whether to record a crime?", "page 7"), _RELATED),
    ),
    Question(
        "in_time",
        "COUNT",
        "How many of those recorded were in time?",
        "On the day of the report, and within 24 hours of it at the latest; an investigation is no reason to wait.",
        (Citation("When to record?", "page 10"),),
    ),
    Question(
        "classified_right",
        "COUNT",
        "How many of those recorded are classified rightly?",
        "By what was known when they were recorded, or by a reclassification that the record justifies.",
        (_CLASSIFICATION,),
    ),
    _VICTIM_TOLD,
    Question(
        "cause",
        "CAUSE",
        "If a crime was not recorded, why?",
        "What led to it, as far as the record shows. A few circumstances allow a report to stay an incident.",
        (Citation("Incident reports", "page 6"), _RELATED),
    ),
    _NOTE,
)
_RIGHT: Final = {
    "N100": Question(
        "right",
        "YES_OR_NO",
        "Is it rightly a reported incident of rape, under the right code?",
        "It stays one while the victim has not confirmed it or cannot be traced, where credible evidence speaks "
        "against it, or where it belongs to another force; once confirmed it becomes a crime without delay.",
        (Citation("N100 Reported Incident of Rape", "page 63"),),
    ),
    "CANCELLATIONS": Question(
        "right",
        "YES_OR_NO",
        "Was the crime rightly cancelled or transferred?",
        "For one of the five reasons, on evidence that is written down, by somebody independent of the investigation "
        "who may decide it; and whoever is its victim was told before.",
        (
            Citation("Responsibility for decision making", "page 25"),
            Citation("Cancellation Categories", "pages 25 and 26"),
            Citation("Notifying victims and recording action taken", "page 26"),
        ),
    ),
    "DISPOSALS": Question(
        "right",
        "YES_OR_NO",
        "Was this outcome rightly given to its crime?",
        "A charge, a caution or an offence taken into consideration is an outcome of the principal crime only where it "
        "is for that crime.",
        (Citation("Principal Crime Related Offence Rule", "page 18"),),
    ),
}


def questions_of(frame: FrameName) -> tuple[Question, ...]:
    """Return the questions about a record of a frame."""
    if "RECORDED" in FRAMES[frame].measures:
        return _OF_CRIMES
    return (_RIGHT[frame], _VICTIM_TOLD, _NOTE)
