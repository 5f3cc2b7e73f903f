"""Measure how much room state takes: in a worker's memory, on the broker, in the board's database."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from dashboards.board.readmodel import ReadModel
from schemas.records import Crime, Incident, Snapshot, TrainingRecord
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from tests.dashboards.trials.sample import Feeder, a_case, an_alert

Figures = dict[str, float | int | str]

START = 1_756_684_800_000
"""2025-09-01T00:00Z."""
SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
BOOK = PolicyBook.built_in()
_WARM_UP = 1000
_AT_ONCE = 500


def memory(obligations: int) -> Figures:
    """Measure the bytes that one more open obligation takes, of an incident without its crime."""
    monitor = Monitor("BENCH", BOOK)
    _open_obligations(monitor, 0, _WARM_UP)
    before = _resident()
    _open_obligations(monitor, _WARM_UP, obligations)
    per_obligation = (_resident() - before) / obligations
    return {"obligations": obligations, "bytes_per_open_obligation": round(per_obligation)}


def settled(matters: int) -> Figures:
    """Measure the bytes of memory that a settled record takes, by itself and with its entry."""
    monitor = Monitor("BENCH", BOOK)
    monitor.apply(_training(), START)
    table: dict[bytes, bytes] = {}
    _settle(monitor, table, 0, _WARM_UP)
    before, entries = _resident(), len(table)
    _settle(monitor, table, _WARM_UP, matters)
    records = 2 * matters
    return {
        "settled_records": records,
        "bytes_per_settled_record": round((_resident() - before) / records),
        "changelog_bytes_per_record": round(sum(map(_length, table.items())) / len(table)),
        "entries": len(table) - entries,
    }


def recovery(snapshots: Iterable[Snapshot]) -> Figures:
    """Measure the entries a second from which monitors are rebuilt, once the changelog is read."""
    table = _judged(snapshots)
    started = time.perf_counter()
    monitors: dict[str, Monitor] = {}
    for key, value in table.items():
        force = key.partition(b"\0")[0].decode()
        if force not in monitors:
            monitors[force] = Monitor(force, BOOK)
        monitors[force].restore(key, value)
    for monitor in monitors.values():
        monitor.restored()
    seconds = time.perf_counter() - started
    return {
        "entries": len(table),
        "seconds": round(seconds, 2),
        "entries_per_second": round(len(table) / seconds),
        "seconds_for_a_million": round(seconds / len(table) * 1_000_000),
    }


def read_model(alerts: int) -> Figures:
    """Measure the bytes of the board's database for so many alerts, each with its incident's case."""
    with tempfile.TemporaryDirectory(prefix="cdi-bench-") as folder:
        file = Path(folder) / "board.sqlite"
        model = ReadModel(f"sqlite:///{file}")
        feeder = Feeder(model)
        for first in range(0, alerts, _AT_ONCE):
            refs = [f"INC-{number}" for number in range(first, min(first + _AT_ONCE, alerts))]
            named = [an_alert("crime-not-recorded", "STORM", ref, wall=START, due_in=HOUR, team="A") for ref in refs]
            feeder.put(*named, *(a_case("STORM", ref, began_at=START) for ref in refs))
        model.close()
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
    return {"alerts": alerts, "mib_per_10000_alerts": round(size / alerts * 10_000 / (1 << 20), 1)}


def _open_obligations(monitor: Monitor, first: int, count: int) -> None:
    """Have so many incidents, a second apart, disclose a crime each."""
    for number in range(first, first + count):
        moment = START + number * SECOND
        monitor.apply(_incident(number, moment), moment)
        monitor.advance(moment)
    monitor.drain()


def _settle(monitor: Monitor, table: dict[bytes, bytes], first: int, count: int) -> None:
    for number in range(first, first + count):
        moment = START + number * SECOND
        for record in (_incident(number, moment), _crime(number, moment + SECOND)):
            monitor.apply(record, record.event_time)
        monitor.advance(moment)
        if number % _AT_ONCE == 0:
            _write(monitor, table)
    _write(monitor, table)


def _judged(snapshots: Iterable[Snapshot]) -> dict[bytes, bytes]:
    """Give the table that a worker holds after it has judged everything."""
    monitors: dict[str, Monitor] = {}
    table: dict[bytes, bytes] = {}
    newest = 0
    for snapshot in snapshots:
        if (monitor := monitors.get(snapshot.force)) is None:
            monitor = monitors[snapshot.force] = Monitor(snapshot.force, BOOK)
        monitor.apply(snapshot, snapshot.event_time)
        newest = max(newest, snapshot.event_time)
    for monitor in monitors.values():
        monitor.advance(newest)
        _write(monitor, table)
    return table


def _write(monitor: Monitor, table: dict[bytes, bytes]) -> None:
    for key, value in monitor.drain().state:
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value


def _length(entry: tuple[bytes, bytes]) -> int:
    return len(entry[0]) + len(entry[1])


def _incident(number: int, moment: int) -> Incident:
    return Incident(
        event_id=f"EVENT-{number}",
        force="BENCH",
        source="STORM",
        event_time=moment,
        incident_ref=f"INC-{number}",
        reported_at=moment,
        channel="PHONE",
        reporter="VICTIM",
        opening_code="THEFT",
        crimes_expected=1,
        status="OPEN",
        offence_class="THEFT",
        call_handler=f"HANDLER-{number % 40}",
        team="TEAM-A",
        beat="BEAT-1",
    )


def _crime(number: int, moment: int) -> Crime:
    return Crime(
        event_id=f"CRIME-{number}",
        force="BENCH",
        source="CIS",
        event_time=moment,
        crime_ref=f"CR-{number}",
        recorded_at=moment,
        offence_code="046/00",
        offence_class="THEFT",
        status="RECORDED",
        incident_refs=(f"INC-{number}",),
        recorded_by="PC1",
        recorded_by_role="ATTENDING_OFFICER",
        victim_care_contract_at=moment,
        team="TEAM-A",
        beat="BEAT-1",
    )


def _training() -> TrainingRecord:
    """Without it, every crime of the class would raise an alert about who recorded it."""
    return TrainingRecord(
        event_id="T-1",
        force="BENCH",
        source="TRAINING",
        event_time=START,
        staff_id="PC1",
        role="ATTENDING_OFFICER",
        course="NCRS",
        completed_at=START,
    )


def on_disk(logs: Path, topics: Iterable[str]) -> int:
    """Bytes that a broker keeps of topics: segments alone, for it reserves room for its indexes ahead."""
    return sum(
        segment.stat().st_size
        for topic in topics
        for folder in logs.rglob(f"{topic}-[0-9]*")
        for segment in folder.glob("*.log")
    )


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
