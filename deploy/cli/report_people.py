"""The parts of ``cdi report`` that name people: who decides against crimes, who lacks training."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from agents.topics.audit_log import AuditLog
from deploy.cli.framework.monitors import MonitorSet
from deploy.cli.framework.output import print_table
from deploy.inspect.report import moment_or_none
from schemas.quantities import counted
from schemas.times import to_rfc3339
from streams.policy.calendar import local_date
from streams.reports.deciders.crime_decisions import DECISION_KINDS, DecisionKind, decision_tallies
from streams.reports.deciders.decider_fields import every_share, need_fields, needs_as_csv, share_fields, shares_as_csv
from streams.reports.deciders.decider_shares import DeciderShare
from streams.reports.deciders.training_needs import TrainingNeed, training_needs
from streams.reports.figure import Period

if TYPE_CHECKING:
    from streams.engine.monitor import Monitor
    from streams.facts.context import Context

KINDS_IN_WORDS: Final[dict[DecisionKind, str]] = {
    "CANCELLED": "Crimes cancelled or transferred, of those recorded",
    "WRONGLY": "Decisions to cancel or transfer that the rules find wrong, of those taken",
    "RECLASSIFIED": "Crimes of another class now, of those that stand",
    "NOT_CRIMED": "Reports said to be no crime, of those answered",
    "N100": "Rapes recorded as reported incidents (N100), of all",
}
_NOBODY_UNTRAINED: Final = "Everybody who decided was trained for it, or the training feed is not connected."
_OUTSIDE: Final = {"ABOVE": "above", "BELOW": "below", None: ""}


def write_deciders(read: MonitorSet, histories: Mapping[str, Monitor], period: Period, form: str) -> None:
    """Write the shares of decisions by decider, team and month; note in the audit log who asked."""
    _note(read, "DECIDERS")
    shares = every_share(decision_tallies(_contexts(read, histories), period))
    if form == "csv":
        sys.stdout.buffer.write(shares_as_csv(shares))
    elif form == "json":
        _write_json(read, period, "deciders", list(map(share_fields, shares)))
    else:
        _print_shares(shares)


def write_training(read: MonitorSet, histories: Mapping[str, Monitor], period: Period, form: str) -> None:
    """Write who decided without which course; note in the audit log who asked."""
    _note(read, "TRAINING_NEEDS")
    needs = training_needs(_contexts(read, histories), period)
    if form == "csv":
        sys.stdout.buffer.write(needs_as_csv(needs))
    elif form == "json":
        _write_json(read, period, "training", list(map(need_fields, needs)))
    else:
        columns = ("force", "person", "course", "decided", "times", "first", "last", "course held now")
        print_table(columns, map(_need_line, needs))
        if not needs:
            sys.stdout.write(f"{_NOBODY_UNTRAINED}\n")


def _contexts(read: MonitorSet, histories: Mapping[str, Monitor]) -> list[Context]:
    """Return what is known of each force: of some from histories, where nothing is forgotten."""
    return [histories.get(force, monitor).context for force, monitor in read.monitors.items()]


def _note(read: MonitorSet, action: str) -> None:
    """Note that people were named, before they are; over files there is no audit log."""
    if read.settings is not None:
        with AuditLog(read.settings, "cli") as log:
            log.note(getpass.getuser(), "FCR", action, ", ".join(read.monitors))


def _write_json(read: MonitorSet, period: Period, name: str, rows: list[dict[str, Any]]) -> None:
    clocks = {force: to_rfc3339(monitor.clock) for force, monitor in read.monitors.items() if monitor.clock is not None}
    fields = {
        "policy_version": read.book.version,
        "from": moment_or_none(period.start),
        "before": moment_or_none(period.end),
        "clocks": clocks,
        name: rows,
    }
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(fields)) + b"\n")


def _print_shares(shares: list[DeciderShare]) -> None:
    columns = ("", "against", "of", "share", "95 % interval", "99.8 % limits", "outside", "last 3 days", "expected")
    for kind in DECISION_KINDS:
        of_kind = [share for share in shares if share.kind == kind]
        if not of_kind:
            continue
        sys.stdout.write(f"\n{KINDS_IN_WORDS[kind]}\n\n")
        sys.stdout.flush()
        listed = [share for share in of_kind if share.by != "DECIDER" or share.against or share.outside]
        print_table(("force", "by", *columns), map(_share_line, listed))
        if unlisted := len(of_kind) - len(listed):
            sys.stdout.write(f"and {counted(unlisted, 'decider')} with none, within the limits\n")
    sys.stdout.write(
        "\nOutside the limits a share is not one of chance: it says where to look, not that anything is wrong.\n"
    )


def _share_line(share: DeciderShare) -> tuple[str, ...]:
    low, high = share.interval
    least, most = share.limits
    side = _OUTSIDE[share.month_end_outside]
    at_month_end = "" if share.month_end_share is None else f"{share.month_end_share:.0%} {side}".rstrip()
    return (
        share.force,
        f"{share.by.lower()}{' (designated)' if share.designated else ''}",
        share.value or "not stated",
        str(share.against),
        str(share.taken),
        f"{share.share:.1%}",
        f"{low:.1%} to {high:.1%}",
        f"{least:.1%} to {most:.1%}",
        _OUTSIDE[share.outside],
        at_month_end,
        f"{share.month_end_rate:.0%}" if share.against else "",
    )


def _need_line(need: TrainingNeed) -> tuple[str, ...]:
    days = (local_date(need.first_at).isoformat(), local_date(need.last_at).isoformat())
    held = "yes" if need.trained_now else "no"
    return (need.force, need.person or "not stated", need.course, need.decision, str(need.taken), *days, held)
