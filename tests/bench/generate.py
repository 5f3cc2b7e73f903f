"""Write a month of nine feeds for any number of forces; the same arguments give the same bytes.

    python -m tests.bench.generate --forces 4 --days 30 --out folder
    python -m tests.bench.generate --forces 2 --snapshots 100000 --out folder

Each feed becomes ``TOPIC.jsonl`` in the folder, in order of event_time.  Per force and day, unless ``--snapshots`` asks
for more or fewer in the same proportions: 400 incidents, 250 crimes, 20 referrals, 40 ASB reports, 10 no-crimes, 30
disposals with as many PNC histories, 300 calls; and everybody's training on the first day.  Nearly all of it complies;
a few in a hundred do not.  The export ends with the last day: what would have been saved later is not there.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, TypeAlias

from deploy.scenario.month import decisions
from deploy.scenario.month.station import Station
from schemas.records import FEEDS, Snapshot
from schemas.rows import write_json
from schemas.times import from_rfc3339
from schemas.vocabularies import Millis
from streams.policy.calendar import DAY
from tests.bench import reports

Line: TypeAlias = tuple[Millis, bytes]
"""When a snapshot was saved, and its line."""

START = "2025-09-01T00:00:00Z"
A_DAY: tuple[tuple[Callable[[Station, Millis], Iterable[Snapshot]], int], ...] = (
    (reports.incident, 400),
    (reports.other_crime, 20),
    (reports.referral, 20),
    (reports.asb_report, 40),
    (decisions.no_crime, 10),
    (decisions.disposal, 30),
    (decisions.call, 300),
)
"""What begins in one force on one day, and how often; most crimes come with an incident."""

SNAPSHOTS_A_DAY = 2_680
"""What these make, about, on an average day of a month."""
TRAINING_OF_A_FORCE = 490


def month(forces: int, days: int, scale: float, start: Millis, seed: int) -> Iterator[tuple[Millis, list[Snapshot]]]:
    """Yield each day's beginning, and every snapshot, whenever saved, of the records that begin on it."""
    stations = [Station(f"FORCE{number:02d}", seed) for number in range(1, forces + 1)]
    for day in range(days):
        midnight = start + day * DAY
        snapshots: list[Snapshot] = []
        for station in stations:
            if day == 0:
                snapshots += decisions.training(station, midnight)
            for begin, often in A_DAY:
                for _ in range(_rounded(station, often * scale)):
                    snapshots += begin(station, midnight)
        yield midnight, snapshots


def _rounded(station: Station, often: float) -> int:
    """Draw a whole number that is ``often`` on average."""
    return int(often) + (station.dice.random() < often % 1)


def write(folder: Path, forces: int, days: int, scale: float, *, start: Millis, seed: int = 1) -> int:
    """Write the feeds and return how many snapshots they hold.

    Only what the coming days will save is held in memory: once a day's reports are made, nothing earlier can follow.
    """
    folder.mkdir(parents=True, exist_ok=True)
    end, written = start + days * DAY, 0
    waiting: dict[str, list[Line]] = {topic: [] for topic in FEEDS}
    with contextlib.ExitStack() as open_files:
        files = {topic: open_files.enter_context((folder / f"{topic}.jsonl").open("wb")) for topic in FEEDS}
        for midnight, snapshots in month(forces, days, scale, start, seed):
            for snapshot in snapshots:
                if snapshot.event_time < end:
                    waiting[snapshot.TOPIC].append((snapshot.event_time, write_json(snapshot)))
            for topic, lines in waiting.items():
                waiting[topic], due = _split(lines, midnight + DAY)
                written += _append(files[topic], due)
        for topic, lines in waiting.items():
            written += _append(files[topic], lines)
    return written


def _split(lines: list[Line], before: Millis) -> tuple[list[Line], list[Line]]:
    """Part what is saved before a moment from what is saved later."""
    return [line for line in lines if line[0] >= before], [line for line in lines if line[0] < before]


def _append(file: BinaryIO, lines: list[Line]) -> int:
    file.writelines(line + b"\n" for _, line in sorted(lines, key=itemgetter(0)))
    return len(lines)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and write the month."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.generate", description=__doc__.splitlines()[0])
    parser.add_argument("--forces", type=int, default=1, help="how many forces (1)")
    parser.add_argument("--days", type=int, default=30, help="how many days (30)")
    parser.add_argument("--snapshots", type=int, help="about how many snapshots in all, in the same proportions")
    parser.add_argument("--start", default=START, help=f"when the month begins, RFC 3339 ({START})")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another month (1)")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    chosen = parser.parse_args(arguments)
    usual = SNAPSHOTS_A_DAY * chosen.forces * chosen.days
    wanted_snapshots = usual if chosen.snapshots is None else chosen.snapshots - TRAINING_OF_A_FORCE * chosen.forces
    scale = max(wanted_snapshots, 0) / usual
    start = from_rfc3339(chosen.start)
    written = write(chosen.out, chosen.forces, chosen.days, scale, start=start, seed=chosen.seed)
    sys.stdout.write(f"{written} snapshots of {chosen.forces} forces over {chosen.days} days in {chosen.out}\n")


if __name__ == "__main__":
    main()
