"""The registrar's audit results, taken back into the stream.

CATS holds what a referral is, and the registrar's findings belong in it.  Where CATS cannot take them, the result
becomes a snapshot of the referral all the same: everything that CATS said last, with the audit stated.  It keeps the
event_time of that snapshot and goes before it by its revision, so it moves no feed's completeness; a later snapshot
of CATS's that does not state the audit takes it back, so the result has to be entered there as well.
"""

from __future__ import annotations

import uuid
from typing import NamedTuple

import msgspec

from schemas.identifiers import normalise
from schemas.records import Referral
from schemas.times import to_rfc3339


class AuditResult(NamedTuple):
    """What the registrar found of one referral."""

    force: str
    referral_ref: str
    audited_at: int
    outcome: str
    """A word or two, never free text; COMPLIANT where nothing was wrong."""


def states(said: Referral, result: AuditResult) -> bool:
    """Say whether a snapshot of the referral states the result already."""
    return (said.fcr_audited_at, said.fcr_audit_outcome) == (result.audited_at, result.outcome)


def audited(said: Referral, result: AuditResult) -> Referral:
    """Return the snapshot that states a result on top of the newest one; the same two always give the same one."""
    name = "|".join(
        (
            "cdi",
            "audit-result",
            result.force,
            normalise(result.referral_ref),
            to_rfc3339(result.audited_at),
            result.outcome,
            said.event_id,
        )
    )
    return msgspec.structs.replace(
        said,
        event_id=str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        revision=said.revision + 1,
        fcr_audited_at=result.audited_at,
        fcr_audit_outcome=result.outcome,
    )
