"""The month is measured as its figures say: by orders that differ, against what is true."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from deploy.scenario.month import Month, month
from streams.engine.monitor import Monitor
from tests.bench import month_queue
from tests.bench.former_release import JUDGE, write_records
from tests.bench.month import LEARNS_NOTHING, SCORES_COUNT, policy
from tests.bench.month_audit import coverage
from tests.bench.month_queue import ORDERS, Reader, name_of

DAYS = 3


@pytest.fixture(scope="module")
def records() -> Month:
    """Make three days once."""
    return month(DAYS)


def test_each_morning_the_days_number_is_read_and_no_report_twice(records: Month) -> None:
    """The first of the queue's own order, from the first morning to the last."""
    book = policy(LEARNS_NOTHING)
    reader = Reader(records, book, ORDERS["queue"])
    reader.read_all()
    by_day = Counter(reader.read.values())
    assert set(by_day.values()) == {book.reviews.daily_number}
    assert sum(reader.held.values()) == len(reader.read)


def test_what_was_found_is_counted_by_the_day_of_the_report(records: Month) -> None:
    """Hidden crimes of the days asked for, and of those the ones read."""
    reader = Reader(records, policy(), ORDERS["order of arrival"])
    hidden = [report for report in records.truth.hidden if report.place not in {"REFERRAL", "PROTECTION"}]
    assert reader.found(0, DAYS)["read of those"] == 0
    reader.read[name_of(hidden[0])] = 0
    found = reader.found(0, DAYS)
    assert (found["hidden in logs"], found["read of those"]) == (len(hidden), 1)


def test_with_a_model_what_waits_is_scored_before_it_is_read(records: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the day on which it is first trained."""
    monkeypatch.setattr(month_queue, "DAYS_COUNTED", 8)
    reader = Reader(records, policy(SCORES_COUNT), ORDERS["queue"], has_model=True)
    reader.read_all()
    assert reader.model is not None
    assert reader.model.read > 7 * 65
    assert reader.monitor.context.facts.scores_of


def test_an_audit_of_the_month_is_covered_or_not_by_its_interval(records: Month) -> None:
    """Two audits by draws of their own; what each found is within its own reason."""
    monitor = Monitor("LEICS", policy(), keeps_state=False)
    for snapshot in records.snapshots:
        monitor.apply(snapshot, records.end)
    monitor.advance(records.end)
    result = coverage(records, monitor, 2)
    assert 0.8 < float(result["truth"]) < 1
    assert 0 <= int(result["covers"]) <= 2


def test_a_former_release_can_read_what_it_is_measured_on(tmp_path: Path) -> None:
    """No null, no field that it did not know; in order of time."""
    path = tmp_path / "records"
    write_records(path, 600)
    rows = [line.split("\t", 1) for line in path.read_text().splitlines()]
    fields = [json.loads(row) for _, row in rows]
    assert len(rows) > 400
    assert all(None not in row.values() for row in fields)
    times = [row["event_time"] for row in fields]
    assert times == sorted(times)
    compile(JUDGE, "judge", "exec")
