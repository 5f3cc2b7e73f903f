"""Report on a period: Part B's table, the dip samples and the rolling figures.

What the streams show (*linkage*) and what people found in samples (*audited*) are kept apart everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from schemas.records import FEEDS, NoCrime, OffenderHistory, TrainingRecord
from schemas.times import to_rfc3339
from streams.engine.monitor import Monitor
from streams.facts.facts import Facts
from streams.reports.figure import ALWAYS, Basis, Figure, Period, not_known_most
from streams.reports.figure_fields import figure_fields
from streams.reports.figures import figures
from streams.reports.part_fields import part_fields
from streams.reports.parts import PartFigures, part_figures, parts
from streams.reports.rolling import WINDOWS, RollingFigures, alerts_of, rolling
from streams.reports.spreadsheet import csv_table

BASES: Mapping[Basis, str] = {
    "LINKAGE": "What the streams show, of every record",
    "AUDITED": "What people found, of those they looked at",
}
_ROLLING_COLUMNS = ("rule", "team", "offence_class")


class Report(NamedTuple):
    """The figures of a period, and the clocks and policy that they rest on."""

    policy_version: str
    period: Period
    clocks: Mapping[str, int]
    """Each force's clock (ms)."""
    figures: tuple[Figure, ...]
    rolling: tuple[RollingFigures, ...]
    """At the latest of the clocks, whatever the period is."""
    parts: tuple[PartFigures, ...]
    """The crimes of reports by what the reports say of themselves."""
    without_records: Mapping[str, tuple[str, ...]]
    """By force, the feeds of which no record is known: that none of theirs is counted says nothing."""

    @property
    def clock(self) -> int:
        """The latest of the clocks (ms)."""
        return max(self.clocks.values())


def report(
    monitors: Mapping[str, Monitor],
    policy_version: str,
    period: Period,
    histories: Mapping[str, Monitor] | None = None,
) -> Report:
    """Make the report of a period over some forces' monitors, each of which has a clock.

    ``histories`` are monitors that forget nothing, of those forces of whose period something is forgotten.
    """
    clocks = {force: monitor.clock for force, monitor in sorted(monitors.items()) if monitor.clock is not None}
    contexts = [(histories or {}).get(force, monitors[force]).context for force in clocks]
    return Report(
        policy_version=policy_version,
        period=period,
        clocks=clocks,
        figures=tuple(figures(contexts, period)),
        rolling=tuple(rolling(alerts_of(monitors[force].context for force in clocks), max(clocks.values()))),
        parts=tuple(part_figures(parts(contexts, period), not_known_most(contexts))),
        without_records={context.force: _feeds_without_records(context.facts) for context in contexts},
    )


def _feeds_without_records(facts: Facts) -> tuple[str, ...]:
    with_records = {kind.record.TOPIC for kind, matters in facts.matters.items() if matters and kind.record is not None}
    if any(matter.decisions for matters in facts.matters.values() for matter in matters.values()):
        with_records.add(NoCrime.TOPIC)
    if facts.histories:
        with_records.add(OffenderHistory.TOPIC)
    if any(facts.training.values()):
        with_records.add(TrainingRecord.TOPIC)
    return tuple(feed for feed in FEEDS if feed not in with_records)


def as_json(period_report: Report) -> bytes:
    """Write a report as one JSON object; linkage and audited figures apart."""
    period = {"from": moment_or_none(period_report.period.start), "before": moment_or_none(period_report.period.end)}
    fields: dict[str, Any] = {
        "policy_version": period_report.policy_version,
        **period,
        "clocks": {force: to_rfc3339(clock) for force, clock in period_report.clocks.items()},
    }
    for basis in BASES:
        fields[basis.lower()] = [figure_fields(figure) for figure in period_report.figures if figure.basis == basis]
    fields["parts"] = [part_fields(part) for part in period_report.parts]
    fields["rolling"] = [
        {
            **dict(zip(_ROLLING_COLUMNS, row.group, strict=True)),
            **{window: counts._asdict() for window, counts in zip(WINDOWS, row.counts, strict=True)},
        }
        for row in period_report.rolling
    ]
    return msgspec.json.format(msgspec.json.encode(fields)) + b"\n"


def figures_as_csv(period_report: Report) -> bytes:
    """Write the figures as a table, with empty shares and intervals for plain numbers."""
    header = ("basis", "figure", "found", "of", "not_known", "share", "low", "high", "at_least", "at_most")
    rows = ({"basis": figure.basis, **figure_fields(figure)}.values() for figure in period_report.figures)
    return csv_table(header, rows)


def rolling_as_csv(period_report: Report) -> bytes:
    """Write the rolling figures as a table: one row a group, three columns a window."""
    columns = (f"{what}_{window.replace(' ', '')}" for window in WINDOWS for what in ("raised", "breached", "cleared"))
    rows = ([*row.group, *(count for counts in row.counts for count in counts)] for row in period_report.rolling)
    return csv_table((*_ROLLING_COLUMNS, *columns), rows)


def moment_or_none(moment: int) -> str | None:
    """Write a period's beginning or end; None where it has none."""
    return None if abs(moment) == ALWAYS.end else to_rfc3339(moment)
