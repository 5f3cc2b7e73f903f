"""Which reading of a record stands, and whether two readers differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schemas.identifiers import normalise
from schemas.records import AuditReading
from streams.audits.agreement import DoubleReading
from streams.audits.outcomes import Outcome, outcome_of
from streams.facts.facts import Facts
from streams.facts.linkage import ReportKey


class RecordReadings(NamedTuple):
    """The readings of one record in one audit, by reader."""

    first: AuditReading | None = None
    second: AuditReading | None = None
    fcr: AuditReading | None = None

    @classmethod
    def of(cls, readings: Iterable[AuditReading]) -> RecordReadings:
        """Sort the readings of one record by reader; a second one by who gave the first is no reading."""
        by_reader = {reading.reader: reading for reading in readings}
        first, second = by_reader.get("FIRST"), by_reader.get("SECOND")
        if first is not None and second is not None and is_same_reader(first.read_by, second.read_by):
            second = None
        return cls(first, second, by_reader.get("FCR"))

    @property
    def anything(self) -> bool:
        """Whether anybody read the record."""
        return self.first is not None or self.second is not None or self.fcr is not None

    @property
    def standing(self) -> AuditReading | None:
        """The reading that stands: the registrar's, else the first where a second does not differ from it."""
        if self.fcr is not None:
            return self.fcr
        return None if self.differ else self.first

    @property
    def differ(self) -> bool:
        """Whether two readers read the record and found different things."""
        return self.first is not None and self.second is not None and readings_differ(self.first, self.second)

    def double_reading(self) -> DoubleReading | None:
        """Return what two readers found; None where fewer read it."""
        if self.first is None or self.second is None:
            return None
        return DoubleReading(reading_outcome(self.first), reading_outcome(self.second), self.differ)


def readings_differ(first: AuditReading, second: AuditReading) -> bool:
    """Return whether two readings differ in counts, in classes, or in whether the record is right."""
    if None not in (first.right, second.right) and first.right != second.right:
        return True
    return _compared(first) != _compared(second)


def _compared(reading: AuditReading) -> tuple[int, int, int, int, Counter[str]]:
    return (
        reading.crimes_found,
        reading.crimes_recorded,
        reading.in_time,
        reading.classified_right,
        Counter(reading.offence_classes),
    )


def reading_outcome(reading: AuditReading) -> Outcome:
    """Return the outcome of a record as one reader found it."""
    return outcome_of(reading.crimes_found, reading.crimes_recorded, reading.in_time, reading.classified_right)


def is_same_reader(first: str, second: str) -> bool:
    """Return whether two names are one person's, however they are typed."""
    return first.strip().casefold() == second.strip().casefold()


def is_read_by_first_reader(reading: AuditReading, facts: Facts) -> bool:
    """Return whether a second reading is by whoever gave the first of the record, in effect or not."""
    if reading.reader != "SECOND":
        return False
    known = facts.readings_of.get((reading.system, normalise(reading.ref)), {}).values()
    return any(
        first.reader == "FIRST"
        and normalise(first.audit_id) == normalise(reading.audit_id)
        and is_same_reader(first.read_by, reading.read_by)
        for first in (record.snapshots[-1] for record in known if record.snapshots)
    )


def audits_of(facts: Facts, subject: ReportKey) -> Iterator[tuple[str, RecordReadings]]:
    """Yield the id of each audit in which a record was read, normalised, with its readings."""
    by_audit: dict[str, list[AuditReading]] = {}
    for record in facts.readings_of.get(subject, {}).values():
        if record.effective_count:
            by_audit.setdefault(normalise(record.newest.audit_id), []).append(record.newest)
    for audit_id, readings in sorted(by_audit.items()):
        yield audit_id, RecordReadings.of(readings)


def readings_in_audit(facts: Facts, subject: ReportKey, audit_id: str) -> RecordReadings:
    """Return the readings of a record in one audit."""
    return dict(audits_of(facts, subject)).get(normalise(audit_id), RecordReadings())
