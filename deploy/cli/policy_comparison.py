"""``cdi backtest --against``: compare two policies over the same files."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from agents.settings.clock import wall_clock
from deploy.cli.framework.arguments import moment, policy_book, require_records
from deploy.cli.framework.bad_rows import bad_rows_by_kind
from deploy.cli.framework.errors import UsageError
from deploy.cli.framework.output import print_table, tell
from deploy.files import backtest as engine
from deploy.files.alert_differences import write_differences
from deploy.files.loading import load_files
from deploy.files.record_files import FileRefusedError
from schemas.quantities import counted
from streams.reports.alert_differences import RuleSummary, alert_differences, summaries_by_rule

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping
    from streams.policy import PolicyBook

BUILT_IN = "built-in"
PRINTED = attrgetter(
    "rule_id",
    *("ours", "breached_ours", "cleared_ours"),
    *("theirs", "breached_theirs", "cleared_theirs"),
    *("appear", "vanish", "move"),
)
"""What is printed of a rule, in the order of the table's columns."""


def compare(
    files: list[Path],
    mappings: list[ColumnMapping],
    policy: Path | None,
    against: str,
    until: str | None,
    out: Path | None,
) -> None:
    """Print a line a rule under either policy, and write the differences to ``out``."""
    ours, theirs = policy_book(policy), policy_book(None if against == BUILT_IN else Path(against))
    end = None if until is None else moment("--until", until)
    try:
        with bad_rows_by_kind() as name_row:
            records = load_files(
                files,
                mappings,
                read_at=wall_clock(),
                far_future=max(ours.far_future, theirs.far_future),
                refuse=lambda row: name_row(row.path, row.line, row.problem),
            )
        require_records(records)
        end = records.newest if end is None else end
        here, there = (
            engine.judge(records.snapshots, book, end, read_at=wall_clock()).alerts for book in (ours, theirs)
        )
        differences = alert_differences(here, there)
        if out is not None:
            write_differences(differences, out)
    except FileRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    _print(summaries_by_rule(here, there), ours, theirs)
    kinds = [difference.kind for difference in differences]
    tell(
        f"{ours.version} against {theirs.version}: "
        f"{counted(kinds.count('APPEARS'), 'alert appears', 'alerts appear')}, "
        f"{counted(kinds.count('VANISHES'), 'vanishes', 'vanish')}, {counted(kinds.count('MOVES'), 'moves', 'move')}"
    )
    if out is not None:
        tell(f"{counted(len(differences), 'difference')} written to {out}")


def _print(lines: list[RuleSummary], ours: PolicyBook, theirs: PolicyBook) -> None:
    """Print a line a rule: alerts, breaches and late clearances under either policy, and what differs."""
    under = ("breached", "cleared")
    print_table(
        ("rule", ours.version, *under, theirs.version, *under, "appear", "vanish", "move"),
        (tuple(map(str, PRINTED(line))) for line in lines),
    )
