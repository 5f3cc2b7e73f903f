"""How often theme-emerging speaks where nothing has changed: ``python -m tests.bench.theme_false_alarms``.

A made-up contact centre reviews calls for years on end, and every theme is heard at an unchanging rate.  Each local
midnight the rule's own judgement is asked, by the built-in policy; whatever it finds is a false alarm.
"""

from __future__ import annotations

import argparse
import random
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from streams.facts.themes import ReviewedCall, ReviewedCalls
from streams.policy import PolicyBook, calendar

SHARES: Final = {f"{percent} %": percent / 100 for percent in (1, 2, 5, 10, 20)}
"""Themes by the share of reviewed calls in which each is heard."""
A_WEEK: Final = {"20 handlers": 14, "60 handlers": 42, "200 handlers": 139}
"""Calls reviewed a week: three a month for each handler of a small, a middling and a large contact centre."""
_START: Final = calendar.local_midnight(2016, 1, 1)


class Measured(NamedTuple):
    """What was found of one theme."""

    midnights: int
    """How often it was judged, with full weeks behind it."""
    flagged: int
    """Midnights at which it was found emerging."""
    alerts: int
    """Times it was found and had not been the midnight before: what an alert is raised or breached again for."""

    @property
    def rate(self) -> float:
        """Return the share of midnights at which it was found."""
        return self.flagged / self.midnights

    @property
    def a_year(self) -> float:
        """Alerts a year."""
        return self.alerts / (self.midnights / 365.25)


def measure(years: int, a_week: int, seed: int, shares: Mapping[str, float] = SHARES) -> dict[str, Measured]:
    """Review calls for so many years, and count what is found of each theme."""
    dice = random.Random(f"{seed} {a_week}")
    book = PolicyBook.built_in()
    settings = book.at(_START)
    window = (settings.theme_recent_days + settings.theme_baseline_days) * calendar.DAY
    reviews = ReviewedCalls()
    waiting: deque[ReviewedCall] = deque()
    flagged, alerts = dict.fromkeys(shares, 0), dict.fromkeys(shares, 0)
    before: set[str] = set()
    midnights = 0
    for midnight in calendar.midnights_between(_START, _START + int(years * 365.25) * calendar.DAY + window):
        for review in _day(dice, midnight, a_week / 7, shares):
            reviews.add(review)
            waiting.append(review)
        while waiting and waiting[0].reviewed_at <= midnight - window:
            reviews.discard(waiting.popleft())
        if midnight <= _START + window:
            continue
        midnights += 1
        emerging = reviews.emerging(midnight, settings).keys()
        for theme in emerging:
            flagged[theme] += 1
            alerts[theme] += theme not in before
        before = set(emerging)
    return {theme: Measured(midnights, flagged[theme], alerts[theme]) for theme in shares}


def _day(dice: random.Random, midnight: int, how_many: float, shares: Mapping[str, float]) -> Iterator[ReviewedCall]:
    """Yield the reviews of the day before a midnight, in order of time."""
    today = int(how_many) + (dice.random() < how_many % 1)
    for reviewed_at in sorted(midnight - dice.randrange(calendar.DAY - calendar.HOUR) for _ in range(today)):
        themes = tuple(theme for theme, share in shares.items() if dice.random() < share)
        yield ReviewedCall(reviewed_at, f"K-{dice.getrandbits(48):012x}", themes)


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description="How often theme-emerging speaks where nothing has changed.")
    parser.add_argument("--years", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2014)
    options = parser.parse_args()
    print(f"{options.years} years each, seed {options.seed}; every alert below is a false one")  # noqa: T201
    for centre, a_week in A_WEEK.items():
        for theme, alarms in measure(options.years, a_week, options.seed).items():
            print(  # noqa: T201
                f"{centre:>12}, {a_week:3} reviews a week, theme in {theme:>4} of them: "
                f"found at {alarms.rate:8.4%} of midnights, {alarms.a_year:5.2f} alerts a year"
            )


if __name__ == "__main__":
    main()
