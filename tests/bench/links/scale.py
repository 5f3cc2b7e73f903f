"""What suggestions cost as a force grows, and how soon they come: ``python -m tests.bench.links.scale``.

A national peak is taken to be ten records a second: about 25 million incident snapshots a year in England and Wales and
what belongs to them come to five a second in the mean, and an evening's are twice as many.  Fifty times that is 500 a
second over all forces.  Measured is one force at so many times Leicestershire's volume, with crimes cited, mistyped
and not cited as in LINKS.md, since forces are judged apart and more of them are more workers' work.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.policy.calendar import DAY, MINUTE
from tests.bench.links.force import FORCE, START, Force
from tests.bench.measure import machine

NATIONAL_PEAK: Final = 10.0
"""Records a second."""
TIMES: Final = 50
VOLUMES: Final = (1.0, 2.0, 4.0, 8.0)
DAYS: Final = 6


class Stopwatch:
    """Counts the CPU seconds spent in a function, and its longest call."""

    def __init__(self) -> None:
        self.seconds = self.longest = 0.0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that is timed."""

        def timed(*arguments: Any) -> Any:
            begun = time.process_time()
            result = function(*arguments)
            spent = time.process_time() - begun
            self.seconds += spent
            self.longest = max(self.longest, spent)
            return result

        return timed


def measure(volume: float, days: int) -> dict[str, float | int]:
    """Judge some days of a force, a minute at a time as a worker does, and return what suggestions took of it."""
    monitor = Monitor(FORCE, PolicyBook.built_in(), keeps_state=False, keeps_reviews=False)
    watch = Stopwatch()
    monitor._missed.suggestions = watch.around(monitor._missed.suggestions)  # type: ignore[method-assign]
    snapshots = sorted(Force(1, volume).days(days), key=lambda snapshot: snapshot.event_time)
    position = suggested = 0
    begun = time.process_time()
    for moment in range(START, START + days * DAY, MINUTE):
        first = position
        while position < len(snapshots) and snapshots[position].event_time <= moment:
            monitor.apply(snapshots[position], moment)
            position += 1
        if position > first:
            monitor.advance(moment)
            suggested += len(monitor.drain().candidates)
    total = time.process_time() - begun
    pools = monitor._missed._pools
    return {
        "times Leicestershire": volume,
        "records": position,
        "records a second of CPU": round(position / total),
        "suggestions": suggested,
        "microseconds a record in suggestions": round(watch.seconds / position * 1e6, 1),
        "share of CPU in suggestions": round(watch.seconds / total, 3),
        "longest drain's suggestions, ms": round(watch.longest * 1000, 1),
        "reports compared at the end": len(pools.reports),
        "crimes compared at the end": len(pools.crimes),
    }


def main() -> None:
    """Print what is measured as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.links.scale", description=__doc__.splitlines()[0])
    parser.add_argument("--volumes", default=",".join(map(str, VOLUMES)), help="how many times Leicestershire's volume")
    parser.add_argument("--days", type=int, default=DAYS, help=f"how many days ({DAYS})")
    chosen = parser.parse_args()
    rows = [measure(float(volume), chosen.days) for volume in chosen.volumes.split(",")]
    slowest = min(row["records a second of CPU"] for row in rows)
    needed = {"records a second at fifty times the national peak": NATIONAL_PEAK * TIMES, "slowest here": slowest}
    sys.stdout.write(json.dumps({"machine": machine(), "goal": needed, "forces": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
