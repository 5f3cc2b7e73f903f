"""The share of crimes recorded in a frame, estimated from a stratified sample, with its interval.

A combined ratio estimate with linearised variance and finite population correction, and Wilson's interval at the
effective size.  ``ESTIMATOR.md`` derives it; its source is W. G. Cochran, Sampling Techniques, 3rd ed. (1977),
section 6.11, and for the interval E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212.
Sums are exact: they are of whole numbers and fractions, and rounded once, at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

from streams.facts.statistics import wilson_of_share


class ReadPair(NamedTuple):
    """What one reading found: of ``of`` things (crimes, records), ``right`` were as they should be."""

    of: int
    right: int


class SampledStratum(NamedTuple):
    """A stratum of the frame and its readings that are in."""

    name: str
    population: int | None
    """Records of the frame; None where it is unknown, so many that no correction is due."""
    readings: tuple[ReadPair, ...]

    @property
    def read_whole(self) -> bool:
        """Whether every record of the stratum is read."""
        return self.population is not None and len(self.readings) >= self.population


class ShareEstimate(NamedTuple):
    """A share estimated for a whole frame; all None where no reading found anything to judge."""

    share: float | None
    low: float | None
    high: float | None
    standard_error: float | None
    effective_size: float | None
    """How many independent observations would be worth as much (n*); None where all was read, or there is no share."""
    readings: int
    population: int | None
    left_out: tuple[str, ...]
    """Names of the strata that have records and no reading yet."""


def estimate(strata: Iterable[SampledStratum], z: float) -> ShareEstimate:
    """Estimate the share over strata together; ``z`` is the two-sided point of the normal distribution."""
    there = sorted(
        (stratum for stratum in strata if stratum.population != 0), key=lambda stratum: stratum.name.encode()
    )
    left_out = tuple(stratum.name for stratum in there if not stratum.readings)
    joined = join_single_readings([stratum for stratum in there if stratum.readings])
    readings = sum(len(stratum.readings) for stratum in joined)
    populations = [stratum.population for stratum in there]
    population = None if None in populations else sum(filter(None, populations))
    of, right = (sum(map(total, joined), Fraction(0)) for total in (_total_of, _total_right))
    if of == 0:
        return ShareEstimate(None, None, None, None, None, readings, population, left_out)
    share = right / of
    if not left_out and all(stratum.read_whole for stratum in joined):
        return ShareEstimate(float(share), float(share), float(share), 0.0, None, readings, population, left_out)
    variance = sum((_variance(stratum, share) for stratum in joined), Fraction(0)) / of**2
    observed = sum(pair.of for stratum in joined for pair in stratum.readings)
    effective_size = float(share * (1 - share) / variance) if variance else float(observed)
    low, high = wilson_of_share(float(share), effective_size, z)
    low, high = min(low, float(share)), max(high, float(share))  # not apart by a last digit
    return ShareEstimate(float(share), low, high, sqrt(variance), effective_size, readings, population, left_out)


def join_single_readings(strata: Sequence[SampledStratum]) -> list[SampledStratum]:
    """Join each stratum of one reading and more records to the next by name, the last to the former.

    One reading shows nothing of how much records of its stratum differ.
    """
    joined: list[SampledStratum] = []
    waiting: SampledStratum | None = None
    for stratum in strata:
        current = stratum if waiting is None else _join(waiting, stratum)
        waiting = current if len(current.readings) == 1 and not current.read_whole else None
        if waiting is None:
            joined.append(current)
    if waiting is not None:
        joined.append(_join(joined.pop(), waiting) if joined else waiting)
    return joined


def _join(first: SampledStratum, second: SampledStratum) -> SampledStratum:
    unknown = first.population is None or second.population is None
    population = None if unknown else (first.population or 0) + (second.population or 0)
    return SampledStratum(f"{first.name} + {second.name}", population, first.readings + second.readings)


def _weight(stratum: SampledStratum) -> Fraction:
    """Return how many records of the frame each reading stands for."""
    n = len(stratum.readings)
    return Fraction(n if stratum.population is None else stratum.population, n)


def _total_of(stratum: SampledStratum) -> Fraction:
    return _weight(stratum) * sum(pair.of for pair in stratum.readings)


def _total_right(stratum: SampledStratum) -> Fraction:
    return _weight(stratum) * sum(pair.right for pair in stratum.readings)


def _variance(stratum: SampledStratum, share: Fraction) -> Fraction:
    """Return the variance of the estimated total of a stratum's residuals."""
    n = len(stratum.readings)
    if n == 1 or stratum.read_whole:
        return Fraction(0)
    residuals = [(pair.right - share * pair.of, count) for pair, count in Counter(stratum.readings).items()]
    mean = sum((residual * count for residual, count in residuals), Fraction(0)) / n
    spread = sum(((residual - mean) ** 2 * count for residual, count in residuals), Fraction(0)) / (n - 1)
    weight = _weight(stratum)
    unread = 1 if stratum.population is None else 1 - 1 / weight
    return weight**2 * n * unread * spread


class YearlyNumber(NamedTuple):
    """Crimes a year; None where it cannot be said."""

    number: float | None
    low: float | None
    high: float | None


def unrecorded_a_year(recorded: int, share: ShareEstimate) -> YearlyNumber:
    """Return how many crimes a year go unrecorded where ``recorded`` a year are ``share`` of all."""
    return YearlyNumber(*(_missing(recorded, bound) for bound in (share.share, share.high, share.low)))


def _missing(recorded: int, share: float | None) -> float | None:
    return recorded * (1 / share - 1) if share else None
