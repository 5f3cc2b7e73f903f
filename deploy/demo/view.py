"""Draw the demonstration: the clock, the newest alerts, counts by rule, and the table beside HMIC's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from schemas.products import STATUSES
from streams.policy.calendar import LONDON

if TYPE_CHECKING:
    from deploy.demo.watch import Watch
    from deploy.inspect.published_figures import FigureComparison
    from schemas.products import Alert
    from streams.reports.figure import Figure

NEWEST = 8
_COLOURS = {"CRITICAL": "bold red", "HIGH": "red", "MEDIUM": "yellow", "LOW": "cyan"}


def local_time(moment: int) -> str:
    """Write a moment (ms) as local time."""
    return datetime.fromtimestamp(moment / 1000, UTC).astimezone(LONDON).strftime("%a %d %b %Y %H:%M %Z")


class View:
    """The picture of a running demonstration."""

    def __init__(self, slices: int, title: str) -> None:
        self._title = title
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=None), TextColumn("{task.percentage:>3.0f} %")
        )
        self._task = self._progress.add_task("", total=slices)

    def picture(self, watch: Watch, done: int, clock: int | None) -> RenderableType:
        """Draw it: ``done`` slices are fed, and the force's clock stands at ``clock``."""
        clock_text = "the clock waits for the feeds" if clock is None else local_time(clock)
        self._progress.update(self._task, completed=done, description=f"{self._title} · {clock_text}")
        return Panel(
            Group(self._progress, Text(), _newest(watch), Text(), counts_table(watch)),
            title="cdi: crime data integrity",
            subtitle="Ctrl-C stops",
        )


def _newest(watch: Watch) -> Table:
    table = Table("raised or changed", "severity", "rule", "about", "now", title="Newest alerts", expand=True)
    for alert in list(watch.latest)[-NEWEST:][::-1]:
        table.add_row(*_cells(alert))
    for _ in range(NEWEST - min(NEWEST, len(watch.latest))):
        table.add_row("", "", "", "", "")
    return table


def _cells(alert: Alert) -> tuple[RenderableType, ...]:
    style = _COLOURS[alert.severity]
    return (
        local_time(alert.updated_at),
        Text(alert.severity, style=style),
        alert.rule_id,
        Text(f"{alert.subject_system} {alert.subject_ref}"),
        alert.status if alert.reason is None else f"{alert.status} ({alert.reason})",
    )


def counts_table(watch: Watch) -> Table:
    """Draw how many alerts each rule has raised, and what became of them."""
    table = Table("rule", *STATUSES, title="Alerts by rule", expand=True)
    for rule_id, counted in sorted(watch.by_rule().items()):
        table.add_row(rule_id, *(str(counted[status] or "") for status in STATUSES))
    return table


def comparison_table(lines: Sequence[FigureComparison]) -> Table:
    """Draw the figures the rules found beside those HMIC published."""
    table = Table(
        "Part B and dip samples", title="Leicestershire Police 2013: found by rule, and published by HMIC in 2014"
    )
    for column in ("found", "HMIC", "agree"):
        table.add_column(column, justify="right")
    for line in lines:
        computed = "nothing" if line.computed is None else _counted(line.computed)
        agrees = Text("yes", style="green") if line.agrees else Text("NO", style="bold red")
        table.add_row(line.label, computed, f"{line.published.found} of {line.published.of}", agrees)
    return table


def _counted(figure: Figure) -> str:
    """Say how many a figure found, of how many, and of how many nobody can say."""
    not_known = f", {figure.not_known} not known" if figure.not_known else ""
    return f"{figure.found} of {figure.of}{not_known}"
