"""The Leicestershire scenario.

It has nine feeds of 2013, from which the rules find what HMIC's inspection found.

The records say what a force's systems would say.  The figures of Part B and of the dip samples are not among them: they
come out only where the rules are applied.  :mod:`deploy.scenario.published` has HMIC's own figures, for display beside
the computed ones.

Reports come in over four weeks (:mod:`~deploy.scenario.period`), at the times of day when people call.  STORM, CIS,
CATS, SENTINEL, PNC, the training records and the contact centre each save their own records as full
snapshots (:mod:`~deploy.scenario.revisions`), and cite each other's by references typed in many ways
(:mod:`~deploy.scenario.reference_numbers`).  Most records are in order.  Each module says which faults it adds on
purpose, why HMIC's report makes them plausible, and which alerts they raise:

- :mod:`~deploy.scenario.incidents`: 123 incidents, 115 crimes, 100 recorded, 3 under another class;
  :mod:`~deploy.scenario.unrecorded`: the 14 incidents with nothing recorded; :mod:`~deploy.scenario.undisclosed`: the
  10 that disclose no crime;
- :mod:`~deploy.scenario.referrals`: 55 referrals, 16 crimes, 6 recorded;
- :mod:`~deploy.scenario.asb`: anti-social behaviour, outside those figures;
- :mod:`~deploy.scenario.no_crimes`: 83 no-crime decisions, 74 right;
- :mod:`~deploy.scenario.disposals` and :mod:`~deploy.scenario.offenders`: four dip samples of 25 disposals;
- :mod:`~deploy.scenario.calls`: calls, their late reviews and an emerging theme;
- :mod:`~deploy.scenario.staff`: who was trained in what;
- :mod:`~deploy.scenario.aftercare`: what victims and partner agencies were owed, and a dispute.

Random numbers are seeded by group, so that the scenario is the same in every run, and a change to one group leaves the
others as they were.
"""

from __future__ import annotations

from pathlib import Path

from deploy.scenario.aftercare import aftercare
from deploy.scenario.asb import asb_reports
from deploy.scenario.calls import calls
from deploy.scenario.disposals import disposals
from deploy.scenario.incidents import incidents
from deploy.scenario.no_crimes import no_crimes
from deploy.scenario.published import PUBLISHED, PublishedFigure
from deploy.scenario.reference_numbers import ReferenceNumbers
from deploy.scenario.referrals import referrals
from deploy.scenario.staff import training_records
from schemas.records import FEEDS, Snapshot
from schemas.rows import write_json

__all__ = ["PUBLISHED", "PublishedFigure", "events", "write"]


def events() -> list[Snapshot]:
    """Return every snapshot of the scenario, in order of event_time."""
    numbers = ReferenceNumbers()
    reported = incidents(numbers)
    snapshots = [
        *training_records(),
        *reported.snapshots,
        *referrals(numbers, reported),
        *asb_reports(numbers),
        *no_crimes(numbers),
        *disposals(numbers),
        *calls(numbers, reported.opened),
        *aftercare(numbers),
    ]
    return sorted(snapshots, key=lambda snapshot: (snapshot.event_time, snapshot.event_id))


def write(folder: Path) -> list[Path]:
    """Write the scenario as one ``TOPIC.jsonl`` a feed, in order of event_time; return the files.

    Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[bytes]] = {topic: [] for topic in FEEDS}
    for snapshot in events():
        lines[snapshot.TOPIC].append(write_json(snapshot))
    paths = []
    for topic, of_topic in lines.items():
        path = folder / f"{topic}.jsonl"
        path.write_bytes(b"".join(line + b"\n" for line in of_topic))
        paths.append(path)
    return paths
