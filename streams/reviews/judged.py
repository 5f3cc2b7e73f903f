"""What people judged, as far as it teaches the priors.

An auditor's reading teaches where the record had no crime.  An assessment teaches only where the report is of the blind
share: others were read because they ranked high.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from schemas.records import AuditReading
from streams.audits.readings import RecordReadings
from streams.facts.context import Context
from streams.facts.matters import Matter, Report
from streams.facts.record import Record
from streams.obligations.assessments import given_assessments, standing_assessment
from streams.reviews.blind_share import digest_of, is_blind
from streams.reviews.past_links import had_counting_crime


class Judged(NamedTuple):
    """What one report teaches."""

    at: int
    """When it was judged (ms): it counts from the next local midnight on."""
    disclosed: bool
    """Whether it disclosed a crime."""


def judged(report: Matter[Report], context: Context) -> Judged | None:
    """Return what a report teaches, or None if it teaches nothing."""
    facts, subject = context.facts, (report.kind.system, report.ref)
    if subject in facts.readings_of:
        by_reading = _by_reading(list(facts.readings_of[subject].values()))
        if by_reading is not None:
            return by_reading
    if subject in facts.assessments_of:
        return _by_assessment(report, context)
    return None


def _by_reading(records: list[Record[AuditReading]]) -> Judged | None:
    """Return what the newest audit teaches whose reading stands, if it found no crime recorded."""
    by_audit: dict[str, list[Record[AuditReading]]] = defaultdict(list)
    for record in records:
        if record.effective_count:
            by_audit[record.newest.audit_id].append(record)
    standing: list[tuple[int, str, AuditReading]] = []
    for audit_id, readings in by_audit.items():
        reading = RecordReadings.of(record.newest for record in readings).standing
        if reading is not None:
            entered_at = next(record.first.event_time for record in readings if record.newest is reading)
            standing.append((entered_at, audit_id, reading))
    if not standing:
        return None
    entered_at, _, reading = max(standing, key=lambda item: item[:2])
    return Judged(entered_at, reading.crimes_found >= 1) if reading.crimes_recorded == 0 else None


def _by_assessment(report: Matter[Report], context: Context) -> Judged | None:
    digest = digest_of(context.force, report.kind.system, report.ref)
    if not is_blind(digest, context.book.reviews.blind_share):
        return None
    standing = standing_assessment(given_assessments(report, context))
    if standing is None or standing.newest.crimes is None or had_counting_crime(report, standing.at, context):
        return None
    return Judged(standing.at, standing.newest.crimes >= 1)
