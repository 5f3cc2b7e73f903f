"""The board's read model: every alert as it was last published, and no other."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from schemas.products import Alert
from tests.chaos.findings import Verdict

Row = tuple[str, int]
"""Status and sequence."""


def rows_of(database: Path) -> dict[str, Row]:
    """Read the alerts of a board's SQLite file; nothing where there is none yet."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
            rows = connection.execute("SELECT alert_id, status, sequence FROM alerts").fetchall()
    except sqlite3.OperationalError:
        return {}
    return {alert_id: (status, sequence) for alert_id, status, sequence in rows}


def shown(final: Mapping[str, Alert]) -> dict[str, Row]:
    """Return the rows that a board with these alerts has."""
    return {alert_id: (alert.status, alert.sequence) for alert_id, alert in final.items()}


def check_read_model(rows: Mapping[str, Row], final: Mapping[str, Alert]) -> Verdict:
    """Compare a board's alerts with those published last."""
    verdict = Verdict("the board shows every alert as last published")
    expected = shown(final)
    verdict.compared["alerts"] = len(expected)
    for alert_id in sorted(expected.keys() | rows.keys()):
        if alert_id not in rows:
            verdict.find("LOST", alert_id, published=expected[alert_id])
        elif alert_id not in expected:
            verdict.find("UNEXPECTED", alert_id, shown=rows[alert_id])
        elif rows[alert_id] != expected[alert_id]:
            verdict.find("DIFFERENT", alert_id, shown=rows[alert_id], published=expected[alert_id])
    return verdict
