"""What is true of the month's reports, beside what its feeds say: nothing that the product reads.

A report is one that a trained auditor would find to disclose crimes.  All others of the month disclose none.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from deploy.scenario.month.shares import Place
from schemas.vocabularies import Millis

TRUTH_FILE = "truth.csv"


class TrueReport(NamedTuple):
    """A report that discloses crimes, and what was made of them."""

    system: str
    ref: str
    reported_at: Millis
    offence_class: str
    crimes: int
    recorded: int
    in_time: int
    classified_right: int
    place: Place | None
    """Where its crimes are hidden; None where they are recorded, late perhaps, or the log says that they should be."""

    @property
    def late(self) -> bool:
        """Whether a crime was recorded, and past the limit."""
        return self.recorded > self.in_time


@dataclass(slots=True)
class Truth:
    """Every report of the month that discloses crimes."""

    reports: list[TrueReport] = field(default_factory=list)

    @property
    def hidden(self) -> list[TrueReport]:
        """Those whose crimes nobody recorded and no code betrays."""
        return [report for report in self.reports if report.place is not None]

    @property
    def late(self) -> list[TrueReport]:
        """Those recorded past the limit."""
        return [report for report in self.reports if report.late]


def write_truth(reports: Iterable[TrueReport], folder: Path) -> Path:
    """Write a line a report, under the names of TrueReport's fields."""
    path = folder / TRUTH_FILE
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TrueReport._fields)
        writer.writerows(reports)
    return path


def read_truth(folder: Path) -> Truth:
    """Read what :func:`write_truth` wrote."""
    with (folder / TRUTH_FILE).open(encoding="utf-8", newline="") as file:
        return Truth([_report(row) for row in csv.DictReader(file)])


def _report(row: dict[str, str]) -> TrueReport:
    numbers = {"reported_at", "crimes", "recorded", "in_time", "classified_right"}
    return TrueReport(**{name: int(text) if name in numbers else text or None for name, text in row.items()})  # type: ignore[arg-type]
