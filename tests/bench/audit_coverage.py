"""How often the audit's interval holds the truth: ``python -m tests.bench.audit_coverage``.

A month of a made-up force is drawn again and again: how many crimes each record discloses, and which of them are
recorded.  Each month a sample is allocated, drawn by digest and read as ``cdi audit`` does, and its interval compared
with the share of all the month's crimes, which only the simulation knows.  ``streams/audits/ESTIMATOR.md`` holds what
came of it.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping
from fractions import Fraction
from math import sqrt
from typing import Final, NamedTuple

from streams.audits.draw import draw, record_digest
from streams.audits.estimation import ReadPair, SampledStratum, estimate
from streams.audits.sizing import allocate
from streams.audits.strata import StratumSize
from streams.policy import PolicyBook

POLICY: Final = PolicyBook.built_in().audits


class Stratum(NamedTuple):
    """What the records of a stratum are like."""

    population: int
    one_crime: float
    """Share of records that disclose one crime."""
    two_crimes: float
    recorded: float
    """Share of those crimes that are recorded."""


MONTHS: Final[Mapping[str, Mapping[str, Stratum]]] = {
    "nearly all recorded (0.97)": {
        "VIOLENCE": Stratum(700, 0.80, 0.08, 0.97),
        "THEFT": Stratum(500, 0.85, 0.03, 0.98),
        "DOMESTIC": Stratum(300, 0.45, 0.10, 0.95),
        "CONCERN": Stratum(200, 0.10, 0.01, 0.90),
    },
    "as found in 2014 (0.79)": {
        "VIOLENCE": Stratum(700, 0.80, 0.08, 0.70),
        "THEFT": Stratum(500, 0.85, 0.03, 0.92),
        "DOMESTIC": Stratum(300, 0.45, 0.10, 0.85),
        "CONCERN": Stratum(200, 0.10, 0.01, 0.50),
    },
    "hidden in other logs (0.62)": {
        "ASB": Stratum(800, 0.12, 0.02, 0.30),
        "DOMESTIC": Stratum(400, 0.40, 0.10, 0.75),
        "CONCERN": Stratum(900, 0.06, 0.01, 0.20),
        "VIOLENCE": Stratum(200, 0.90, 0.10, 0.80),
    },
}
SIZES: Final = (120, 360)
_NORMAL: Final = 1.98
"""Student's t at 95 % for some 115 degrees of freedom: for the interval that the audit does not use."""


class Coverage(NamedTuple):
    """What came of some months."""

    months: int
    truth: float
    """Mean share recorded."""
    covered: int
    """Months whose interval holds that month's share."""
    covered_plainly: int
    """The same for the share plus and minus t standard errors."""
    half_width: float
    """Mean half-width of the interval."""
    bias: float
    """Mean of estimate less truth."""

    @property
    def share(self) -> float:
        """Return the share of months whose interval holds the truth."""
        return self.covered / self.months


def measure(strata: Mapping[str, Stratum], n: int, months: int, seed: int) -> Coverage:
    """Draw so many months, audit each with ``n`` readings, and compare."""
    dice = random.Random(f"{seed} {n}")
    sizes = [StratumSize(name, stratum.population) for name, stratum in strata.items()]
    weights = {name: Fraction(population) for name, population in sizes}
    allocated = allocate(sizes, weights, n, POLICY.smallest_per_stratum)
    covered = covered_plainly = 0
    truths = half_widths = biases = 0.0
    for month in range(months):
        audit_id = f"LEICS-INCIDENTS-{month}-{dice.getrandbits(32):08x}"
        records = {name: _records(dice, stratum) for name, stratum in strata.items()}
        everything = [pair for pairs in records.values() for pair in pairs]
        truth = sum(pair.right for pair in everything) / sum(pair.of for pair in everything)
        share = estimate([_read(audit_id, name, pairs, allocated[name]) for name, pairs in records.items()], POLICY.z)
        assert share.share is not None
        assert share.low is not None
        assert share.high is not None
        assert share.standard_error is not None
        covered += share.low <= truth <= share.high
        covered_plainly += abs(share.share - truth) <= _NORMAL * share.standard_error
        truths, biases = truths + truth, biases + share.share - truth
        half_widths += (share.high - share.low) / 2
    return Coverage(months, truths / months, covered, covered_plainly, half_widths / months, biases / months)


def _records(dice: random.Random, stratum: Stratum) -> list[ReadPair]:
    """Return a month's records of a stratum, as a reader without fault would read each."""
    pairs = []
    for _ in range(stratum.population):
        drawn = dice.random()
        of = 2 if drawn < stratum.two_crimes else 1 if drawn < stratum.two_crimes + stratum.one_crime else 0
        pairs.append(ReadPair(of, sum(dice.random() < stratum.recorded for _ in range(of))))
    return pairs


def _read(audit_id: str, name: str, pairs: list[ReadPair], n: int) -> SampledStratum:
    """Return the stratum with the readings of what is drawn of it."""
    by_digest = {record_digest(audit_id, "STORM", f"{name}-{index}"): pair for index, pair in enumerate(pairs)}
    return SampledStratum(name, len(pairs), tuple(by_digest[digest] for digest in draw(by_digest, n).digests))


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description="How often the audit's interval holds the truth.")
    parser.add_argument("--months", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2014)
    options = parser.parse_args()
    print(f"{options.months} months each, seed {options.seed}")  # noqa: T201
    for what, strata in MONTHS.items():
        for n in SIZES:
            found = measure(strata, n, options.months, options.seed)
            noise = sqrt(found.share * (1 - found.share) / found.months)
            print(  # noqa: T201
                f"{what:>28}, n {n:3}: covers {found.share:.1%} (sd of this figure {noise:.1%}), "
                f"share ± t·se {found.covered_plainly / found.months:.1%}, "
                f"half-width {found.half_width:.4f}, bias {found.bias:+.4f}, truth {found.truth:.4f}"
            )


if __name__ == "__main__":
    main()
