"""Themes in reviewed calls: whether reviewers note one more often lately than before, over all teams.

HMIC 2014, 2.1: "an absence of supervisors checking for common trends across the workforce".
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from schemas.identifiers import normalise
from schemas.records import Call
from streams.facts.record import Record, version
from streams.facts.statistics import fisher_one_sided
from streams.policy import Policy
from streams.policy.calendar import DAY


class ReviewedCall(NamedTuple):
    """One reviewed call."""

    reviewed_at: int
    call_ref: str
    themes: tuple[str, ...]
    """Normalised, each once."""


class Emerging(NamedTuple):
    """How often a theme was noted in the recent calls and in those before."""

    recent: int
    of_recent: int
    before: int
    of_before: int
    p: float
    """Of Fisher's exact test, one-sided."""


class ReviewedCalls:
    """Every reviewed call, in order of when it was reviewed."""

    __slots__ = ("_reviews",)

    def __init__(self) -> None:
        self._reviews: list[ReviewedCall] = []

    def add(self, review: ReviewedCall) -> None:
        """Add a review."""
        insort(self._reviews, review)

    def discard(self, review: ReviewedCall) -> None:
        """Remove a review: its call has another snapshot now, or is forgotten."""
        position = bisect_right(self._reviews, review) - 1
        if position >= 0 and self._reviews[position] == review:
            del self._reviews[position]

    def any_since(self, moment: int) -> bool:
        """Return whether a call was reviewed after ``moment`` (ms)."""
        return bool(self._reviews) and self._reviews[-1].reviewed_at > moment

    def emerging(self, midnight: int, policy: Policy) -> dict[str, Emerging]:
        """Return the themes whose share of recent calls is above that before, as of a local midnight.

        Recent are the calls reviewed in the ``theme_recent_days`` up to and including midnight; before, those in the
        ``theme_baseline_days`` up to where the recent ones start.
        """
        recent_after = midnight - policy.theme_recent_days * DAY
        recent = self._between(recent_after, midnight)
        before = self._between(recent_after - policy.theme_baseline_days * DAY, recent_after)
        counts = Counter(theme for review in recent for theme in review.themes)
        earlier = Counter(theme for review in before for theme in review.themes)
        emerging = {}
        for theme, count in sorted(counts.items()):
            if count < policy.theme_minimum_calls:
                continue
            p = fisher_one_sided(count, len(recent) - count, earlier[theme], len(before) - earlier[theme])
            if p < policy.theme_p:
                emerging[theme] = Emerging(count, len(recent), earlier[theme], len(before), p)
        return emerging

    def _between(self, after: int, through: int) -> list[ReviewedCall]:
        low = bisect_right(self._reviews, after, key=_reviewed_at)
        return self._reviews[low : bisect_right(self._reviews, through, lo=low, key=_reviewed_at)]


def as_written(theme: str, calls: Iterable[Record[Call]]) -> str:
    """Return a theme as the first snapshot that notes it writes it; normalised where none does."""
    spellings = (
        (version(snapshot), normalise(snapshot.call_ref), written)
        for call in calls
        for snapshot in call.effective
        for written in snapshot.themes
        if normalise(written) == theme
    )
    first = min(spellings, key=lambda spelling: spelling[:2], default=None)
    return theme if first is None else first[2]


def _reviewed_at(review: ReviewedCall) -> int:
    return review.reviewed_at
