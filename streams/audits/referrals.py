"""The registrar's audit of a referral: as CATS states it, or by a reading in an NCRS audit."""

from __future__ import annotations

from schemas.records import AuditReading, Referral
from streams.audits.outcomes import Outcome, read_outcome
from streams.audits.readings import reading_outcome
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.facts.record import Record
from streams.obligations.completion_times import earliest


def audited_at(referral: Matter[Referral], context: Context) -> int | None:
    """Return when (ms) the registrar audited a referral: as CATS states it, or when they read it."""
    read_at = (record.first.event_time for record in _registrars_readings(referral, context))
    return earliest(referral.newest.fcr_audited_at, *read_at)


def audited_outcome(referral: Matter[Referral], context: Context) -> Outcome | str | None:
    """Return the outcome of a referral's audit: the word that CATS states, else that of a reading."""
    stated = referral.newest.fcr_audit_outcome
    if referral.newest.fcr_audited_at is not None and stated:
        return read_outcome(stated) or stated
    readings = [record.newest for record in _registrars_readings(referral, context)]
    newest = max(readings, key=lambda reading: (reading.event_time, reading.event_id), default=None)
    return None if newest is None else reading_outcome(newest)


def _registrars_readings(referral: Matter[Referral], context: Context) -> list[Record[AuditReading]]:
    records = context.facts.readings_of.get((referral.kind.system, referral.ref), {})
    return [record for record in records.values() if record.effective_count and record.newest.reader == "FCR"]
