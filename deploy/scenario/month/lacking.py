"""What the feeds of such a force do not hold: what only a reader of the log would know.

The shipped policy for such a force (``deploy/policies/typical-force.toml``) says the same under ``[lacks]``; a test
holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from schemas.records import RECORD_BY_TOPIC, Snapshot

LACKING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {  # ours: no published description of the systems' columns was found; each is what an auditor reads, not a column
        "storm.incidents.v1": (
            "crimes_expected",
            "offence_class",
            "disposition_rationale",
            "reporter_informed",
            "fcr_oversight",
            "n100_code",
            "other_force_crime_ref",
            "assessed_at",
            "overseen_by",
            "overseen_role",
            "overseen_at",
        ),
        "cis.crimes.v1": (
            "dispute_raised_at",
            "dispute_decided_at",
            "dispute_decided_role",
            "oversight_di",
            "closure_reviewed_by",
            "closure_reviewed_role",
            "victim_care_contract_at",
            "victim_consents_support",
            "victim_support_referred_at",
            "partner_referrals",
            "reclassified_at",
            "reclassified_role",
            "reclassification_rationale",
            "fcr_oversight_at",
            "outcome_role",
            "outcome_rationale",
        ),
        "cis.no-crimes.v1": ("independent", "avi", "victim_informed_at"),
        "cis.disposals.v1": (
            "implications_explained",
            "offence_admitted",
            "victim_present",
            "victim_consulted",
            "outcome_meaningful",
            "form_attached",
            "reviewed_at",
            "reviewed_by",
            "pnc_checked_at",
        ),
        "cats.referrals.v1": (
            "crimes_expected",
            "offence_class",
            "decision_rationale",
            "reporter_informed",
            "fcr_oversight",
        ),
        "ppn.reports.v1": (
            "crimes_expected",
            "offence_class",
            "decision",
            "decision_rationale",
            "reporter_informed",
            "fcr_oversight",
        ),
        "sentinel.asb-reports.v1": (
            "crimes_expected",
            "offence_class",
            "decision",
            "decision_rationale",
            "reporter_informed",
            "fcr_oversight",
        ),
    }
)


def without_lacking(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot with what its feed lacks left empty."""
    empty = _EMPTY.get(snapshot.TOPIC)
    return snapshot if empty is None else msgspec.structs.replace(snapshot, **empty)


def _empty_fields() -> dict[str, dict[str, object]]:
    return {
        topic: {
            field.name: field.default
            for field in msgspec.structs.fields(RECORD_BY_TOPIC[topic])
            if field.name in LACKING[topic]
        }
        for topic in LACKING
    }


_EMPTY = _empty_fields()
