"""References to records and ids of alerts, and when two references are the same."""

from __future__ import annotations

import re
import uuid
from functools import lru_cache
from typing import Final, NewType

AlertId = NewType("AlertId", str)

IncidentRef = NewType("IncidentRef", str)
CrimeRef = NewType("CrimeRef", str)
ReferralRef = NewType("ReferralRef", str)
AsbRef = NewType("AsbRef", str)
ProtectionRef = NewType("ProtectionRef", str)
DisposalRef = NewType("DisposalRef", str)
CallRef = NewType("CallRef", str)
OffenderId = NewType("OffenderId", str)
StaffId = NewType("StaffId", str)
"""Normalised references (see :func:`normalise`), each to the records of one system: none passes for another's."""

_NOT_A_LETTER_OR_DIGIT: Final = re.compile(r"[^A-Z0-9]+")


@lru_cache(maxsize=65_536)
def normalise(reference: str) -> str:
    """Return a reference as all are compared across systems: ``" cr/0123 13"`` as ``"CR-0123-13"``.

    Upper case is Unicode's, applied before anything is replaced: ``ß`` becomes ``SS`` and stays, ``é`` becomes ``É``,
    which is no letter from A to Z, and so ``-``.  The result is empty when nothing of the reference is left.
    """
    return _NOT_A_LETTER_OR_DIGIT.sub("-", reference.upper()).strip("-")


def alert_id(force: str, rule_id: str, subject_system: str, subject_ref: str, discriminator: str = "") -> AlertId:
    """Return the id of an alert, made from what it is about, so that raising it twice is a no-op.

    ``discriminator`` tells several alerts of one rule on one subject apart: its references are normalised, its times
    RFC 3339 with milliseconds, its parts joined by ``|``.
    """
    name = f"cdi|{force}|{rule_id}|{subject_system}|{normalise(subject_ref)}|{discriminator}"
    return AlertId(str(uuid.uuid5(uuid.NAMESPACE_URL, name)))
