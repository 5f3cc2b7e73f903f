"""What is known across one force's calls: the dip sample, and the themes that reviews note."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from schemas.identifiers import CallRef, normalise
from schemas.records import Call
from streams.facts.dip_sample import DipSample, month_of
from streams.facts.themes import Emerging, ReviewedCall, ReviewedCalls
from streams.policy import Policy
from streams.policy.calendar import DAY


class CallReviews:
    """Which calls are chosen for review and which themes emerge, by the newest snapshots of calls."""

    def __init__(self, force: str, policy: Callable[[int], Policy]) -> None:
        self._policy = policy
        self._sample = DipSample(force)
        self._reviews = ReviewedCalls()
        self.emerging: dict[str, Emerging | None] = {}
        """The themes that were emerging at the last local midnight; None where only an alert on one was restored."""

    def check(self, call: Call) -> None:
        """Raise whatever taking a call in would raise."""
        self._sample.check(*_month(call), self._policy(call.handled_at).dip_sample_moments)
        _review(call, call.handled_at)

    def replace(self, before: Call | None, after: Call | None) -> set[CallRef]:
        """Replace a call's snapshot; return the calls that entered or left the dip sample by it.

        ``before`` None: the call is new.  ``after`` None: it is forgotten.
        """
        if before is not None and before.reviewed_at is not None:
            self._reviews.discard(_review(before, before.reviewed_at))
        if after is not None and after.reviewed_at is not None:
            self._reviews.add(_review(after, after.reviewed_at))
        if (
            before is not None
            and after is not None
            and (before.call_handler, before.handled_at) == (after.call_handler, after.handled_at)
        ):
            return set()
        months = {_month(call): call.handled_at for call in (before, after) if call is not None}
        chosen = self._chosen(months)
        if before is not None:
            self._sample.discard(normalise(before.call_handler), (before.handled_at, _ref(before)))
        if after is not None:
            self._sample.add(normalise(after.call_handler), (after.handled_at, _ref(after)))
        return chosen ^ self._chosen(months)

    def is_chosen(self, call: Call) -> bool:
        """Return whether a call is in the dip sample."""
        return _ref(call) in self._chosen({_month(call): call.handled_at})

    def months(self) -> Iterator[list[CallRef]]:
        """Yield the references of the calls of each handler's local month, the latest call first."""
        return self._sample.months()

    def _chosen(self, months: dict[tuple[str, str], int]) -> set[CallRef]:
        chosen: set[CallRef] = set()
        for (handler, month), moment in months.items():
            chosen |= self._sample.chosen(handler, month, self._policy(moment).dip_sample_moments)
        return chosen

    def judge_themes(self, midnight: int) -> set[str]:
        """Judge every theme at a local midnight; return those that are emerging then or were at the last one."""
        earlier = self.emerging.keys()
        self.emerging = dict(self._reviews.emerging(midnight, self._policy(midnight)))
        return set(earlier) | self.emerging.keys()

    def watches_themes(self, clock: int) -> bool:
        """Return whether a theme may be emerging, or stop emerging, at the next local midnight."""
        policy = self._policy(clock)
        window = (policy.theme_recent_days + policy.theme_baseline_days) * DAY
        return bool(self.emerging) or self._reviews.any_since(clock - window)


def _place(call: Call) -> tuple[str, int]:
    return call.call_handler, call.handled_at


def _ref(call: Call) -> CallRef:
    return CallRef(normalise(call.call_ref))


def _month(call: Call) -> tuple[str, str]:
    """Return whose call it was, and the local month."""
    return normalise(call.call_handler), month_of(call.handled_at)


def _review(call: Call, reviewed_at: int) -> ReviewedCall:
    themes = dict.fromkeys(theme for theme in map(normalise, call.themes) if theme)
    return ReviewedCall(reviewed_at, _ref(call), tuple(themes))
