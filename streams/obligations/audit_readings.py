"""Which reading of an audited record stands, where several people read it."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.records import AuditReading


def standing_reading(readings: Iterable[AuditReading]) -> AuditReading | None:
    """Return the reading of one record in one audit that stands; None: it is not in yet.

    The registrar's stands; else the first reader's, where no second reader differs.
    """
    by_reader = {reading.reader: reading for reading in readings}
    registrar, first, second = by_reader.get("FCR"), by_reader.get("FIRST"), by_reader.get("SECOND")
    if registrar is not None:
        return registrar
    if first is None or second is None or not differ(first, second):
        return first
    return None


def differ(one: AuditReading, other: AuditReading) -> bool:
    """Return whether two readings of a record differ, in a number or in the classes found."""
    return _compared(one) != _compared(other)


def _compared(reading: AuditReading) -> tuple[object, ...]:
    return (
        reading.crimes_found,
        reading.crimes_recorded,
        reading.in_time,
        reading.classified_right,
        sorted(reading.offence_classes),
    )
