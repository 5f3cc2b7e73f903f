"""Entries of the state table, kept for later releases to read: one file for each format there ever was.

python -m tests.streams.engine.golden_entries      makes the file of this release's format; it is made once
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import msgspec

from deploy.scenario import events
from schemas.products import Erasure, Subject
from schemas.records import (
    FEEDS,
    Assessment,
    AuditReading,
    Crime,
    Heartbeat,
    Incident,
    Link,
    ProtectionReport,
    Referral,
    Score,
    Snapshot,
)
from streams.engine import state
from streams.engine.changes import Changes
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.engine.persistence import record_entries
from streams.engine.persistence.record_entries import StateWrite
from streams.engine.state_format import FORMAT
from streams.policy import PolicyBook

FOLDER = Path(__file__).parent / "golden"
BOOK = PolicyBook.built_in()
DAY = 86_400_000
_OF_EACH = 6
_LIVE = 24
_SMALL_BYTES = 1_000
"""In place of what a release takes for large, so that a large record takes little."""


class Golden(NamedTuple):
    """One entry as it was written, and what it says."""

    key: bytes
    value: bytes
    says: Any


def entries_of(number: int) -> list[Golden]:
    """Read what is kept of a format."""
    lines = (FOLDER / f"state-format-{number}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_golden(json.loads(line)) for line in lines]


def said_by(entry: state.Entry) -> Any:
    """Say in plain values what an entry says."""
    plain: Any = entry
    if isinstance(entry, state.SavedAlert):
        plain = {"kind": entry.kind.name, "alert": entry.alert}
    elif isinstance(entry, state.SavedReview):
        plain = {"kind": entry.kind.name, "review": entry.review}
    return msgspec.json.decode(msgspec.json.encode(plain))


def _golden(line: dict[str, Any]) -> Golden:
    key = line["key"] if "\0" in line["key"] else line["key"].replace("|", "\0")  # as it was up to format 3
    return Golden(key.encode(), base64.b64decode(line["value"]), line["says"])


def _table() -> dict[bytes, bytes]:
    """Return a few records of each kind: of one force under the stream clock, half way, and of one that is live."""
    by_topic: dict[str, list[Snapshot]] = {}
    for snapshot in sorted(events(), key=lambda snapshot: snapshot.event_time):
        by_topic.setdefault(snapshot.TOPIC, []).append(snapshot)
    few = [snapshot for snapshots in by_topic.values() for snapshot in snapshots[:_OF_EACH]]
    cited = {ref for snapshot in few for ref in getattr(snapshot, "crime_refs", ())}
    few += [
        snapshot for snapshot in by_topic[Crime.TOPIC] if isinstance(snapshot, Crime) and snapshot.crime_ref in cited
    ]
    few = sorted(
        {snapshot.event_id: snapshot for snapshot in few}.values(),
        key=lambda snapshot: (snapshot.event_time, snapshot.event_id),
    )
    table: dict[bytes, bytes] = {}
    writes = [write for changes in (*_under_the_stream_clock(few), *_live(few)) for write in changes.state]
    for key, value in (*writes, *_interrupted(few)):
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    return table


def _under_the_stream_clock(few: list[Snapshot]) -> Iterator[Changes]:
    first, last = few[0].event_time, few[-1].event_time
    monitor = Monitor("LEICS", BOOK)
    for snapshot in [*few, _link(few), *_of_people(few), _protection_report(few)]:
        monitor.apply(snapshot, snapshot.event_time + 1000)
    for feed in FEEDS:
        monitor.heartbeat(feed, Heartbeat(force="LEICS", source="STORM", complete_through=last + DAY), last + DAY + 5)
    monitor.advance((first + last) // 2)
    erased = Subject(kind="offender-history", ref="O-GONE")
    erasure = Erasure(erasure_id="x-1", force="LEICS", subjects=(erased,), erased_at=last + DAY, requested_by="fcr")
    monitor.erase(erasure, last + DAY)
    yield monitor.drain()


def _live(few: list[Snapshot]) -> Iterator[Changes]:
    monitor = Monitor("DERBS", BOOK, clock=WallClock)
    for snapshot in few[:_LIVE]:
        monitor.apply(msgspec.structs.replace(snapshot, force="DERBS"), snapshot.event_time + 1000)
    at = few[_LIVE].event_time
    monitor.heartbeat(FEEDS[0], Heartbeat(force="DERBS", source="STORM", complete_through=at), at + 1)
    for wall in (at + 3_600_000, at + 10 * DAY):
        monitor.tick(wall)
        yield monitor.drain()


def _interrupted(few: list[Snapshot]) -> Iterator[StateWrite]:
    """Yield what a force writes until it is interrupted while it forgets; one record that stays is large."""
    monitor = Monitor("NOTTS", PolicyBook.from_toml('version = "golden"\n[installation]\nforget_after = "36d"'))
    report = next(snapshot for snapshot in few if isinstance(snapshot, Incident))
    for snapshot in few[:_LIVE]:
        monitor.apply(msgspec.structs.replace(snapshot, force="NOTTS"), snapshot.event_time)
    for number in range(3):
        event_time = report.event_time + (100 + number) * DAY
        rewritten = {"location": "x" * _SMALL_BYTES, "event_id": f"large-{number}", "event_time": event_time}
        monitor.apply(msgspec.structs.replace(report, force="NOTTS", incident_ref="LARGE", **rewritten), event_time)
    with patch.object(record_entries, "SMALL_BYTES", _SMALL_BYTES):
        monitor.advance(few[0].event_time + 90 * DAY)
    names = False
    with patch.object(record_entries, "SMALL_BYTES", _SMALL_BYTES):
        writes = monitor.drain().state
    for key, value in writes:
        if names and value is None:
            return
        yield key, value
        names = names or key.startswith(b"NOTTS\0f\0")


def _link(few: list[Snapshot]) -> Link:
    incident = next(snapshot for snapshot in few if isinstance(snapshot, Incident))
    crime = next(snapshot for snapshot in few if isinstance(snapshot, Crime))
    return Link(
        event_id="l-1",
        force="LEICS",
        source="BOARD",
        event_time=few[-1].event_time,
        left_system="STORM",
        left_ref=incident.incident_ref,
        crime_ref=crime.crime_ref,
        confirmed=True,
        confirmed_by="fcr",
    )


def _of_people(few: list[Snapshot]) -> list[Snapshot]:
    """Return what people and a model say of an incident, early enough to take effect."""
    incident = next(snapshot for snapshot in few if isinstance(snapshot, Incident))
    about: dict[str, Any] = {
        "force": "LEICS",
        "source": "BOARD",
        "event_time": incident.event_time + 3_600_000,
        "system": "STORM",
        "ref": incident.incident_ref,
    }
    counts: dict[str, Any] = {"crimes_found": 2, "crimes_recorded": 1, "in_time": 1, "classified_right": 0}
    return [
        Assessment(event_id="as-1", **about, crimes=1, assessed_by="s-1", assessed_role="SUPERVISOR", assessed_at=1),
        Score(event_id="sc-1", **about, model="m-1", probability=0.75, reasons=("a word",)),
        AuditReading(event_id="ar-1", **about, audit_id="A-1", reader="FIRST", read_by="r-1", read_at=1, **counts),
    ]


def _protection_report(few: list[Snapshot]) -> ProtectionReport:
    referral = next(snapshot for snapshot in few if isinstance(snapshot, Referral))
    return ProtectionReport(
        event_id="ppn-1",
        force="LEICS",
        source="PPN",
        event_time=few[0].event_time,
        report_ref=referral.referral_ref,
        received_at=referral.received_at,
        kind="DASH",
        agency="police",
        agency_sector="PUBLIC",
        reporter="officer",
        vulnerable=("ADULT",),
    )


def main() -> None:
    """Make the file of this release's format, unless it is there."""
    table = _table()
    lines = [
        {
            "key": key.decode(),
            "value": base64.b64encode(table[key]).decode(),
            "says": said_by(state.read(key, table[key])),
        }
        for key in sorted(table)
    ]
    with (FOLDER / f"state-format-{FORMAT}.jsonl").open("x", encoding="utf-8") as file:
        file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


if __name__ == "__main__":
    main()
