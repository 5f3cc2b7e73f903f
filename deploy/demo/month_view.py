"""What the month of a force shows: alerts a day, shares that cannot be known, and what to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from deploy.demo.programmes import MONTH_DAYS
from schemas.products import SEVERITIES
from streams.reports.figure import ALWAYS
from streams.reports.figures import figures
from streams.reviews.order import expected, in_order

if TYPE_CHECKING:
    from schemas.products import Alert, Review
    from streams.engine.monitor import Monitor
    from streams.facts.context import Context
    from streams.reports.figure import Figure

FIRST_FIGURES = (
    "Incidents: crimes identified, of incidents reviewed",
    "Incidents: crimes recorded, of those identified",
    "Incidents: recorded in time",
    "Incidents: classified correctly",
    "Referrals: crimes recorded, of those identified",
    "No-crimes: correct",
)
"""The figures of the report that a force asks for first."""


def month_table(alerts: Iterable[Alert], reviews: Sequence[Review], monitors: Sequence[Monitor]) -> Table:
    """Draw what the rules, the figures and the review queue make of the month."""
    table = Table("what the month shows", "", title="A month of a force whose systems hold codes, times and links")
    counted = Counter(alert.severity for alert in alerts)
    for severity in SEVERITIES:
        table.add_row(f"{severity} alerts a day", f"{counted[severity] / MONTH_DAYS:.1f}")
    by_label = {figure.label: figure for figure in figures([monitor.context for monitor in monitors], ALWAYS)}
    for label in FIRST_FIGURES:
        if (figure := by_label.get(label)) is not None:
            table.add_row(label, figure_text(figure))
    for monitor in monitors:
        of_force = [review for review in reviews if review.force == monitor.force]
        table.add_row("Reports to read, that nobody has judged", queue_text(of_force, monitor.context))
    return table


def figure_text(figure: Figure) -> str:
    """Return a figure in words: a number, a share, or between what it lies."""
    if figure.bounds is not None:
        return (
            f"between {figure.bounds.at_least:.1%} and {figure.bounds.at_most:.1%}: "
            f"{figure.not_known} {figure.unknowns} were judged by nobody"
        )
    of = f"{figure.found} of {figure.of}"
    return f"{of} ({figure.found / figure.of:.1%})" if figure.share and figure.of else of


def queue_text(reviews: Sequence[Review], context: Context) -> str:
    """Return how many reports wait, and how many crimes the first of a day are expected to hold."""
    policy = context.book.reviews
    ordered = in_order(reviews, context.clock, policy)
    crimes = expected(ordered, policy.daily_number)
    return (
        f"{len(ordered)}; the first {policy.daily_number} are expected to hold {crimes.first:.0f} "
        f"of {crimes.waiting:.0f} unrecorded crimes"
    )
