"""Gather the histories whose alerts must stay as they are, once: they are never changed.

    python -m tests.golden.gather

A further set of histories gets a name of its own, and the stored ones stay.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

from deploy.scenario import events
from deploy.scenario.period import END as SCENARIO_END
from schemas.records import FEEDS, Heartbeat, Snapshot
from schemas.rows import read_json
from streams.facts.references import identity
from tests.bench import generate
from tests.deploy.whole.test_whole_scenarios import TOLD, records
from tests.golden.histories import SETS, History, lines_of, store_lines, stored_file
from tests.streams.laws.test_oracle import END as FAMILIES_END
from tests.streams.laws.test_oracle import FAMILIES
from tests.streams.world import DAY, ms

MONTH_SNAPSHOTS = 5_000
DRAWN = 18
"""How many histories are drawn of each kind; those of one record alone are left out."""


def scenario() -> Iterator[History]:
    """Yield the built-in scenario."""
    yield History("leicestershire", SCENARIO_END, events())


def whole() -> Iterator[History]:
    """Yield the whole scenarios, each under its name."""
    for told in TOLD["scenario"]:
        rows = records(told)
        snapshots = [read_json(topic, msgspec.json.encode(row)) for topic in rows for row in rows[topic]]
        yield History(told["name"], ms(told["until"]), [s for s in snapshots if not isinstance(s, Heartbeat)])


def month() -> Iterator[History]:
    """Yield a month of load, small."""
    with tempfile.TemporaryDirectory() as folder:
        generate.main(["--snapshots", str(MONTH_SNAPSHOTS), "--out", folder])
        rows = [(topic, row) for topic in FEEDS for row in (Path(folder) / f"{topic}.jsonl").read_bytes().splitlines()]
    snapshots = [read_json(topic, row) for topic, row in rows]
    saved = [snapshot for snapshot in snapshots if not isinstance(snapshot, Heartbeat)]
    yield History("month", max(snapshot.event_time for snapshot in saved) + 10 * DAY, saved)


def drawn() -> Iterator[History]:
    """Yield histories that Hypothesis draws: what no author thinks of."""
    for kind, strategy in FAMILIES.items():
        for number, history in enumerate(examples(strategy)):
            if len(history) > 1 and not contradicts_itself(history):
                yield History(f"{kind} {number}", FAMILIES_END, history)


def contradicts_itself(history: list[Snapshot]) -> bool:
    """Return whether two bodies share an event id and a time: which is read is decided by how they are encoded."""
    bodies: dict[tuple[object, ...], Snapshot] = {}
    for snapshot in history:
        moment = (snapshot.event_time, snapshot.revision, snapshot.event_id)
        if bodies.setdefault((snapshot.TOPIC, identity(snapshot), *moment), snapshot) != snapshot:
            return True
    return False


def examples(strategy: SearchStrategy[list[Snapshot]]) -> list[list[Snapshot]]:
    """Return what Hypothesis draws first."""
    kept: list[list[Snapshot]] = []

    @settings(max_examples=DRAWN, derandomize=True, database=None, deadline=None)
    @given(strategy)
    def keep(history: list[Snapshot]) -> None:
        kept.append(history)

    keep()
    return kept


def main() -> None:
    """Store the records of every set that is not stored yet."""
    for name, gathered in zip(SETS, (scenario, whole, month, drawn), strict=True):
        path = stored_file(name, "records")
        if not path.exists():
            store_lines(path, [line for history in gathered() for line in lines_of(history)])


if __name__ == "__main__":
    main()
