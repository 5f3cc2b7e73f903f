"""A month at Leicestershire's volumes, with the fields that real systems lack left empty.

What the rules and the review queue are tried on: 712 incidents and 255 crimes a day, crimes hidden in logs of four
kinds and in referrals, crimes recorded late, references mistyped, people who call again and again.  ASSUMPTIONS.md
beside this says what is published of it and what is ours; :mod:`~deploy.scenario.month.shares` has every number.

The same seed gives the same month.  What is true of each report comes beside the records
(:mod:`~deploy.scenario.month.truth`); the product never reads it.

- :mod:`~deploy.scenario.month.logs`: the control room's logs and the crimes recorded from them, by
  :mod:`~deploy.scenario.month.fates`;
- :mod:`~deploy.scenario.month.other_routes`: referrals, partners' reports, crimes of no log;
- :mod:`~deploy.scenario.month.decisions`: cancellations, disposals, reviewed calls, training;
- :mod:`~deploy.scenario.month.lacking`: what these systems do not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from deploy.scenario.month import decisions, shares
from deploy.scenario.month.lacking import LACKING, without_lacking
from deploy.scenario.month.logs import ControlRoom
from deploy.scenario.month.other_routes import OtherRoutes
from deploy.scenario.month.people import People
from deploy.scenario.month.station import Station
from deploy.scenario.month.truth import Truth, write_truth
from schemas.records import POSSIBLE_FEEDS, Snapshot
from schemas.rows import write_json
from schemas.vocabularies import Millis
from streams.policy.calendar import DAY, local_midnight

__all__ = ["FIRST_DAY", "LACKING", "Month", "month", "write"]

FORCE: Final = "LEICS"
FIRST_DAY: Final = date(2025, 9, 1)
SETTLED_AFTER: Final = 7 * DAY
"""How long after the last report records are still saved (ms): every late recording is among them."""


class Month(NamedTuple):
    """The records of some days, in order of event_time, and what is true of them."""

    snapshots: list[Snapshot]
    truth: Truth
    midnights: Sequence[Millis]
    """When each day of reports begins, and when the last one ends."""

    @property
    def start(self) -> Millis:
        """When the first day of reports begins."""
        return self.midnights[0]

    @property
    def end(self) -> Millis:
        """When the last day of reports ends."""
        return self.midnights[-1]


def month(days: int = shares.DAYS_COUNTED, *, seed: int = 1, first_day: date = FIRST_DAY, whole: bool = False) -> Month:
    """Return the records of so many days of reports.

    With ``whole`` every field is stated, as by systems that hold what an auditor knows.
    """
    station = Station(FORCE, seed)
    midnights = [_midnight(first_day + timedelta(days=number)) for number in range(days + 1)]
    truth = Truth()
    snapshots = sorted(
        _records(station, truth, midnights), key=lambda snapshot: (snapshot.event_time, snapshot.event_id)
    )
    last = midnights[-1] + SETTLED_AFTER
    saved = [snapshot for snapshot in snapshots if snapshot.event_time < last]
    return Month(saved if whole else [without_lacking(s) for s in saved], truth, midnights)


def _records(station: Station, truth: Truth, midnights: list[Millis]) -> Iterator[Snapshot]:
    people = People(station)
    control_room, other_routes = ControlRoom(station, people, truth), OtherRoutes(station, people, truth)
    yield from decisions.training(station, midnights[0])
    for number, midnight in enumerate(midnights[:-1]):
        before = control_room.crimes + other_routes.crimes
        yield from control_room.day(midnight, number)
        yield from other_routes.day(midnight, number)
        for begin, often in (
            (decisions.no_crime, shares.NO_CRIMES_A_DAY),
            (decisions.disposal, shares.DISPOSALS_A_DAY),
            (decisions.call, shares.CALLS_A_DAY),
        ):
            for _ in range(often):
                yield from begin(station, midnight)
        reported = control_room.crimes + other_routes.crimes - before
        yield from other_routes.other_crimes(midnight, shares.CRIMES_A_DAY - shares.NO_CRIMES_A_DAY - reported)


def _midnight(day: date) -> Millis:
    return local_midnight(day.year, day.month, day.day)


def write(folder: Path, of: Month) -> list[Path]:
    """Write one ``TOPIC.jsonl`` a topic, and what is true beside them; return the files of records.

    Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[bytes]] = {topic: [] for topic in POSSIBLE_FEEDS}
    for snapshot in of.snapshots:
        lines.setdefault(snapshot.TOPIC, []).append(write_json(snapshot))
    write_truth(of.truth.reports, folder)
    return [_write_lines(folder / f"{topic}.jsonl", rows) for topic, rows in lines.items()]


def _write_lines(path: Path, rows: Iterable[bytes]) -> Path:
    path.write_bytes(b"".join(row + b"\n" for row in rows))
    return path
