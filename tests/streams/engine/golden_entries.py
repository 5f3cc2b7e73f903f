"""Entries of the state table, kept for later releases to read: one file for each format there ever was.

python -m tests.streams.engine.golden_entries      makes the file of this release's format; it is made once
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from deploy.scenario import events
from schemas.products import Erasure, Subject
from schemas.records import FEEDS, Crime, Heartbeat, Incident, Link, Snapshot
from streams.engine import state
from streams.engine.changes import Changes
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.engine.state_format import FORMAT
from streams.policy import PolicyBook

FOLDER = Path(__file__).parent / "golden"
BOOK = PolicyBook.built_in()
DAY = 86_400_000
_OF_EACH = 6
_LIVE = 24


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
    plain = {"kind": entry.kind.name, "alert": entry.alert} if isinstance(entry, state.SavedAlert) else entry
    return msgspec.json.decode(msgspec.json.encode(plain))


def _golden(line: dict[str, Any]) -> Golden:
    return Golden(line["key"].replace("|", "\0").encode(), base64.b64decode(line["value"]), line["says"])


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
    for changes in (*_under_the_stream_clock(few), *_live(few)):
        for key, value in changes.state.items():
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
    return table


def _under_the_stream_clock(few: list[Snapshot]) -> Iterator[Changes]:
    first, last = few[0].event_time, few[-1].event_time
    monitor = Monitor("LEICS", BOOK)
    for snapshot in [*few, _link(few)]:
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


def main() -> None:
    """Make the file of this release's format, unless it is there."""
    table = _table()
    lines = [
        {
            "key": key.decode().replace("\0", "|"),
            "value": base64.b64encode(table[key]).decode(),
            "says": said_by(state.read(key, table[key])),
        }
        for key in sorted(table)
    ]
    with (FOLDER / f"state-format-{FORMAT}.jsonl").open("x", encoding="utf-8") as file:
        file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


if __name__ == "__main__":
    main()
