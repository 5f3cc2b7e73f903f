"""``cdi alerts``: what the machine says."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Collection, Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import msgspec
import typer

from agents.kafka.reader import latest_records
from agents.settings.clock import wall_clock
from agents.topics.actions import actions_by_alert
from deploy.cli.framework.arguments import require_known
from deploy.cli.framework.installation import connected
from deploy.cli.framework.outcomes import CommandError, UsageError, tell
from deploy.cli.framework.tables import print_table
from deploy.files.record_files import FileRefusedError, write_lines
from deploy.inspect.alerts import FIELDS, OPEN, STATUSES, Listed, Wanted, as_fields, in_words, listed
from schemas.products import SEVERITIES, Alert, ForceClock, SubjectSystem
from schemas.rows import write_json
from streams.policy.times_in_words import when
from streams.reports.spreadsheet import csv_table
from streams.rules import RULES
from streams.topology.topics import ALERTS, CLOCKS

if TYPE_CHECKING:
    from agents.settings.settings import Settings

alerts = typer.Typer(no_args_is_help=True)

SYSTEMS = get_args(SubjectSystem)
_SHORTEST_ID = 4
_SHOWN_ID = 8
"""Characters of an alert_id on a terminal: enough to tell alerts apart, and to name one."""


class Format(StrEnum):
    """How alerts are exported."""

    JSONL = "jsonl"
    CSV = "csv"


class ListFormat(StrEnum):
    """How a list is written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


@alerts.command("list")
def list_(
    *,
    force: Annotated[str | None, typer.Option(help="only of this force")] = None,
    rule: Annotated[str | None, typer.Option(help="only of this rule, such as crime-not-recorded")] = None,
    status: Annotated[str | None, typer.Option(help=f"one of {', '.join(STATUSES)}; open ones without it")] = None,
    every: Annotated[bool, typer.Option("--all", help="closed ones too")] = False,
    severity: Annotated[str | None, typer.Option(help=f"one of {', '.join(SEVERITIES)}")] = None,
    system: Annotated[str | None, typer.Option(help=f"about a record of one of {', '.join(SYSTEMS)}")] = None,
    team: Annotated[str | None, typer.Option(help="only of this team")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="assigned to you or acknowledged by you")] = False,
    by: Annotated[str | None, typer.Option(help="with --mine: who you are; your login name without it")] = None,
    aside: Annotated[
        bool | None, typer.Option("--aside/--not-aside", help="only, or none, of those silenced or closed by the FCR")
    ] = None,
    format_: Annotated[
        ListFormat, typer.Option("--format", help="text (times of Europe/London); json, jsonl or csv (UTC)")
    ] = ListFormat.TEXT,
) -> None:
    """List alerts and how each is handled, the gravest and most urgent first."""
    _require_one_of("--rule", rule, RULES)
    _require_one_of("--status", status, STATUSES)
    _require_one_of("--severity", severity, SEVERITIES)
    _require_one_of("--system", system, SYSTEMS)
    if by is not None and not mine:
        raise UsageError("--by goes with --mine")
    settings, present = connected(), wall_clock()
    found = latest_records(settings, ALERTS, Alert).values()
    if force is not None:
        require_known([force], known_forces(settings, found))
    wanted = Wanted(
        statuses=frozenset({status} if status else STATUSES if every else OPEN), force=force, rule=rule,
        severity=severity, system=system, team=team, handled_by=(by or getpass.getuser()) if mine else None,
        aside=aside,
    )  # fmt: skip
    _write_list(listed(found, actions_by_alert(settings), wanted, present), format_, present, len(found))


def _require_one_of(option: str, given: str | None, known: Collection[str]) -> None:
    if given is not None and given not in known:
        raise UsageError(f"{option}: {given} is none of {', '.join(sorted(known))}")


def known_forces(settings: Settings, found: Iterable[Alert]) -> set[str]:
    """Return every force that a worker has a clock or an alert of."""
    return {alert.force for alert in found} | latest_records(settings, CLOCKS, ForceClock).keys()


