"""``cdi backtest --against``: compare two policies over the same files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agents.settings.clock import wall_clock
from deploy.cli.framework.arguments import moment, policy_book, require_records
from deploy.cli.framework.errors import UsageError
from deploy.cli.framework.output import print_table, tell
from deploy.files import backtest as engine
from deploy.files.alert_differences import write_differences
from deploy.files.record_files import FileRefusedError, topic_of
from streams.reports.alert_differences import RuleSummary, alert_differences, summaries_by_rule

if TYPE_CHECKING:
    from streams.policy import PolicyBook

BUILT_IN = "built-in"


def compare(files: list[Path], policy: Path | None, against: str, until: str | None, out: Path | None) -> None:
    """Print a line a rule under either policy, and write the differences to ``out``."""
    ours, theirs = policy_book(policy), policy_book(None if against == BUILT_IN else Path(against))
    end = None if until is None else moment("--until", until)
    try:
        records = _read(files, max(ours.far_future, theirs.far_future))
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
        f"{ours.version} against {theirs.version}: {kinds.count('APPEARS')} alerts appear, "
        f"{kinds.count('VANISHES')} vanish, {kinds.count('MOVES')} move"
    )
    if out is not None:
        tell(f"{len(differences)} differences written to {out}")


def _read(files: list[Path], far_future: int) -> engine.LoadedRecords:
    records, read_at = engine.LoadedRecords(), wall_clock()
    for path, topic in [(path, topic_of(path)) for path in files]:
        engine.load_file(
            path, topic, records, read_at=read_at, far_future=far_future, refuse=lambda row: tell(str(row))
        )
    return records


def _print(lines: list[RuleSummary], ours: PolicyBook, theirs: PolicyBook) -> None:
    """Print a line a rule: alerts, breaches and late clearances under either policy, and what differs."""
    print_table(
        (
            "rule",
            ours.version,
            "breached",
            "cleared",
            theirs.version,
            "breached",
            "cleared",
            "appear",
            "vanish",
            "move",
        ),
        (
            (
                line.rule_id,
                *map(
                    str,
                    (
                        line.ours,
                        line.breached_ours,
                        line.cleared_ours,
                        line.theirs,
                        line.breached_theirs,
                        line.cleared_theirs,
                        line.appear,
                        line.vanish,
                        line.move,
                    ),
                ),
            )
            for line in lines
        ),
    )
