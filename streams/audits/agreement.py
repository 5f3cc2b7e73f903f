"""How far two readers of the same records agree.

J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960), 37-46.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from streams.audits.outcomes import Outcome


class DoubleReading(NamedTuple):
    """The outcomes that two readers found of one record, and whether their readings differ."""

    first: Outcome
    second: Outcome
    differ: bool


class Agreement(NamedTuple):
    """How far the readings of records that were read twice agree."""

    read_twice: int
    alike: int
    """Of those, read alike in everything."""
    share: float | None
    """None where nothing was read twice."""
    kappa: float | None
    """Cohen's kappa over the outcomes; None where chance alone would have them agree always."""


def agreement(readings: Iterable[DoubleReading]) -> Agreement:
    """Return how far two readers agree."""
    readings = list(readings)
    alike = sum(not reading.differ for reading in readings)
    share = alike / len(readings) if readings else None
    return Agreement(len(readings), alike, share, _kappa(readings))


def _kappa(readings: list[DoubleReading]) -> float | None:
    if not readings:
        return None
    n = len(readings)
    first, second = Counter(reading.first for reading in readings), Counter(reading.second for reading in readings)
    observed = Fraction(sum(reading.first == reading.second for reading in readings), n)
    expected = Fraction(sum(count * second[outcome] for outcome, count in first.items()), n * n)
    return None if expected == 1 else float((observed - expected) / (1 - expected))
