"""Which record an assessment, a score or an audit reading is about.

A disposal and a crime are both CIS': a reading is about a disposal where its audit's frame is DISPOSALS, which its
audit_id says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.records import RECORD_BY_TOPIC, Assessment, AuditReading, Score
from streams.facts.matters import ASB_REPORT, CRIME, DISPOSAL, INCIDENT, PROTECTION_REPORT, REFERRAL, Kind

JUDGING_TOPICS: Final = (Assessment.TOPIC, AuditReading.TOPIC)
"""The topics on which people judge records."""
TOPICS_ABOUT_RECORDS: Final = frozenset({*JUDGING_TOPICS, Score.TOPIC})

_KIND_BY_SYSTEM: Final[Mapping[str, Kind]] = {
    kind.system: kind for kind in (INCIDENT, REFERRAL, PROTECTION_REPORT, ASB_REPORT, CRIME)
}
_DISPOSALS: Final = "-DISPOSALS-"
"""In an audit_id: the frame."""


def subject_of(topic: str, name: str) -> tuple[Kind, str]:
    """Return the kind and the normalised reference of what the record ``name`` on a topic is about."""
    parts = dict(zip(RECORD_BY_TOPIC[topic].IDENTITY, name.split("|"), strict=True))
    if parts["system"] == CRIME.system and _DISPOSALS in parts.get("audit_id", ""):
        return DISPOSAL, parts["ref"]
    return _KIND_BY_SYSTEM[parts["system"]], parts["ref"]
