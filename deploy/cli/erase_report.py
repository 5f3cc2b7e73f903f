"""What ``cdi erase`` prints: before, what would be erased; and before and after, what remains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from agents.topics.dead_letters import name_of
from deploy.cli.framework.output import print_table, printable
from schemas.products import OPEN_STATUSES
from schemas.quantities import counted
from schemas.times import to_rfc3339

if TYPE_CHECKING:
    from deploy.erasure.execution import ErasureResult
    from deploy.erasure.plan import ErasurePlan, ErasureTarget
    from deploy.erasure.remaining import RemainingMessages
    from schemas.products import Case


def print_plan(plan: ErasurePlan, selected: Sequence[ErasureTarget], linked: Sequence[ErasureTarget]) -> None:
    """Print what an erasure removes, the linked records that it keeps, and the alerts that follow."""
    for target in selected:
        typer.echo(f"Erases {printable(str(target))}")
    alerts = counted(
        len(plan.erasure.alert_ids),
        "alert with what people did about it",
        "alerts with what people did about them",
    )
    typer.echo(
        f"  {counted(plan.snapshots, 'snapshot')} and {counted(len(plan.records), 'entry', 'entries')} of the workers' "
        f"state, {alerts}, {counted(plan.published_cases, 'case')}, {counted(plan.suggestions, 'suggestion')}"
    )
    if linked:
        typer.echo("Linked to it, and kept (--linked takes the whole matter):")
        for target in linked:
            typer.echo(f"  {printable(str(target))}")
    if plan.consequences:
        typer.echo("Alerts about other records that would be raised or change:")
        print_table(
            ("alert", "severity", "would be", "rule", "about"),
            (
                (
                    alert.alert_id,
                    alert.severity,
                    alert.status,
                    alert.rule_id,
                    f"{alert.subject_system} {alert.subject_ref}",
                )
                for alert in sorted(
                    plan.consequences, key=lambda alert: (alert.status not in OPEN_STATUSES, alert.alert_id)
                )
            ),
        )


def print_remaining_before(sources: Sequence[RemainingMessages], actions: Sequence[RemainingMessages]) -> None:
    """Print what would remain, and until when."""
    typer.echo("What would remain:")
    _print_messages(sources, actions)
    _print_always()


def print_remaining_after(result: ErasureResult, *, cited_by: Sequence[Case], bound: int | None) -> None:
    """Print what remains, and until when; old values are compacted away by ``bound`` (ms)."""
    typer.echo("What remains:")
    _print_messages(result.sources, result.actions)
    for letter in result.doubtful:
        typer.echo(f"  dead letter {name_of(letter)}: unreadable, with such a reference in it: see and delete it")
    for case in cited_by:
        typer.echo(f"  {printable(f'{case.system} {case.ref}')} names it: its own record's word")
    when = "when the broker compacts them: nothing bounds that" if bound is None else f"by {to_rfc3339(bound)}"
    typer.echo(f"  old values in the compacted topics' files: gone {when}, unless nothing more is written there")
    _print_always()


def _print_messages(sources: Sequence[RemainingMessages], actions: Sequence[RemainingMessages]) -> None:
    for left in sources:
        typer.echo(f"  {left.topic.name}: {counted(left.messages, 'message')}, {_until(left)}")
    if not sources:
        typer.echo("  nothing of it on the source topics")
    for left in actions:
        actions_and_notes = counted(left.messages, "action or note", "actions and notes")
        typer.echo(f"  {left.topic.name}: {actions_and_notes}, {_until(left)}; the board drops them now")


def _print_always() -> None:
    typer.echo("  the audit log: that records were seen, told of and erased, by reference")
    typer.echo("Should the source system send a record anew, it is taken as a new one.")


def _until(left: RemainingMessages) -> str:
    if left.until is None:
        return "for ever, unless the topic's retention is set (CDI_SOURCE_RETENTION_DAYS)"
    return f"until {to_rfc3339(left.until)} at the latest"
