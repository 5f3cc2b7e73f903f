"""The model of links on a seed that nothing was fitted to, and our estimate against another program's."""

from __future__ import annotations

import random
from typing import Any, Final

import pytest

from streams.suggestions.model import built_in
from tests.bench.links.document import LINKS_FILE
from tests.bench.links.force import Force
from tests.bench.links.measure import Outcome, calibration_error, outcome, precision, recall
from tests.bench.links.mistakes import MISTAKES
from tests.bench.links.scale import measure
from tests.bench.links.training import Choice, estimate, shares

SEED: Final = 907
LEVELS: Final = dict.fromkeys(("victim", "beat", "place", "class"), ("same", "other"))


@pytest.fixture(scope="module")
def found() -> Outcome:
    """Judge a few days of a seed of its own."""
    return outcome(Force(SEED), 6)


def test_what_is_said_to_be_sure_is_right(found: Outcome) -> None:
    """Of the first candidates at 0.5 and more nine in ten at least; and what is stated is so."""
    right, sure = precision(found.reports)
    assert right >= 0.9 * sure > 100
    assert calibration_error(found.reports) < 0.05
    assert calibration_error(found.crimes) < 0.05


@pytest.mark.parametrize("kinds", [MISTAKES, ("missing",)], ids=["mistyped", "missing"])
def test_what_nobody_typed_right_is_found(found: Outcome, kinds: tuple[str, ...]) -> None:
    """Of mistyped and of missing citations 85 % at least; the crime recorded next is hardly ever the one."""
    right, missed = recall(one for one in found.reports if one.how in kinds)
    assert right >= 0.85 * missed > 30
    by_time, _ = recall(one for one in found.nearest if one.how in kinds)
    assert by_time < 0.2 * missed


def test_crimes_that_nobody_reported_get_their_reports(found: Outcome) -> None:
    """Those that have one in the control room, with an alert or without."""
    right, sure = precision(found.crimes)
    assert right >= 0.9 * sure > 100
    found_reports, missed = recall(found.crimes)
    assert found_reports >= 0.85 * missed


def test_the_cost_of_a_growing_force_is_measured() -> None:
    """Its smallest run."""
    measured = measure(0.05, 1)
    assert measured["records"] > 50
    assert measured["records a second of CPU"] > 0


def test_the_page_is_of_the_model_that_is_shipped() -> None:
    """Whoever trains anew measures anew."""
    assert f"the model `{built_in().version}`" in LINKS_FILE.read_text(encoding="utf-8")


def people(dice: random.Random, number: int) -> list[dict[str, Any]]:
    """Return reports of made-up people, a crime of each and a day on which both are compared."""
    rows = []
    for place in range(number):
        report = {
            "victim": f"v{place}" if dice.random() < 0.9 else f"w{dice.randrange(40)}",
            "beat": f"b{dice.randrange(12)}",
            "place": f"p{dice.randrange(60)}",
            "class": f"c{dice.randrange(6)}",
        }
        shares_kept = {"victim": 0.95, "beat": 0.9, "place": 0.8, "class": 0.85}
        crime = {
            field: value if dice.random() < shares_kept[field] else f"{field} {dice.randrange(40)}"
            for field, value in report.items()
        }
        rows.append({"id": place, "report": report, "crime": crime})
    return rows


def our_estimate(rows: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """Estimate m of each field from every pair."""

    def pattern(report: dict[str, str], crime: dict[str, str]) -> tuple[tuple[str, str], ...]:
        return tuple((field, "same" if report[field] == crime[field] else "other") for field in LEVELS)

    choices = [Choice([pattern(one["report"], other["crime"]) for other in rows], len(rows)) for one in rows]
    u = shares(((one, 1.0) for choice in choices for one in choice.patterns), LEVELS)
    first = {(field, name): share for field in LEVELS for name, share in (("same", 0.9), ("other", 0.1))}
    return estimate(choices, u, first, levels=LEVELS).m


def splinks_estimate(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Estimate m of agreement in each field by Splink, from the same pairs."""
    pandas = pytest.importorskip("pandas")
    splink = pytest.importorskip("splink")
    library = pytest.importorskip("splink.comparison_library")
    database = splink.DuckDBAPI()
    sides = [
        database.register(pandas.DataFrame([{"unique_id": row["id"], "every": 1, **row[side]} for row in rows]))
        for side in ("report", "crime")
    ]
    settings = splink.SettingsCreator(
        link_type="link_only",
        comparisons=[library.ExactMatch(field) for field in LEVELS],
        probability_two_random_records_match=1 / len(rows),
    )
    linker = splink.Linker(sides, settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(
        splink.block_on("every"), fix_probability_two_random_records_match=True
    )
    comparisons = linker.misc.save_model_to_json()["comparisons"]
    return {
        comparison["output_column_name"]: next(
            level["m_probability"]
            for level in comparison["comparison_levels"]
            if level["label_for_charts"].startswith("Exact")
        )
        for comparison in comparisons
    }


def test_our_estimate_is_splinks() -> None:
    """On fields that agree independently of one another, to within three in a hundred."""
    rows = people(random.Random("people"), 300)
    ours, theirs = our_estimate(rows), splinks_estimate(rows)
    for field in LEVELS:
        assert ours[field, "same"] == pytest.approx(theirs[field], abs=0.03)
