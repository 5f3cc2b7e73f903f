"""The registrar's audit results, taken back into the stream.

CATS holds what a referral is, and the registrar's findings belong in it.  Where CATS cannot take them, the result
becomes a snapshot of the referral all the same: the newest one of CATS, with the audit stated.  It keeps that
snapshot's event_time and supersedes it by its revision, so it moves no feed's completeness.  A later snapshot from
CATS that does not state the audit takes it back, so the result has to be entered there as well.
"""

from __future__ import annotations

import uuid
from typing import NamedTuple

import msgspec

from schemas.identifiers import normalise
from schemas.records import Referral
from schemas.times import to_rfc3339
from streams.audits.outcomes import read_outcome


class AuditResult(NamedTuple):
    """What the registrar found of one referral."""

    force: str
    referral_ref: str
    audited_at: int
    outcome: str
    """One of :data:`streams.audits.outcomes.OUTCOMES`, or another word or two; never free text."""


def states_result(referral: Referral, result: AuditResult) -> bool:
    """Return whether a snapshot of the referral states the result already, in this word or a former one."""
    return referral.fcr_audited_at == result.audited_at and _meaning(referral.fcr_audit_outcome) == _meaning(
        result.outcome
    )


def _meaning(outcome: str | None) -> str | None:
    return None if outcome is None else read_outcome(outcome) or outcome


def with_result(referral: Referral, result: AuditResult) -> Referral:
    """Return the snapshot that adds a result to the newest one; the same two always give the same one."""
    name = "|".join(
        (
            "cdi",
            "audit-result",
            result.force,
            normalise(result.referral_ref),
            to_rfc3339(result.audited_at),
            result.outcome,
            referral.event_id,
        )
    )
    return msgspec.structs.replace(
        referral,
        event_id=str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        revision=referral.revision + 1,
        fcr_audited_at=result.audited_at,
        fcr_audit_outcome=result.outcome,
    )
