"""``cdi alerts list``, ``show`` and ``export``."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from agents.kafka.reader import latest_records
from agents.settings.clock import wall_clock
from agents.settings.files import write_whole
from agents.topics.actions import actions_by_alert
from deploy.cli.framework.arguments import require_forces
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import connected_settings
from deploy.cli.framework.output import print_table, tell
from deploy.inspect.alerts import (
    FIELDS,
    AlertFilter,
    HandledAlert,
    alert_fields,
    handling_in_words,
    select_alerts,
)
from deploy.inspect.candidates import (
    CSV_FIELDS,
    UNREPORTED_FIELDS,
    candidates_by_alert,
    csv_cells,
    suggestion_lines,
    unreported_crimes,
    unreported_rows,
    with_candidates,
)
from schemas.products import OPEN_STATUSES, SEVERITIES, STATUSES, SUBJECT_SYSTEMS, Alert, Candidate, ForceClock
from schemas.quantities import counted
from schemas.rows import write_json
from streams.policy.times_in_words import when
from streams.reports.spreadsheet import csv_table
from streams.rules import RULES
from streams.topology.topics import ALERTS, CLOCKS

if TYPE_CHECKING:
    from agents.settings.settings import Settings

alerts = typer.Typer(no_args_is_help=True)

_SHORTEST_ID = 4
_SHOWN_ID = 8
"""Characters of an alert_id on a terminal: enough to tell alerts apart, and to find one."""


class ExportFormat(StrEnum):
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
    system: Annotated[str | None, typer.Option(help=f"about a record of one of {', '.join(SUBJECT_SYSTEMS)}")] = None,
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
    _require_one_of("--system", system, SUBJECT_SYSTEMS)
    if by is not None and not mine:
        raise UsageError("--by goes with --mine")
    settings, present = connected_settings(), wall_clock()
    every_alert = latest_records(settings, ALERTS, Alert).values()
    if force is not None:
        require_forces([force], forces_seen(settings, every_alert))
    alert_filter = AlertFilter(
        statuses=frozenset({status} if status else STATUSES if every else OPEN_STATUSES),
        force=force,
        rule=rule,
        severity=severity,
        system=system,
        team=team,
        handled_by=(by or getpass.getuser()) if mine else None,
        aside=aside,
    )
    selected = select_alerts(every_alert, actions_by_alert(settings), alert_filter, present)
    _write_list(selected, format_, present)
    if not every_alert and format_ is ListFormat.TEXT:
        tell("No worker has raised an alert yet: 'cdi doctor' says what holds them")


def _require_one_of(option: str, value: str | None, allowed: Collection[str]) -> None:
    if value is not None and value not in allowed:
        raise UsageError(f"{option}: {value} is none of {', '.join(sorted(allowed))}")


def forces_seen(settings: Settings, every_alert: Iterable[Alert]) -> set[str]:
    """Return every force that has a clock or an alert."""
    return {alert.force for alert in every_alert} | latest_records(settings, CLOCKS, ForceClock).keys()


def _write_list(selected: list[HandledAlert], format_: ListFormat, present: int) -> None:
    rows = [alert_fields(handled) for handled in selected] if format_ is not ListFormat.TEXT else []
    match format_:
        case ListFormat.JSON:
            sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(rows)) + b"\n")
        case ListFormat.JSONL:
            sys.stdout.buffer.writelines(msgspec.json.encode(row) + b"\n" for row in rows)
        case ListFormat.CSV:
            sys.stdout.buffer.write(csv_table(FIELDS, (map(_cell, row.values()) for row in rows)))
        case ListFormat.TEXT:
            columns = ("alert", "severity", "status", "rule", "force", "about", "due (London)", "handled")
            print_table(columns, (_line(handled, present) for handled in selected))
            hint = "; the beginning of an alert's id is enough to name it" if selected else ""
            tell(f"{counted(len(selected), 'alert')}{hint}")


def _cell(value: object) -> object:
    """Write a list of facts as ``name=value`` with ``; `` between, as ``alerts export`` does."""
    if not isinstance(value, list):
        return value
    return "; ".join(f"{fact['name']}={fact['value']}" for fact in value)


@alerts.command()
def show(
    alert_id: Annotated[str, typer.Argument(metavar="ALERT", help="its alert_id, or the beginning of it")],
) -> None:
    """Show one alert whole, with the crimes it probably misses, as JSON."""
    alert = find_alert(alert_id)
    fields = msgspec.json.decode(write_json(alert), type=dict[str, object])
    candidate = candidates_by_alert(connected_settings()).get(alert.alert_id)
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(with_candidates(fields, candidate))).decode() + "\n")


@alerts.command()
def unreported(
    *,
    force: Annotated[str | None, typer.Option(help="only of this force")] = None,
    format_: Annotated[ListFormat, typer.Option("--format", help="text, json, jsonl or csv")] = ListFormat.TEXT,
) -> None:
    """List crimes that no report is linked to, with the reports they probably are of."""
    crimes = unreported_crimes(candidates_by_alert(connected_settings()).values(), force)
    match format_:
        case ListFormat.JSON:
            sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(crimes)) + b"\n")
        case ListFormat.JSONL:
            sys.stdout.buffer.writelines(msgspec.json.encode(crime) + b"\n" for crime in crimes)
        case ListFormat.CSV:
            sys.stdout.buffer.write(csv_table(UNREPORTED_FIELDS, unreported_rows(crimes)))
        case ListFormat.TEXT:
            columns = ("crime", "probable report", "probability", "why")
            print_table(columns, suggestion_lines((), map(_subject, crimes), {one.alert_id: one for one in crimes}))
            tell(counted(len(crimes), "crime"))


def _subject(crime: Candidate) -> tuple[str, str, str]:
    return crime.force, crime.subject_system, crime.subject_ref


@alerts.command()
def export(
    format_: Annotated[
        ExportFormat, typer.Option("--format", help="jsonl: as cdi backtest writes it")
    ] = ExportFormat.JSONL,
    out: Annotated[Path | None, typer.Option(help="a file; standard output without it")] = None,
) -> None:
    """Write the state of every alert, by alert_id."""
    every_alert = all_alerts()
    lines = (write_json(alert) + b"\n" for alert in every_alert)
    chunks = lines if format_ is ExportFormat.JSONL else (alerts_as_csv(every_alert, _candidates(every_alert)),)
    if out is None:
        sys.stdout.buffer.writelines(chunks)
        return
    try:
        write_whole(out, chunks)
    except OSError as failure:
        raise UsageError(f"{out}: {failure.strerror or failure}") from None
    tell(f"{counted(len(every_alert), 'alert')} written to {out}")


def _candidates(every_alert: list[Alert]) -> dict[str, Candidate]:
    return candidates_by_alert(connected_settings()) if every_alert else {}


def _line(handled: HandledAlert, present: int) -> tuple[str, ...]:
    alert = handled.alert
    name = alert.alert_id[:_SHOWN_ID] if sys.stdout.isatty() else alert.alert_id
    status = alert.status if alert.certainty == "CONFIRMED" else f"{alert.status}, {alert.certainty.lower()}"
    due = "" if alert.due_at is None else when(alert.due_at, present)
    about = f"{alert.subject_system} {alert.subject_ref}"
    return (
        name,
        alert.severity,
        status,
        alert.rule_id,
        alert.force,
        about,
        due,
        handling_in_words(handled.handling, present),
    )


def find_alert(alert_id: str) -> Alert:
    """Return the one alert whose id begins so.  Raises CommandError where there is none, or several."""
    if len(alert_id) < _SHORTEST_ID:
        raise UsageError(f"ALERT: at least the first {_SHORTEST_ID} characters of an alert_id")
    matches = [alert for alert in all_alerts() if alert.alert_id.startswith(alert_id.lower())]
    if len(matches) != 1:
        raise CommandError(f"{len(matches) or 'no'} alerts begin with {alert_id}")
    return matches[0]


def all_alerts() -> list[Alert]:
    """Return the state of every alert on the broker, by alert_id."""
    by_id = latest_records(connected_settings(), ALERTS, Alert)
    return [by_id[alert_id] for alert_id in sorted(by_id)]


def alerts_as_csv(every_alert: list[Alert], candidates: Mapping[str, Candidate]) -> bytes:
    """Write alerts as a table: facts as ``name=value`` with ``; `` between, and probable crimes."""
    rows = ((*_csv_row(alert), *csv_cells(candidates.get(alert.alert_id))) for alert in every_alert)
    return csv_table((*Alert.__struct_fields__, *CSV_FIELDS), rows)


def _csv_row(alert: Alert) -> Iterable[object]:
    fields = msgspec.json.decode(write_json(alert), type=dict[str, object])
    fields["facts"] = "; ".join(f"{fact.name}={fact.value}" for fact in alert.facts)
    return fields.values()
