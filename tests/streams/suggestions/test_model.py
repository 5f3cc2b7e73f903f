"""The model of links as its file states it, and what its numbers come to."""

from __future__ import annotations

from importlib.resources import files

import msgspec
import pytest

from streams.suggestions.comparison import LEVELS
from streams.suggestions.model import Calibration, built_in, built_in_weights, read_model

TEXT = files("streams.suggestions").joinpath("model.toml").read_text(encoding="utf-8")


def test_every_level_that_is_compared_has_numbers_and_words() -> None:
    """No level is without a weight, and agreement speaks for a pair."""
    weights = built_in_weights()
    assert set(weights) == {(field, name) for field, names in LEVELS.items() for name in names}
    assert all(weights[field, names[0]].log_ratio > 0 for field, names in LEVELS.items() if field != "recorded")
    assert all(weight.words for weight in weights.values())


def test_the_levels_of_a_field_are_all_there_is() -> None:
    """Among those that state it, m and u each sum to one, as far as the bounds let them."""
    for levels in built_in().levels.values():
        assert sum(level.m for level in levels.values()) == pytest.approx(1, abs=0.05)
        assert sum(level.u for level in levels.values()) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("doubt = ", "doubts = "),
        ("[levels.beat]\n", "[levels.beats]\n"),
        ("prior = 0", "prior = 1"),
        ("m = 0", "m = 2"),
    ],
)
def test_another_model_is_refused(old: str, new: str) -> None:
    """Unknown fields, other levels, shares that are none."""
    assert old in TEXT
    with pytest.raises(msgspec.ValidationError):
        read_model(TEXT.replace(old, new))


def test_the_more_compete_the_less_probable_is_each() -> None:
    """Two that are as like share what there is."""
    plain = Calibration(prior=0.5, intercept=0.0, slope=1.0)
    (alone,), (among_many,) = plain.probability([5.0], 1), plain.probability([5.0], 1000)
    assert alone > 0.99
    assert among_many == pytest.approx(148.4 / (1000 + 148.4), abs=0.001)
    assert sum(plain.probability([9.0, 9.0], 10)) < 1
    assert plain.probability([2000.0], 10) == pytest.approx([1.0])
