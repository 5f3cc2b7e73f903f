"""Measure the product on a month of a force, with what its systems lack left empty, against what is true.

    python -m tests.bench.month [--only alerts,figures,queue,audit,cost] [--against REVISION]

``cost`` compares CPU and memory a record with a former release, and needs ``--against``.  Prints one JSON object: the
figures, and the machine they were measured on.  MONTH.md beside this keeps the last ones.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Collection
from functools import cache

from deploy.demo.programmes import TYPICAL_FORCE
from deploy.files.backtest import run_monitors
from deploy.scenario.month import SETTLED_AFTER, Month, month
from deploy.scenario.month.shares import DAYS_COUNTED
from schemas.products import Alert
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.reports.figure import ALWAYS
from streams.reports.figures import figures
from tests.bench.former_release import compare
from tests.bench.measure import machine
from tests.bench.month_audit import Auditor, coverage
from tests.bench.month_queue import ORDERS, Reader

Measured = dict[str, object]

AUDITS = 40
LEARNS_NOTHING = "\n[reviews]\nprior_strength = 100000\n"
"""Laid over the policy: what is judged then moves no prior."""
SCORES_COUNT = "\n[reviews]\nscore_weight = 0.5\n"
"""Laid over the policy: a model's scores count as much as the contract lets them, bounded as it comes."""
SCORES_COUNT_MORE = f"{SCORES_COUNT}score_cap = 2.5\nprior_strength = 200\n"
"""They are bounded less, and the policy's shares weigh as much as 200 judged reports."""
SNAPSHOTS_COMPARED, ROUNDS = 50_000, 3


def policy(more: str = "") -> PolicyBook:
    """Return the policy of a typical force, with more laid over it."""
    return PolicyBook.from_toml(TYPICAL_FORCE.read_text(encoding="utf-8") + more)


@cache
def month_of(days: int = DAYS_COUNTED) -> Month:
    """Return so many days of records."""
    return month(days)


def alerts() -> Measured:
    """Return the alerts a day, and how many late recordings they find; with the same records, and nothing lacking."""
    return {"typical force": _alerts(policy()), "nothing lacking": _alerts(PolicyBook.built_in())}


def _alerts(book: PolicyBook) -> Measured:
    records, begun = month_of(), time.process_time()
    monitors = run_monitors(records.snapshots, book, records.end + SETTLED_AFTER, read_at=0, keeps_state=False)
    final = {alert.alert_id: alert for monitor in monitors.values() for alert in monitor.drain_alerts()}
    cpu = time.process_time() - begun
    grave = [alert for alert in final.values() if alert.severity in {"CRITICAL", "HIGH"}]
    late = {report.ref for report in records.truth.late if report.system == "STORM"}
    return {
        "alerts a day": _a_day(final.values()),
        "HIGH and CRITICAL a day": _a_day(grave),
        "of those breached": _a_day([alert for alert in grave if alert.status in {"BREACHED", "CLEARED"}]),
        "late recordings": len(late),
        "found": len(late & {alert.subject_ref for alert in grave if alert.rule_id == "crime-not-recorded"}),
        "records a second of CPU": round(len(records.snapshots) / cpu),
    }


def _a_day(raised: Collection[Alert]) -> float:
    return round(len(raised) / DAYS_COUNTED, 1)


def shown_figures() -> Measured:
    """Return what the report says of crimes recorded, beside what is true of every log."""
    records = month_of()
    monitors = run_monitors(records.snapshots, policy(), records.end + SETTLED_AFTER, read_at=0)
    logs = [report for report in records.truth.reports if report.system == "STORM"]
    truth = sum(report.recorded for report in logs) / sum(report.crimes for report in logs)
    by_label = {figure.label: figure for figure in figures([one.context for one in monitors.values()], ALWAYS)}
    figure = by_label["Incidents: crimes recorded, of those identified"]
    return {
        "truth": round(truth, 4),
        "share": None if figure.interval() is None else round(figure.found / figure.of, 4),
        "bounds": figure.bounds and [round(figure.bounds.at_least, 4), round(figure.bounds.at_most, 4)],
        "not known": figure.not_known,
    }


def queue() -> Measured:
    """Return how many hidden crimes are among the first reviews of each day, by several orders."""
    results: Measured = {}
    for order in ORDERS:
        results[f"{order}, nothing learnt"] = _read(DAYS_COUNTED, order, LEARNS_NOTHING)
    results["queue, nothing learnt, second month"] = _read(2 * DAYS_COUNTED, "queue", LEARNS_NOTHING)
    results["queue, after 30 days of assessments"] = _read(2 * DAYS_COUNTED, "queue")
    results["queue, after 30 days of assessments and an audit"] = _read(2 * DAYS_COUNTED, "queue", audits=True)
    for name, more in (("scores", SCORES_COUNT), ("scores that count more", SCORES_COUNT_MORE)):
        result = _read(2 * DAYS_COUNTED, "queue", more, has_model=True)
        results[f"queue, after 30 days of assessments, with a model's {name}"] = result
    return results


def _read(days: int, order: str, more: str = "", *, audits: bool = False, has_model: bool = False) -> Measured:
    """Read every morning of so many days, and return what was found of the last 30.

    With ``audits`` the first 30 days are audited when they are over; with ``has_model`` a model scores from then on.
    """
    records = month_of(days)

    def audit_first_month(monitor: Monitor) -> None:
        Auditor(records, monitor, records.midnights[DAYS_COUNTED]).audit(0)

    reader = Reader(records, policy(more), ORDERS[order], audit_first_month if audits else None, has_model=has_model)
    reader.read_all()
    return {**reader.found(days - DAYS_COUNTED, days), "reports read": dict(reader.held)}


def audit() -> Measured:
    """Return how often the audit's interval covers the truth."""
    records = month_of()
    monitors = run_monitors(records.snapshots, policy(), records.end + SETTLED_AFTER, read_at=0, keeps_state=False)
    return dict(coverage(records, monitors["LEICS"], AUDITS))


def main() -> None:
    """Measure the parts asked for and print them as JSON."""
    parts: dict[str, Callable[[], Measured]] = {
        "alerts": alerts,
        "figures": shown_figures,
        "queue": queue,
        "audit": audit,
    }
    parser = argparse.ArgumentParser(prog="python -m tests.bench.month", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help=f"some of {', '.join([*parts, 'cost'])}, separated by commas (all)")
    parser.add_argument("--against", help="a revision of this repository: what a record cost there and costs here")
    chosen = parser.parse_args()
    if chosen.against:
        parts["cost"] = lambda: dict(compare(chosen.against, SNAPSHOTS_COMPARED, ROUNDS))
    asked = chosen.only.split(",") if chosen.only else list(parts)
    measured: Measured = {"machine": machine()}
    for name in asked:
        if name not in parts:
            parser.error(f"--only: {name} is no part; cost needs --against")
        measured[name] = parts[name]()
    sys.stdout.write(json.dumps(measured, indent=2) + "\n")


if __name__ == "__main__":
    main()
