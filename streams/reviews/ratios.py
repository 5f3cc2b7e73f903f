"""The evidence that a report itself shows, and what is said of each kind of evidence."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from schemas.vocabularies import SPEAKING_FOR_VICTIMS
from streams.policy.codes import CodeList
from streams.policy.review_policy import RatioName, ReviewPolicy


class OwnFacts(NamedTuple):
    """What a report shows besides its key."""

    qualifiers: tuple[str, ...] = ()
    reporter: str | None = None
    """VICTIM, PARENT_CARER or PROFESSIONAL count; a referral's or protection report's reporter is a professional."""
    officer_dispatched: bool | None = None
    repeat: RatioName | None = None
    """``repeat_pair`` or ``repeat_victim``."""


@lru_cache(maxsize=4096)
def own_ratios(facts: OwnFacts, vulnerable_qualifiers: CodeList) -> tuple[RatioName, ...]:
    """Return the likelihood ratios of a report's own facts; what is absent adds none."""
    names: list[RatioName] = []
    if any(map(vulnerable_qualifiers.holds, facts.qualifiers)):
        names.append("vulnerable")
    if facts.reporter in SPEAKING_FOR_VICTIMS:
        names.append("reporter")
    if facts.officer_dispatched is False:
        names.append("no_officer")
    if facts.repeat is not None:
        names.append(facts.repeat)
    return tuple(names)


def reasons(names: Iterable[RatioName], policy: ReviewPolicy) -> tuple[str, ...]:
    """Return in words what speaks for an unrecorded crime."""
    return tuple(_WORDS[name].format(least=policy.repeat_least, days=policy.repeat_days) for name in names)


def prior_reasons(opening: str, crimes: int, none: int) -> tuple[str, ...]:
    """Return in words what a prior rests on: its family, and what was judged of reports like it."""
    family = f"opened as {opening.replace('_', ' ').lower()}"
    judged = crimes + none
    if not judged:
        return (family,)
    reports = "report" if judged == 1 else "reports"
    return family, f"of {judged} {reports} like it that were judged, {crimes} disclosed a crime"


def score_reason(before: float, after: float) -> tuple[str, ...]:
    """Return in words which way a model's score moved a report's log odds."""
    if after == before:
        return ()
    return (f"a model's score moves it {'up' if after > before else 'down'}",)


_WORDS: Final[dict[RatioName, str]] = {
    "crime_closed_as_none": "opened as a crime and closed as none",
    "report_closed_as_no_report": "opened as a report and closed as no report",
    "unverified": "its disposition or decision cannot be verified",
    "vulnerable": "somebody vulnerable is involved",
    "reporter": "reported by the victim or somebody who speaks for the victim",
    "no_officer": "no officer was sent",
    "repeat_pair": "the same victim and suspect in {least} or more reports or crimes within {days} days",
    "repeat_victim": "the same victim in {least} or more reports or crimes within {days} days",
}
