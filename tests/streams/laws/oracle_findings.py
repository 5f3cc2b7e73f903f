"""What a rule of the slow oracle finds, and about what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from schemas.products import SubjectSystem
from schemas.records import AsbReport, Call, Crime, Disposal, Incident, ProtectionReport, Referral, Snapshot

SYSTEMS: dict[type[Snapshot], SubjectSystem] = {
    Incident: "STORM",
    Crime: "CIS",
    Disposal: "CIS",
    Referral: "CATS",
    AsbReport: "SENTINEL",
    ProtectionReport: "PPN",
    Call: "CMC",
}
"""The kinds of record that an alert may be about, and the system that its subject is of."""


class Key(NamedTuple):
    """What an alert is about."""

    rule_id: str
    kind: type[Snapshot]
    ref: str
    discriminator: str | None = None


class Obligation(NamedTuple):
    """An obligation with a deadline, as it stands at a moment."""

    due_at: int
    met_at: int | None
    severity: str
    risk_at: int | None = None
    remedy: str = "REMEDIED"
    offence_class: str | None = None
    """Where it is not the class that the subject itself has."""


class Wrong(NamedTuple):
    """A rule without a deadline, as it stands at a moment."""

    wrong: bool
    severity: str
    offence_class: str | None = None
    """Where it is not the class that the subject itself has."""


Finding: TypeAlias = Obligation | Wrong
Found: TypeAlias = Iterator[tuple[Key, Finding]]