def _write_list(found: list[Listed], format_: ListFormat, present: int, known: int) -> None:
    fields = [as_fields(each) for each in found] if format_ is not ListFormat.TEXT else []
    match format_:
        case ListFormat.JSON:
            sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(fields)) + b"\n")
        case ListFormat.JSONL:
            sys.stdout.buffer.writelines(msgspec.json.encode(each) + b"\n" for each in fields)
        case ListFormat.CSV:
            sys.stdout.buffer.write(csv_table(FIELDS, ([_in_cell(v) for v in each.values()] for each in fields)))
        case ListFormat.TEXT:
            columns = ("alert", "severity", "status", "rule", "force", "about", "due (London)", "handled")
            print_table(columns, (_line(each, present) for each in found))
            tell(f"{len(found)} alerts" + ("; the beginning of an alert's id is enough to name it" if found else ""))
            if not known:
                tell("No worker has raised an alert yet: 'cdi doctor' says what holds them")


def _in_cell(value: object) -> object:
    """Write a list of facts as ``name=value`` with ``; `` between, as ``alerts export`` does."""
    if not isinstance(value, list):
        return value
    return "; ".join(f"{fact['name']}={fact['value']}" for fact in value)


@alerts.command()
def show(
    alert_id: Annotated[str, typer.Argument(metavar="ALERT", help="its alert_id, or the beginning of it")],
) -> None:
    """Show one alert whole, as JSON."""
    sys.stdout.write(msgspec.json.format(write_json(find(alert_id))).decode() + "\n")


@alerts.command()
def export(
    format_: Annotated[Format, typer.Option("--format", help="jsonl: as cdi backtest writes it")] = Format.JSONL,
    out: Annotated[Path | None, typer.Option(help="a file; standard output without it")] = None,
) -> None:
    """Write the state of every alert, by alert_id."""
    found = everything()
    if format_ is Format.JSONL and out is not None:
        try:
            write_lines(map(write_json, found), out)
        except FileRefusedError as refusal:
            raise UsageError(str(refusal)) from None
        tell(f"{len(found)} alerts written to {out}")
        return
    data = as_csv(found) if format_ is Format.CSV else b"".join(write_json(alert) + b"\n" for alert in found)
    if out is None:
        sys.stdout.buffer.write(data)
        return
    try:
        out.write_bytes(data)
    except OSError as failure:
        raise UsageError(f"{out}: {failure.strerror or failure}") from None
    tell(f"{len(found)} alerts written to {out}")


def _line(each: Listed, present: int) -> tuple[str, ...]:
    alert = each.alert
    name = alert.alert_id[:_SHOWN_ID] if sys.stdout.isatty() else alert.alert_id
    status = alert.status if alert.certainty == "CONFIRMED" else f"{alert.status}, {alert.certainty.lower()}"
    due = "" if alert.due_at is None else when(alert.due_at, present)
    about = f"{alert.subject_system} {alert.subject_ref}"
    return name, alert.severity, status, alert.rule_id, alert.force, about, due, in_words(each.handling, present)


def find(alert_id: str) -> Alert:
    """Find the one alert whose id begins so."""
    if len(alert_id) < _SHORTEST_ID:
        raise UsageError(f"ALERT: at least the first {_SHORTEST_ID} characters of an alert_id")
    found = [alert for alert in everything() if alert.alert_id.startswith(alert_id.lower())]
    if len(found) != 1:
        raise CommandError(f"{'no' if not found else len(found)} alerts begin with {alert_id}")
    return found[0]


def everything() -> list[Alert]:
    """Return the state of every alert on the broker, by alert_id."""
    found = latest_records(connected(), ALERTS, Alert)
    return [found[alert_id] for alert_id in sorted(found)]


def as_csv(found: list[Alert]) -> bytes:
    """Write alerts as a table: the same fields in the same order, facts as ``name=value`` with ``; `` between."""
    return csv_table(Alert.__struct_fields__, map(_csv_row, found))


def _csv_row(alert: Alert) -> Iterable[object]:
    fields = msgspec.json.decode(write_json(alert), type=dict[str, object])
    fields["facts"] = "; ".join(f"{fact.name}={fact.value}" for fact in alert.facts)
    return fields.values()
