"""LINKS.md: what the model of links comes to, by kind of mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from streams.suggestions.model import built_in
from tests.bench.links.force import Force
from tests.bench.links.measure import Suggested, calibration_error, outcome, precision, recall
from tests.bench.links.mistakes import MISTAKES
from tests.bench.links.train import CALIBRATED_ON, TRAINED_ON

LINKS_FILE: Final = Path(__file__).with_name("LINKS.md")
PAGE: Final = """\
# Links that nobody typed right, measured

Written by `python -m tests.bench.links document --days {days}`: the model `{version}` on seeds {seeds} of a
made-up force ({trained} estimated it, {calibrated} calibrated it). What that force is like is ours, by judgement, and
stands in [force.py](force.py): these figures are no estimate of any force. Each seed numbers records in another form.

## Crimes for reports with an open alert

{reports}

*Found*: the true crime is the first candidate, at 0.5 or more. *Right*: of the first candidates stated at 0.5 or more.
Of *unrecorded* there is nothing to find; each of theirs that is sure is wrong. *By time*: found by taking the unlinked
crime recorded next after the report.

Before this model, with weights by judgement and every citation taken for a link, two other seeds once came to 61 %
found (20 % of mistyped citations, 84 % of missing ones), 87 % right and a calibration error of 0.07 and 0.09; no
command repeats that.

{goals}

## Calibration

{bins}

## Reports for crimes that nobody reported

Of crimes with *no log* there is nothing to find.

{crimes}

Calibration error {error:.3f}.
"""
NOTHING_TO_FIND: Final = ("unrecorded", "no log")


def document(seeds: Sequence[int], days: int) -> str:
    """Measure some seeds and return the page."""
    outcomes = [outcome(Force(seed), days) for seed in seeds]
    reports = [one for found in outcomes for one in found.reports]
    crimes = [one for found in outcomes for one in found.crimes]
    nearest = [one for found in outcomes for one in found.nearest]
    return PAGE.format(
        version=built_in().version,
        days=days,
        seeds=_listed(seeds),
        trained=_listed(TRAINED_ON),
        calibrated=_listed(CALIBRATED_ON),
        reports="\n".join(_table(reports, nearest)),
        goals="\n".join(_goals(reports)),
        bins="\n".join(_calibration(reports)),
        crimes="\n".join(_table(crimes)),
        error=calibration_error(crimes),
    )


def _listed(seeds: Iterable[int]) -> str:
    return ", ".join(map(str, seeds))


def _table(results: list[Suggested], baseline: list[Suggested] | None = None) -> Iterator[str]:
    yield "| cited | number | found | right |" + (" by time |" if baseline is not None else "")
    yield "| --- | --- | --- | --- |" + (" --- |" if baseline is not None else "")
    kinds = {one.how for one in results}
    order = [kind for kind in ("missing", *MISTAKES, *NOTHING_TO_FIND) if kind in kinds]
    for kind in ("all", *order):
        held = kinds if kind == "all" else {kind}
        part = [one for one in results if one.how in held]
        row = f"| {kind} | {len(part)} | {_share(recall(part))} | {_share(precision(part))} |"
        yield row + ("" if baseline is None else f" {_share(recall([b for b in baseline if b.how in held]))} |")


def _goals(reports: list[Suggested]) -> Iterator[str]:
    missing = [one for one in reports if one.how == "missing"]
    mistaken = [one for one in reports if one.how in MISTAKES]
    yield "| | | goal |"
    yield "| --- | --- | --- |"
    yield f"| right, of first candidates at 0.5 and more | {_share(precision(reports))} | 90 % |"
    yield f"| found, of mistyped citations | {_share(recall(mistaken))} | 85 % |"
    yield f"| found, of missing citations | {_share(recall(missing))} | 85 % |"
    yield f"| expected calibration error, of every candidate | {calibration_error(reports):.3f} | under 0.05 |"


def _calibration(reports: list[Suggested]) -> Iterator[str]:
    yield "| stated | candidates | mean stated | right |"
    yield "| --- | --- | --- | --- |"
    stated = [(p, ref == one.true_ref) for one in reports for ref, p in one.candidates]
    for tenth in range(10):
        held = [(p, right) for p, right in stated if min(int(p * 10), 9) == tenth]
        if held:
            mean = sum(p for p, _ in held) / len(held)
            right = sum(is_right for _, is_right in held), len(held)
            yield f"| {tenth / 10:.1f} to {tenth / 10 + 0.1:.1f} | {len(held)} | {mean:.2f} | {_share(right)} |"


def _share(counted: tuple[int, int]) -> str:
    part, whole = counted
    return f"{part / whole * 100:.1f} %" if whole else ""
