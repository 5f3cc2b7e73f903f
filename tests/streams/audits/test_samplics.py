"""The estimate beside another program's: ``samplics`` weighs the same stratified sample to the same share and error."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest

from streams.audits.estimation import ReadPair, SampledStratum, estimate
from streams.policy import PolicyBook

Z = PolicyBook.built_in().audits.z


def by_samplics(strata: list[SampledStratum]) -> tuple[float, float]:
    """Return the combined ratio and its standard error (Taylor linearisation), as samplics has them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says on import that another package follows on it
        from samplics.estimation import TaylorEstimator
        from samplics.utils.types import PopParam

    rows = [
        (stratum.name, stratum.population / len(stratum.readings), float(pair.of), float(pair.right))
        for stratum in strata
        if stratum.population is not None
        for pair in stratum.readings
    ]
    names, weights, of, right = map(np.array, zip(*rows, strict=True))
    unread = {stratum.name: 1 - len(stratum.readings) / (stratum.population or 1) for stratum in strata}
    estimator = TaylorEstimator(PopParam.ratio)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.estimate(y=right, x=of, samp_weight=weights, stratum=names, fpc=unread)
    return float(estimator.point_est), float(estimator.stderror)


def sample(dice: random.Random) -> list[SampledStratum]:
    """Return a made-up sample of two to five strata."""
    strata = []
    for name in "ABCDE"[: dice.randint(2, 5)]:
        crimes = [dice.choice((0, 1, 1, 1, 2, 3)) for _ in range(dice.randint(2, 60))]
        recorded = dice.uniform(0.3, 0.95)
        readings = tuple(ReadPair(of, sum(dice.random() < recorded for _ in range(of))) for of in crimes)
        strata.append(SampledStratum(name, len(readings) + dice.randint(0, 500), readings))
    return strata


@pytest.mark.parametrize("seed", range(12))
def test_share_and_standard_error_are_those_of_samplics(seed: int) -> None:
    """Of any sample, to nine digits."""
    strata = sample(random.Random(seed))
    ours = estimate(strata, Z)
    assert (ours.share, ours.standard_error) == pytest.approx(by_samplics(strata), rel=1e-9)
