"""Compare what a record costs here with what it cost in a former release: CPU and memory, on the same records.

    python -m tests.bench.former_release --against REVISION [--snapshots 50000] [--rounds 3]

The former release is taken out of the repository's own history.  Both judge one force's records as a worker does, with
state and products drained every few thousand; the best of some rounds counts, turn and turn about.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from schemas.records import FEEDS
from schemas.times import from_rfc3339
from tests.bench import generate

ROOT = Path(__file__).parents[2]
DAYS = 30
START = from_rfc3339(generate.START)
JUDGE = """
import json, sys, time
from schemas.rows import read_json
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

book = PolicyBook.built_in()
monitor = Monitor("FORCE01", book)
before = resident()
begun, records = time.process_time(), 0
with open(sys.argv[1], "rb") as file:
    for line in file:
        topic, row = line.split(b"\\t", 1)
        snapshot = read_json(topic.decode(), row)
        monitor.apply(snapshot, snapshot.event_time)
        records += 1
        if records % 2000 == 0:
            monitor.advance(snapshot.event_time)
            monitor.drain()
monitor.advance(snapshot.event_time)
monitor.drain()
cpu = time.process_time() - begun
grown = resident() - before
print(json.dumps({"cpu_us": cpu / records * 1e6, "memory_bytes": grown / records, "records": records}))
"""


def write_records(path: Path, snapshots: int) -> None:
    """Write a month of one force in order of time, a line a record: the topic, a tab, the row.

    What is not stated is left out: a former release knows no null where it had false.
    """
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        generate.write(Path(folder), 1, DAYS, snapshots / (generate.SNAPSHOTS_A_DAY * DAYS), start=START)
        for topic in FEEDS:
            for row in (Path(folder) / f"{topic}.jsonl").read_bytes().splitlines():
                fields = {name: value for name, value in json.loads(row).items() if value is not None}
                lines.append((fields["event_time"], f"{topic}\t{json.dumps(fields)}\n"))
    path.write_text("".join(line for _, line in sorted(lines)), encoding="utf-8")


@contextmanager
def release(revision: str) -> Iterator[Path]:
    """Give the tree of a revision until the block ends."""
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
    with tempfile.TemporaryDirectory(prefix="cdi-former-") as folder:
        with tarfile.open(fileobj=BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        yield Path(folder)


def cost(tree: Path, records: Path) -> dict[str, float]:
    """Return what a record costs in a tree: CPU (microseconds) and memory (bytes)."""
    command = [sys.executable, "-c", JUDGE, str(records)]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def compare(revision: str, snapshots: int, rounds: int) -> dict[str, dict[str, float]]:
    """Return the least cost in both releases, and how much more it is here (1 = as before)."""
    with release(revision) as former, tempfile.TemporaryDirectory() as folder:
        records = Path(folder) / "records"
        write_records(records, snapshots)
        costs = [(cost(former, records), cost(ROOT, records)) for _ in range(rounds)]
    names = ("cpu_us", "memory_bytes")
    before = {name: round(min(pair[0][name] for pair in costs), 1) for name in names}
    here = {name: round(min(pair[1][name] for pair in costs), 1) for name in names}
    return {"former": before, "here": here, "ratio": {name: round(here[name] / before[name], 3) for name in names}}


def main() -> None:
    """Print the comparison as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.former_release", description=__doc__.splitlines()[0])
    parser.add_argument("--against", required=True, help="a revision of this repository")
    parser.add_argument("--snapshots", type=int, default=50_000, help="about how many records (50000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each release judges them (3)")
    chosen = parser.parse_args()
    sys.stdout.write(json.dumps(compare(chosen.against, chosen.snapshots, chosen.rounds), indent=2) + "\n")


if __name__ == "__main__":
    main()
