"""The typed records: what one snapshot on each topic says.

Every record on a source topic is a full snapshot of one record in its source system, and starts with the same
envelope (``event_id``, ``force``, ``source``, ``event_time``, ``revision``).  Times are whole milliseconds since the
epoch, UTC; a field whose type is :data:`~schemas.vocabularies.Millis` is a time and nothing else is.
"""

from schemas.records.crimes import (
    Crime,
    Disposal,
    HistoryEntry,
    NoCrime,
    OffenderHistory,
    PartnerReferral,
    VerifiableInformation,
)
from schemas.records.peoples_records import Assessment, AuditReading, Link, Score
from schemas.records.reports import AsbReport, Incident, ProtectionReport, Referral
from schemas.records.snapshot import READ_AS_FALSE, SET_BY_READERS, Heartbeat, Snapshot
from schemas.records.staff import Call, TrainingRecord

__all__ = [
    "FEEDS",
    "PEOPLES_RECORDS",
    "POSSIBLE_FEEDS",
    "READ_AS_FALSE",
    "RECORD_BY_TOPIC",
    "SET_BY_READERS",
    "SOURCE_RECORDS",
    "AsbReport",
    "Assessment",
    "AuditReading",
    "Call",
    "Crime",
    "Disposal",
    "Heartbeat",
    "HistoryEntry",
    "Incident",
    "Link",
    "NoCrime",
    "OffenderHistory",
    "PartnerReferral",
    "ProtectionReport",
    "Referral",
    "Score",
    "Snapshot",
    "TrainingRecord",
    "VerifiableInformation",
]

SOURCE_RECORDS: tuple[type[Snapshot], ...] = (
    Incident,
    Crime,
    NoCrime,
    Disposal,
    OffenderHistory,
    Referral,
    AsbReport,
    TrainingRecord,
    Call,
    ProtectionReport,
    Link,
    Assessment,
    Score,
    AuditReading,
)
"""The record on each source topic, feeds first."""

PEOPLES_RECORDS: tuple[type[Snapshot], ...] = (Link, Assessment, Score, AuditReading)
"""What people, or their models, say of records: no feeds, they hold no clock."""

POSSIBLE_FEEDS: tuple[str, ...] = tuple(record.TOPIC for record in SOURCE_RECORDS if record not in PEOPLES_RECORDS)
"""The feeds that a policy may name."""

FEEDS: tuple[str, ...] = tuple(topic for topic in POSSIBLE_FEEDS if topic != ProtectionReport.TOPIC)
"""The feeds of every force, unless a policy says otherwise."""

RECORD_BY_TOPIC: dict[str, type[Snapshot]] = {record.TOPIC: record for record in SOURCE_RECORDS}
