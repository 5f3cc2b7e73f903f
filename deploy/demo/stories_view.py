"""Draw the stories of 2026: what each should raise, and what the rules raised."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from deploy.inspect.stories import StoryComparison
    from deploy.scenario.year_2026 import StoryAlert

NOTHING = "nothing"


def stories_table(lines: Sequence[StoryComparison]) -> Table:
    """Draw each story with its paragraph and its rule, and the alerts expected beside those found."""
    table = Table(title="The rules of 2026: what each story should raise, and what the rules raised", show_lines=True)
    table.add_column("what happened", ratio=3)
    table.add_column("rule", no_wrap=True)
    table.add_column("expected", ratio=2, overflow="fold")
    table.add_column("found", ratio=2, overflow="fold")
    table.add_column("agree", justify="right")
    for line in lines:
        happened = Text(line.title)
        if line.paragraph:
            happened.append(f"\n{line.paragraph}", style="dim")
        agrees = Text("yes", style="green") if line.agrees else Text("NO", style="bold red")
        expected, found = alerts_text(line.expected, line.rule_id), alerts_text(line.found, line.rule_id)
        table.add_row(happened, line.rule_id, expected, found, agrees)
    return table


def alerts_text(alerts: Collection[StoryAlert], rule_id: str) -> str:
    """Return alerts in words, a line each: those of ``rule_id`` first and by their status alone."""
    ordered = sorted(alerts, key=lambda alert: (alert.rule_id != rule_id, alert.rule_id, alert.subject_ref))
    return "\n".join(_alert_text(alert, rule_id) for alert in ordered) or NOTHING


def _alert_text(alert: StoryAlert, rule_id: str) -> str:
    status = alert.status if alert.discriminator is None else f"{alert.status} ({alert.discriminator})"
    return status if alert.rule_id == rule_id else f"{alert.rule_id} {status}"
