"""Write the model of links as its file: every number with four significant digits, so that a file is read easily."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import streams.suggestions
from streams.suggestions import model
from streams.suggestions.comparison import LEVELS, Level
from streams.suggestions.model import Calibration, LinkModel, read_model

MODEL_FILE: Final = Path(streams.suggestions.__file__).with_name("model.toml")
_HEAD: Final = """\
# The model of links, by which crimes are suggested to reports that miss one, and reports to crimes that
# nobody reported.  Written by `python -m tests.bench.links train`; tests/bench/links/LINKS.md has what it comes to.
#
# m is how often a report and its own crime agree so, of those that both state the field; u how often a report and
# another crime near in time do.  The weight of a level is ln(m / u).  Estimated by expectation maximisation on a
# made-up force; the calibration is fitted to other seeds of it.
"""


def text_of(version: str, like: LinkModel, m: Mapping[Level, float], u: Mapping[Level, float]) -> str:
    """Return a model's file, with words, doubt and calibration ``like`` another's."""
    lines = [
        _HEAD,
        f'version = "{version}"',
        f"doubt = {like.doubt}",
        f"least_probability = {like.least_probability}",
    ]
    for name in ("reports", "crimes"):
        calibration: Calibration = getattr(like, name)
        lines += ["", f"[{name}]", f"prior = {calibration.prior:.3f}"]
        lines += [f"intercept = {calibration.intercept:.3f}", f"slope = {calibration.slope:.3f}"]
    for field, names in LEVELS.items():
        lines += ["", f"[levels.{field}]"]
        for name in names:
            level = field, name
            words = like.levels[field][name].words
            lines.append(f'{name} = {{ m = {m[level]:.4g}, u = {u[level]:.4g}, words = "{words}" }}')
    return "\n".join(lines) + "\n"


def shipped() -> tuple[LinkModel, dict[Level, float], dict[Level, float]]:
    """Return the model that is shipped, with m and u by level."""
    like = read_model(MODEL_FILE.read_text(encoding="utf-8"))
    levels = [(field, name) for field, names in LEVELS.items() for name in names]
    return (
        like,
        {level: like.levels[level[0]][level[1]].m for level in levels},
        {level: like.levels[level[0]][level[1]].u for level in levels},
    )


def ship(text: str) -> None:
    """Write a model's file, and have it read anew."""
    read_model(text)
    MODEL_FILE.write_text(text, encoding="utf-8")
    model.built_in.cache_clear()
    model.built_in_weights.cache_clear()
