"""``cdi trace``: show which systems hold a reference, and everything linked to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agents.settings.clock import wall_clock
from agents.topics.cases import case_index
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.output import print_table, printable
from deploy.inspect.candidates import candidates_by_alert, suggestion_lines
from schemas.identifiers import normalise
from streams.policy.calendar import local_date
from streams.policy.times_in_words import full_time
from streams.reports.linked_cases import trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemas.products import Candidate
    from streams.reports.linked_cases import HeldCase, TracedMatter


def trace_reference(
    words: Annotated[list[str], typer.Argument(metavar="REF", help="a reference as anybody might type it")],
) -> None:
    """Accept a reference as anybody might type it: case, spaces and separators do not matter."""
    reference = " ".join(words)
    if not normalise(reference):
        raise UsageError("REF: no letter from A to Z and no digit")
    settings = connected_settings()
    result = trace(case_index(settings), reference)
    if not result.matters:
        alike = ", ".join(printable(held.case.ref) for held in result.suggestions)
        forgotten = local_date(wall_clock() - book_of(settings).forget_after)
        raise CommandError(
            f"no system holds {printable(reference)}{f'; alike: {alike}' if alike else ''}; what was last saved before "
            f"{forgotten} and is settled is forgotten, and may have been fed"
        )
    if result.cited:
        typer.echo(f"No system holds {printable(reference)}, but these records name it:")
    candidates = candidates_by_alert(settings) if result.matters else {}
    for matter in result.matters:
        _print_matter(matter)
        _print_suggestions(matter, candidates)


def _print_matter(matter: TracedMatter) -> None:
    named = {held.subject for held in matter.named}
    columns = ("", "system", "record", "reference", "first seen (London)", "says now", "linked to")
    print_table(columns, (_row(held, named) for held in matter.linked.held))
    for system, ref in sorted(matter.linked.unheld):
        typer.echo(f"{system} does not hold {printable(ref)}, which others name")
    if matter.linked.cut_off:
        typer.echo("There is more: the matter is cut off here")
    typer.echo("")
    print_table(
        ("alert", "severity", "status", "rule", "about", "due (London)"),
        (
            (
                alert.alert_id,
                alert.severity,
                alert.status,
                alert.rule_id,
                f"{alert.subject_system} {alert.subject_ref}",
                full_time(alert.due_at) if alert.due_at else "",
            )
            for alert in matter.alerts
        ),
    )


def _print_suggestions(matter: TracedMatter, candidates: Mapping[str, Candidate]) -> None:
    subjects = ((matter.force, held.case.system, held.case.ref) for held in matter.linked.held)
    lines = list(suggestion_lines(matter.alerts, subjects, candidates))
    if lines:
        typer.echo("")
        print_table(("not linked", "probably belongs to", "probability", "why"), lines)


def _row(held: HeldCase, named: set[tuple[str, str]]) -> tuple[str, ...]:
    case = held.case
    return (
        "->" if held.subject in named else "",
        case.system,
        held.kind,
        case.ref,
        full_time(case.first_event_time),
        ", ".join(_present_values(held)),
        ", ".join(f"{link.system} {link.ref}" for link in case.linked),
    )


def _present_values(held: HeldCase) -> Iterator[str]:
    for fact in held.case.summary:
        if fact.name in ("offence_class", "crimes_expected", "status", "disposition", "decision", "kind"):
            yield f"{fact.name} {fact.value}"
