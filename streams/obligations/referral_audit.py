"""Which referrals the Force Crime Registrar audits.

HMIC 2014, recommendation 2: a process "for auditing (by the FCR) referrals by other organisations (public sector,
voluntary sector and private sector) ..., with special attention being directed to those involving vulnerable adults
and children".  So every one with a vulnerable person, and a share of the rest that nobody can choose or foresee
changing: it is decided by a digest of the reference alone.
"""

from __future__ import annotations

import hashlib

from schemas.identifiers import normalise
from schemas.records import Referral


def is_audited(force: str, referral: Referral, share_percent: int) -> bool:
    """Return whether a referral, as it is now, is selected.

    ``share_percent`` of those with nobody vulnerable are.  The reference is digested as references are compared, so
    that it does not matter how or in which snapshot a unit typed it.
    """
    return bool(referral.vulnerable) or percentile(force, referral.referral_ref) < share_percent


def percentile(force: str, referral_ref: str) -> int:
    """Return the place of a referral from 0 to 99: a digest's first 8 bytes, big-endian, modulo 100."""
    digest = hashlib.sha256(f"{force}/{normalise(referral_ref)}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100
