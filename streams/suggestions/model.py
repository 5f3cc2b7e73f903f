"""The model of links: how often a report agrees with its own crime, and with any other.

The numbers stand in ``model.toml`` beside this, with where they come from; ``python -m tests.bench.links train`` writes
them anew.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from math import exp, fsum, log
from typing import Annotated, NamedTuple

import msgspec

from streams.suggestions.comparison import LEVELS, Level

Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]


class LevelShares(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One level of a field."""

    m: Share
    """How often a report and its own crime agree so, of those that both state the field."""
    u: Share
    """How often a report and another crime do."""
    words: str


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the model's odds become probabilities: logit p = intercept + slope * logit of the model's."""

    prior: Share
    """The share of those searched for whose other half is there and linked to nothing."""
    intercept: float
    slope: Annotated[float, msgspec.Meta(gt=0)]

    def probability(self, weights: list[float], competing: int) -> list[float]:
        """Return how probable each of some pairs is, of which one at most is right.

        ``weights`` are their logarithms of likelihood ratios, ``competing`` how many others there are to choose from;
        those that are not among the pairs are like nothing, and only their number counts.
        """
        ratios = [exp(min(weight, _MOST)) for weight in weights]
        # An exact sum: the order in which pairs are found is that of arrival.
        none = (1 - self.prior) * max(competing, len(ratios)) / self.prior + fsum(ratios)
        return [self._calibrated(log(ratio / max(none - ratio, 1e-9))) for ratio in ratios]

    def _calibrated(self, log_odds: float) -> float:
        return 1 / (1 + exp(-(self.intercept + self.slope * max(min(log_odds, _MOST), -_MOST))))


class Weight(NamedTuple):
    """What one level says: the logarithm of how much more often it is seen of two that belong together."""

    log_ratio: float
    words: str


class LinkModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A versioned model, as its file states it."""

    version: str
    doubt: float
    """The logarithm of odds under which two records that cite one another are doubted to belong together."""
    least_probability: Share
    """A pair less probable than this is not suggested."""
    reports: Calibration
    """Of the crimes of a report that misses one."""
    crimes: Calibration
    """Of the reports of a crime that nobody reported."""
    levels: dict[str, dict[str, LevelShares]]

    def __post_init__(self) -> None:
        """Refuse a model of other fields or levels than are compared."""
        stated = {field: tuple(levels) for field, levels in self.levels.items()}
        if stated != dict(LEVELS):
            raise ValueError("levels: other fields or levels than are compared")

    def weights(self) -> dict[Level, Weight]:
        """Return what each level of each field says."""
        return {
            (field, name): Weight(log(level.m / level.u), level.words)
            for field, levels in self.levels.items()
            for name, level in levels.items()
        }


_MOST = 600.0
"""Beyond these log odds a probability is 0 or 1 in every decimal that is shown, and exp still has a value."""


def read_model(text: str) -> LinkModel:
    """Read a model's file.  Raises msgspec.ValidationError."""
    return msgspec.toml.decode(text, type=LinkModel)


@cache
def built_in() -> LinkModel:
    """Return the model that is shipped."""
    return read_model(files("streams.suggestions").joinpath("model.toml").read_text(encoding="utf-8"))


@cache
def built_in_weights() -> dict[Level, Weight]:
    """Return what each level says by the model that is shipped."""
    return built_in().weights()
