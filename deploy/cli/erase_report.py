"""What ``cdi erase`` says before it is done, of what would go, and afterwards, of what remains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from agents.topics.dead_letters import name_of
from deploy.cli.framework.outcomes import printable
from deploy.cli.framework.tables import print_table
from schemas.times import to_rfc3339

if TYPE_CHECKING:
    from deploy.erasure.outcome import Remaining
    from deploy.erasure.plan import Plan, Target
    from schemas.products import Case, DeadLetter

OPEN = ("AT_RISK", "BREACHED")


def would_go(planned: Plan, asked: Sequence[Target], left: Sequence[Target]) -> None:
    """Say what an erasure takes, what is linked to it and stays, and which alerts follow from its absence."""
    for target in asked:
        typer.echo(f"Erases {printable(str(target))}")
    typer.echo(
        f"  {planned.snapshots} snapshots and {len(planned.records)} entries of the workers' state, "
        f"{len(planned.erasure.alert_ids)} alerts with what people did about them, {len(planned.cases)} cases, "
        f"{planned.suggestions} suggestions"
    )
    if left:
        typer.echo("Linked to it, and kept (--linked takes the whole matter):")
        for target in left:
            typer.echo(f"  {printable(str(target))}")
    if planned.follows:
        typer.echo("Alerts about other records that would be raised or change:")
        print_table(
            ("alert", "severity", "would be", "rule", "about"),
            (
                (alert.alert_id, alert.severity, alert.status, alert.rule_id,
                 f"{alert.subject_system} {alert.subject_ref}")
                for alert in sorted(planned.follows, key=lambda alert: (alert.status not in OPEN, alert.alert_id))
            ),
        )  # fmt: skip


def remains(
    held: Sequence[Remaining], acts: Sequence[Remaining], *, doubtful: Sequence[DeadLetter] = (),
    named_by: Sequence[Case] = (), bound: int | None = None, done: bool = False,
) -> None:  # fmt: skip
    """Say what stays where it is, and until when."""
    typer.echo("What remains:" if done else "What would remain:")
    for each in held:
        typer.echo(f"  {each.topic.name}: {each.messages} messages, {_until(each)}")
    if not held:
        typer.echo("  nothing of it on the source topics")
    for each in acts:
        typer.echo(f"  {each.topic.name}: {each.messages} actions and notes, {_until(each)}; the board drops them now")
    for letter in doubtful:
        typer.echo(f"  dead letter {name_of(letter)}: unreadable, with such a reference in it: see and delete it")
    for case in named_by:
        typer.echo(f"  {printable(f'{case.system} {case.ref}')} names it: its own record's word")
    if done:
        when = "when the broker compacts them: nothing bounds that" if bound is None else f"by {to_rfc3339(bound)}"
        typer.echo(f"  old values in the compacted topics' files: gone {when}, unless nothing more is written there")
    typer.echo("  the audit log: that records were seen, told of and erased, by reference")
    typer.echo("Should the source system send a record anew, it is taken as a new one.")


def _until(each: Remaining) -> str:
    if each.until is None:
        return "for ever, unless the topic's retention is set (CDI_SOURCE_RETENTION_DAYS)"
    return f"until {to_rfc3339(each.until)} at the latest"
