"""A figure of a report: a share with its interval, or the bounds of one that cannot be known."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from streams.facts.context import Context
from streams.facts.statistics import wilson

Basis = Literal["LINKAGE", "AUDITED"]


class Period(NamedTuple):
    """From one moment (ms) up to, not including, another."""

    start: int
    end: int

    def holds(self, moment: int) -> bool:
        """Return whether ``moment`` falls in the period."""
        return self.start <= moment < self.end


ALWAYS: Final = Period(-(1 << 62), 1 << 62)
"""The period without a beginning or an end."""


class Bounds(NamedTuple):
    """Between what a share lies whose every record cannot be known."""

    at_least: float
    at_most: float

    def in_words(self) -> str:
        """Return the bounds as percentages; one of them where they do not differ."""
        least, most = f"{self.at_least:.1%}", f"{self.at_most:.1%}"
        return f"{least} in any case" if least == most else f"between {least} and {most}"


class Figure(NamedTuple):
    """One line of the report: how many, of how many looked at, and of how many nobody can say."""

    label: str
    found: int
    of: int
    basis: Basis = "LINKAGE"
    share: bool = True
    """False where ``found`` is a number in its own right (crimes in incidents), not a share of ``of``."""
    not_known: int = 0
    bounds: Bounds | None = None
    """Set where too much is not known for a share."""
    unknowns: str = "reports"
    """What those are that are not known."""

    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % Wilson interval of the share, or None where there is none."""
        return wilson(self.found, self.of) if self.share and self.of and self.bounds is None else None


def share_figure(label: str, found: int, of: int, not_known: int, most: Fraction, unknowns: str = "reports") -> Figure:
    """Return the figure of a share; between what it lies, where too many of all are not known."""
    bounds = None
    if not_known > most * (of + not_known):
        bounds = bounds_of(found, found + not_known, of + not_known)
    return Figure(label, found, of, not_known=not_known, bounds=bounds, unknowns=unknowns)


def bounds_of(least: int, most: int, of: int, besides: int = 0) -> Bounds | None:
    """Return between what a share lies; ``besides`` may belong to ``of``, and are not found then."""
    return Bounds(least / (of + besides), most / of if of else 1.0) if of + besides else None


def not_known_most(contexts: Iterable[Context]) -> Fraction:
    """Return how much of all may be not known where a share is still given."""
    return min((context.policy(context.clock).not_known_most for context in contexts), default=Fraction(0))
