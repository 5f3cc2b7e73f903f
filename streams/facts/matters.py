"""Matters: the things an obligation is about, each with what is known and what has been said of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from schemas.products import Alert, Fact, SubjectSystem
from schemas.records import AsbReport, Call, Crime, Disposal, Incident, NoCrime, Referral, Snapshot
from streams.facts.record import Record
from streams.policy.calendar import DAY


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of matter: the system whose subject it is and the record that is its main one.  Each is itself alone."""

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


_NO_DECISIONS: Mapping[int, Record[NoCrime]] = MappingProxyType({})
_NO_WAKES: Mapping[str, int] = MappingProxyType({})
_NOTHING_SETTLING: Mapping[tuple[str, str], int] = MappingProxyType({})
_FACTS = msgspec.msgpack.Decoder(tuple[Fact, ...])


class StoredAlert(msgspec.Struct, frozen=True, gc=False):
    """An alert as last published, its facts packed: they are most of it, and seldom looked at again."""

    alert: Alert
    packed: bytes

    @classmethod
    def of(cls, alert: Alert) -> StoredAlert:
        """Pack an alert."""
        return cls(msgspec.structs.replace(alert, facts=()), msgspec.msgpack.encode(alert.facts))

    def facts(self) -> tuple[Fact, ...]:
        """Return the facts that were published with it."""
        return _FACTS.decode(self.packed)


class Matter:
    """One subject: its record, and the alerts and wake-up moments that stand for it.

    A crime's matter also holds the no-crime decisions on it, by their decided_at, and may hold them before CIS has
    sent the crime itself: ``record.effective_count`` is then 0.  There are very many matters and most have no alert,
    wake-up or decision, so all of them share the same empty containers.
    """

    __slots__ = ("alerts", "decisions", "kind", "record", "ref", "settling", "wakes")

    def __init__(self, kind: Kind, ref: str) -> None:
        self.kind = kind
        self.ref = ref
        self.record: Record[Any] = Record()
        self.decisions: Mapping[int, Record[NoCrime]] = _NO_DECISIONS
        self.alerts: tuple[StoredAlert, ...] = ()
        self.settling: Mapping[tuple[str, str], int] = _NOTHING_SETTLING
        """Since when (ms) a wrong that is new has stood, by rule and discriminator (live only)."""
        self.wakes: Mapping[str, int] = _NO_WAKES

    def active_rules(self) -> Collection[str]:
        """Return the ids of the rules that said something of the matter, wait for it, or let it settle."""
        if not (self.alerts or self.wakes or self.settling):
            return ()
        return {*self.wakes, *(kept.alert.rule_id for kept in self.alerts), *(rule_id for rule_id, _ in self.settling)}

    def alerts_of_rule(self, rule_id: str) -> list[StoredAlert]:
        """Return the alerts of one rule."""
        return [kept for kept in self.alerts if kept.alert.rule_id == rule_id]

    def store(self, alert: Alert) -> None:
        """Keep an alert, in place of what the same alert said before."""
        others = (kept for kept in self.alerts if kept.alert.alert_id != alert.alert_id)
        self.alerts = (*others, StoredAlert.of(alert))

    def wake(self, purpose: str, at: int | None) -> None:
        """Note when (ms) the matter is to be looked at for a purpose; None: not at all."""
        wakes = {**self.wakes, purpose: at} if at is not None else {**self.wakes}
        if at is None:
            wakes.pop(purpose, None)
        self.wakes = wakes or _NO_WAKES

    def settle(self, rule_id: str, discriminator: str, since: int | None) -> None:
        """Note since when (ms) a wrong has stood; None: it is not wrong, or is published."""
        settling = dict(self.settling)
        settling.pop((rule_id, discriminator), None)
        if since is not None:
            settling[rule_id, discriminator] = since
        self.settling = settling or _NOTHING_SETTLING

    def decision(self, decided_at: int) -> Record[NoCrime]:
        """Return the record of the no-crime decision taken at ``decided_at``, made if it is not there yet."""
        if decided_at not in self.decisions:
            self.decisions = {**self.decisions, decided_at: Record()}
        return self.decisions[decided_at]

    @property
    def held(self) -> bool:
        """Whether the system holds the record now."""
        return self.record.effective_count > 0

    @property
    def newest(self) -> Any:
        """What the system says of it now."""
        record = self.record
        return record.snapshots[record.effective_count - 1]

    def begins_on(self) -> int:
        """Return the day (UTC, counted from the epoch) on which the matter of a held record began, as first saved."""
        return int(getattr(self.record.first, self.kind.begins)) // DAY

    def newest_decision(self) -> NoCrime | None:
        """Return what the no-crime decision with the latest decided_at says now, if there is one."""
        for decided_at in sorted(self.decisions, reverse=True):
            record = self.decisions[decided_at]
            if record.effective_count:
                return record.newest
        return None

    def written_ref(self) -> str:
        """Return the reference as the first snapshot in effect wrote it."""
        if self.record.effective_count:
            return str(getattr(self.record.first, self.kind.reference))
        for decided_at in sorted(self.decisions):
            if self.decisions[decided_at].effective_count:
                return self.decisions[decided_at].first.crime_ref
        return self.ref


class Counted(NamedTuple):
    """A crime that counts, in order of when it was recorded."""

    recorded_at: int
    ref: str
    offence_class: str
