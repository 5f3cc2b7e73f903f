"""``cdi alerts``: what the machine says."""

from __future__ import annotations

import csv
import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from agents.views import latest_records
from deploy.cli.installation import connected
from deploy.cli.outcomes import BadUsage, CommandFailed, tell
from deploy.cli.tables import print_table
from deploy.files import FileRefused, write_lines
from schemas.products import Alert
from schemas.rows import write_json
from schemas.times import to_rfc3339
from streams.rules import RULES
from streams.topology import ALERTS

alerts = typer.Typer(no_args_is_help=True, help="What the machine says, and what people do about it.")

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
STATUSES = ("AT_RISK", "BREACHED", "CLEARED", "WITHDRAWN")
OPEN = frozenset({"AT_RISK", "BREACHED"})
_SHORTEST_ID = 4


class Format(StrEnum):
    """How alerts are exported."""

    JSONL = "jsonl"
    CSV = "csv"


@alerts.command("list")
def list_(
    force: Annotated[str | None, typer.Option(help="only of this force")] = None,
    rule: Annotated[str | None, typer.Option(help="only of this rule, such as crime-not-recorded")] = None,
    status: Annotated[str | None, typer.Option(help=f"one of {', '.join(STATUSES)}; open ones without it")] = None,
    every: Annotated[bool, typer.Option("--all", help="closed ones too")] = False,
) -> None:
    """List alerts, the gravest and most urgent first."""
    if rule is not None and rule not in RULES:
        raise BadUsage(f"--rule: {rule} is no rule; these are {', '.join(sorted(RULES))}")
    if status is not None and status not in STATUSES:
        raise BadUsage(f"--status: one of {', '.join(STATUSES)}")
    wanted = {status} if status else set(STATUSES) if every else OPEN
    found = [
        alert
        for alert in everything()
        if alert.status in wanted and force in (None, alert.force) and rule in (None, alert.rule_id)
    ]
    found.sort(key=lambda alert: (SEVERITIES.index(alert.severity), alert.due_at or alert.raised_at, alert.alert_id))
    print_table(("alert", "severity", "status", "rule", "force", "about", "due"), map(_line, found))
    tell(f"{len(found)} alerts")


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
        except FileRefused as refusal:
            raise BadUsage(str(refusal)) from None
        tell(f"{len(found)} alerts written to {out}")
        return
    data = as_csv(found) if format_ is Format.CSV else b"".join(write_json(alert) + b"\n" for alert in found)
    if out is None:
        sys.stdout.buffer.write(data)
        return
    try:
        out.write_bytes(data)
    except OSError as failure:
        raise BadUsage(f"{out}: {failure.strerror or failure}") from None
    tell(f"{len(found)} alerts written to {out}")


def _line(alert: Alert) -> tuple[str, ...]:
    due = "" if alert.due_at is None else to_rfc3339(alert.due_at)
    about = f"{alert.subject_system} {alert.subject_ref}"
    return (alert.alert_id, alert.severity, alert.status, alert.rule_id, alert.force, about, due)


def find(alert_id: str) -> Alert:
    """Find the one alert whose id begins so."""
    if len(alert_id) < _SHORTEST_ID:
        raise BadUsage(f"ALERT: at least the first {_SHORTEST_ID} characters of an alert_id")
    found = [alert for alert in everything() if alert.alert_id.startswith(alert_id.lower())]
    if len(found) != 1:
        raise CommandFailed(f"{'no' if not found else len(found)} alerts begin with {alert_id}")
    return found[0]


def everything() -> list[Alert]:
    """Return the state of every alert on the broker, by alert_id."""
    found = latest_records(connected(), ALERTS, Alert)
    return [found[alert_id] for alert_id in sorted(found)]


def as_csv(found: list[Alert]) -> bytes:
    """Write alerts as a table: the same fields in the same order, facts as ``name=value`` with ``; `` between."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(Alert.__struct_fields__)
    for alert in found:
        fields = msgspec.json.decode(write_json(alert), type=dict[str, object])
        fields["facts"] = "; ".join(f"{fact.name}={fact.value}" for fact in alert.facts)
        table.writerow(["" if value is None else _cell(str(value)) for value in fields.values()])
    return text.getvalue().encode()


def _cell(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
