"""The register of calls of one force: the dip sample over them, and the themes their reviews note."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from schemas.identifiers import normalise
from schemas.records import Call
from streams.facts.dip_sample import DipSample, month_of
from streams.facts.themes import Emerging, Review, Reviews
from streams.policy import Policy
from streams.policy.calendar import DAY


class CallReviews:
    """What is known across calls, kept up as each call's newest snapshot changes."""

    def __init__(self, force: str, policy: Callable[[int], Policy]) -> None:
        self._policy = policy
        self._sample = DipSample(force)
        self._reviews = Reviews()
        self.emerging: dict[str, Emerging | None] = {}
        """The themes found emerging at the last local midnight; None where only the alert that says so was kept."""

    def replace(self, ref: str, before: Call | None, after: Call | None) -> set[str]:
        """Take in what a call says now; return the calls that are chosen for the dip sample now and were not, or were.

        ``after`` None: the call is forgotten.
        """
        if before is not None and before.reviewed_at is not None:
            self._reviews.discard(_review(ref, before, before.reviewed_at))
        if after is not None and after.reviewed_at is not None:
            self._reviews.add(_review(ref, after, after.reviewed_at))
        if before is not None and after is not None and _place(before) == _place(after):
            return set()
        months = {_month(said): said.handled_at for said in (before, after) if said is not None}
        chosen = self._chosen(months)
        if before is not None:
            self._sample.discard(normalise(before.call_handler), (before.handled_at, ref))
        if after is not None:
            self._sample.add(normalise(after.call_handler), (after.handled_at, ref))
        return chosen ^ self._chosen(months)

    def is_chosen(self, ref: str, said: Call) -> bool:
        """Say whether a call is in the dip sample."""
        return ref in self._chosen({_month(said): said.handled_at})

    def months(self) -> Iterator[list[str]]:
        """Yield the references of the calls of each handler's local month, the latest call first."""
        return self._sample.months()

    def _chosen(self, months: dict[tuple[str, str], int]) -> set[str]:
        chosen: set[str] = set()
        for (handler, month), moment in months.items():
            chosen |= self._sample.chosen(handler, month, self._policy(moment).dip_sample_moments)
        return chosen

    def judge_themes(self, midnight: int) -> set[str]:
        """Judge every theme at a local midnight; return those found emerging then or at the last one."""
        earlier = self.emerging.keys()
        self.emerging = dict(self._reviews.emerging(midnight, self._policy(midnight)))
        return set(earlier) | self.emerging.keys()

    def watches_themes(self, clock: int) -> bool:
        """Say whether the next local midnight may find anything, or clear anything."""
        policy = self._policy(clock)
        window = (policy.theme_recent_days + policy.theme_baseline_days) * DAY
        return bool(self.emerging) or self._reviews.any_since(clock - window)


def _place(said: Call) -> tuple[str, int]:
    return said.call_handler, said.handled_at


def _month(said: Call) -> tuple[str, str]:
    return normalise(said.call_handler), month_of(said.handled_at)


def _review(ref: str, said: Call, reviewed_at: int) -> Review:
    themes = dict.fromkeys(theme for theme in map(normalise, said.themes) if theme)
    return Review(reviewed_at, ref, tuple(themes))
