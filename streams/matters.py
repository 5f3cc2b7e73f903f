"""Matters: the things an obligation is about, each with what is known and what has been said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from schemas.products import Alert, SubjectSystem
from schemas.records import AsbReport, Call, Crime, Disposal, Incident, NoCrime, Referral, Snapshot
from streams.history import Record


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of matter: the system whose subject it is and the record that is its main one."""

    name: str
    system: SubjectSystem
    record: type[Snapshot] | None
    reference: str
    """The field of the record that names the matter."""
    begins: str
    """The field of the record that says when the matter began."""
    stated_times: tuple[str, ...] = ()
    """The times that are what the first snapshot that stated them says (spec section 2)."""


INCIDENT = Kind("incident", "STORM", Incident, "incident_ref", "reported_at", ("reported_at", "overseen_at"))
CRIME = Kind("crime", "CIS", Crime, "crime_ref", "recorded_at", ("recorded_at",))
DISPOSAL = Kind("disposal", "CIS", Disposal, "disposal_ref", "issued_at")
REFERRAL = Kind("referral", "CATS", Referral, "referral_ref", "received_at", ("received_at",))
ASB_REPORT = Kind("asb-report", "SENTINEL", AsbReport, "asb_ref", "reported_at", ("reported_at",))
CALL = Kind("call", "CMC", Call, "call_ref", "handled_at")
THEME = Kind("theme", "CMC", None, "", "")
FEED = Kind("feed", "FEED", None, "", "")
KINDS = (INCIDENT, CRIME, DISPOSAL, REFERRAL, ASB_REPORT, CALL, THEME, FEED)


class Matter:
    """One subject: its record, and the alerts and wake-up moments that stand for it.

    A crime's matter also holds the no-crime decisions on it, by their decided_at, and may hold them before CIS has
    shown the crime itself: ``record.shown`` is then 0.
    """

    __slots__ = ("alerts", "decisions", "kind", "record", "ref", "settling", "wakes")

    def __init__(self, kind: Kind, ref: str) -> None:
        self.kind = kind
        self.ref = ref
        self.record: Record[Any] = Record()
        self.decisions: dict[int, Record[NoCrime]] = {}
        self.alerts: dict[str, dict[str, Alert]] = {}
        self.settling: dict[tuple[str, str], int] = {}
        self.wakes: dict[str, int] = {}

    @property
    def held(self) -> bool:
        """Whether the system holds the record now."""
        return self.record.shown > 0

    @property
    def newest(self) -> Any:
        """What the system says of it now."""
        record = self.record
        return record.versions[record.shown - 1]

    def newest_decision(self) -> NoCrime | None:
        """Return what the no-crime decision with the latest decided_at says now, if there is one."""
        for decided_at in sorted(self.decisions, reverse=True):
            record = self.decisions[decided_at]
            if record.shown:
                return record.newest
        return None

    def written_ref(self) -> str:
        """Return the reference as the first snapshot in effect wrote it."""
        if self.record.shown:
            return str(getattr(self.record.first, self.kind.reference))
        for decided_at in sorted(self.decisions):
            if self.decisions[decided_at].shown:
                return self.decisions[decided_at].first.crime_ref
        return self.ref


class Counted(NamedTuple):
    """A crime that counts, in order of when it was recorded."""

    recorded_at: int
    ref: str
    offence_class: str
