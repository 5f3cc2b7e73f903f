"""How many records to read, and how many of each stratum.

The size is the smallest at which the 95 % interval is expected to be no wider than wanted.  Source: W. G. Cochran,
Sampling Techniques, 3rd ed. (1977), chapter 5 (Neyman allocation, sizes), for the residuals of section 6.11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, floor, sqrt
from typing import NamedTuple

from streams.audits.strata import FormerReadings, StratumSize
from streams.policy.audit_policy import AuditPolicy


class SampleSize(NamedTuple):
    """The size of a sample as a whole and by stratum."""

    total: int
    by_stratum: Mapping[str, int]
    """By name of the stratum, in the order of names; strata without records are not there."""
    neyman: bool
    """True where former rates decided the shares, False where the strata's populations alone did."""


class _Weighed(NamedTuple):
    """A stratum with what is expected of one reading in it."""

    stratum: StratumSize
    crimes: float
    """Crimes that one reading is expected to find (c)."""
    deviation: float
    """Standard deviation of a reading's residual (S)."""


def size_for_half_width(
    strata: Sequence[StratumSize], half_width: float, former: Mapping[str, FormerReadings], policy: AuditPolicy
) -> SampleSize:
    """Return the sample whose interval is expected to reach ``half_width`` (0 to 1) to either side.

    ``former`` is what the newest audit found, by stratum.  Raises ValueError for a half-width that is not above 0.
    """
    if half_width <= 0:
        raise ValueError(f"a half-width is above 0, not {half_width}")
    weighed, neyman = _weighed(strata, former, policy)
    total = sum(stratum.population for stratum, _, _ in weighed)
    if total == 0:
        return SampleSize(0, {}, neyman)
    crimes = sum(stratum.population / total * crimes for stratum, crimes, _ in weighed)
    variance = (half_width / policy.z) ** 2 * crimes**2
    squares = sum(stratum.population / total * deviation**2 for stratum, _, deviation in weighed)
    spread = (
        sum(stratum.population / total * deviation for stratum, _, deviation in weighed) ** 2 if neyman else squares
    )
    return _allocated(weighed, ceil(spread / (variance + squares / total)), policy, neyman=neyman)


def size_of(
    strata: Sequence[StratumSize], n: int, former: Mapping[str, FormerReadings], policy: AuditPolicy
) -> SampleSize:
    """Return a sample of ``n`` records: at least the smallest number of each stratum, at most all."""
    weighed, neyman = _weighed(strata, former, policy)
    return _allocated(weighed, n, policy, neyman=neyman)


def _weighed(
    strata: Sequence[StratumSize], former: Mapping[str, FormerReadings], policy: AuditPolicy
) -> tuple[list[_Weighed], bool]:
    """Return the strata that have records, and whether a former audit gives the rates of all of them."""
    there = sorted((stratum for stratum in strata if stratum.population), key=lambda stratum: stratum.name.encode())
    neyman = bool(there) and all(name in former and former[name].readings for name, _ in there)

    def weighed(stratum: StratumSize) -> _Weighed:
        share, crimes = policy.expected_recorded, policy.expected_crimes
        if neyman:
            rates = former[stratum.name]
            share, crimes = (rates.recorded + 0.5) / (rates.found + 1), (rates.found + 0.5) / (rates.readings + 1)
        return _Weighed(stratum, crimes, sqrt(crimes * share * (1 - share)))

    return [weighed(stratum) for stratum in there], neyman


def _allocated(weighed: Sequence[_Weighed], n: int, policy: AuditPolicy, *, neyman: bool) -> SampleSize:
    weights = {
        stratum.name: Fraction(stratum.population) * (Fraction(deviation) if neyman else 1)
        for stratum, _, deviation in weighed
    }
    by_stratum = allocate([stratum for stratum, _, _ in weighed], weights, n, policy.smallest_per_stratum)
    return SampleSize(sum(by_stratum.values()), by_stratum, neyman)


def allocate(strata: Sequence[StratumSize], weights: Mapping[str, Fraction], n: int, smallest: int) -> dict[str, int]:
    """Share ``n`` out by weight; each stratum gets at least ``smallest`` and at most all its records.

    ``n`` is brought within what those bounds allow.  What rounding down leaves goes to the largest remainders, ties by
    name.
    """
    most = {name: population for name, population in strata if population}
    least = {name: min(smallest, population) for name, population in most.items()}
    n = min(max(n, sum(least.values())), sum(most.values()))
    quotas = _quotas(n, weights, least, most)
    sizes = {name: floor(quota) for name, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda name: (sizes[name] - quotas[name], name.encode()))
    for name in by_remainder[: n - sum(sizes.values())]:
        sizes[name] += 1
    return {name: sizes[name] for name in sorted(sizes, key=str.encode)}


def _quotas(
    n: int, weights: Mapping[str, Fraction], least: Mapping[str, int], most: Mapping[str, int]
) -> dict[str, Fraction]:
    """Return each stratum's quota: those above their most are set to it, then those below their least."""
    fixed: dict[str, int] = {}
    while True:
        quotas = _shared_out(n - sum(fixed.values()), weights, [name for name in most if name not in fixed])
        above = [name for name, quota in quotas.items() if quota > most[name]]
        below = [name for name, quota in quotas.items() if quota < least[name]]
        if above:
            fixed |= {name: most[name] for name in above}
        elif below:
            fixed |= {name: least[name] for name in below}
            if sum(fixed.values()) + sum(least[name] for name in most if name not in fixed) > n:
                # Strata that are read whole leave too little for the others' least: share out anew what those leave.
                fixed = {name: size for name, size in fixed.items() if size == least[name]}
        else:
            return quotas | {name: Fraction(size) for name, size in fixed.items()}


def _shared_out(n: int, weights: Mapping[str, Fraction], names: Sequence[str]) -> dict[str, Fraction]:
    total = sum((weights[name] for name in names), Fraction(0))
    return {name: n * weights[name] / total for name in names}
