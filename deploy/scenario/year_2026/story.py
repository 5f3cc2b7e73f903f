"""One invented history of a force, and what the rules say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.identifiers import normalise
from schemas.products import Status
from schemas.records import Assessment, Snapshot

_REFERENCES: Final = ("incident_ref", "crime_ref", "disposal_ref", "referral_ref", "report_ref", "asb_ref", "call_ref")


@dataclass(frozen=True, slots=True)
class StoryAlert:
    """An alert of a history, and as what it stands in the end."""

    rule_id: str
    subject_ref: str
    status: Status = "BREACHED"
    discriminator: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, as the systems saved it, and the alerts that it is to raise."""

    title: str
    """What happened, in a sentence."""
    rule_id: str
    """The rule that it is about; of a history that raises nothing, the one that stays silent."""
    paragraph: str
    """Where the text says so."""
    snapshots: tuple[Snapshot, ...]
    expected: tuple[StoryAlert, ...] = ()

    def subjects(self) -> set[str]:
        """Return the normalised references of its records."""
        return {
            normalise(str(getattr(snapshot, name)))
            for snapshot in self.snapshots
            if not isinstance(snapshot, Assessment)
            for name in _REFERENCES
            if name in snapshot.IDENTITY
        }
