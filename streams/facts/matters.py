"""Matters: the things an obligation is about, each with its record and the alerts on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeGuard

import msgspec
from typing_extensions import TypeVar

from schemas.identifiers import CrimeRef
from schemas.products import Alert, Fact, SubjectSystem
from schemas.records import AsbReport, Call, Crime, Disposal, Incident, NoCrime, ProtectionReport, Referral, Snapshot
from streams.facts.record import Record
from streams.policy.calendar import DAY

Report: TypeAlias = Incident | Referral | ProtectionReport | AsbReport
"""The records in which a report of crime comes."""

S = TypeVar("S", bound=Snapshot, default=Any)
S_co = TypeVar("S_co", bound=Snapshot, covariant=True, default=Any)


@dataclass(frozen=True, slots=True, eq=False)
class Kind(Generic[S_co]):
    """A kind of matter: the system whose subject it is, and its type of record.

    Equal to itself alone.
    """

    name: str
    system: SubjectSystem
    record: type[S_co] | None
    reference: str
    """The field of the record that names the matter."""
    begins: str
    """The field of the record that says when the matter began."""
    fixed_times: tuple[str, ...] = ()
    """The times that the first snapshot to state them fixes."""


INCIDENT = Kind("incident", "STORM", Incident, "incident_ref", "reported_at", ("reported_at", "overseen_at"))
CRIME = Kind("crime", "CIS", Crime, "crime_ref", "recorded_at", ("recorded_at", "reported_at"))
DISPOSAL = Kind("disposal", "CIS", Disposal, "disposal_ref", "issued_at")
REFERRAL = Kind("referral", "CATS", Referral, "referral_ref", "received_at", ("received_at",))
PROTECTION_REPORT = Kind("protection-report", "PPN", ProtectionReport, "report_ref", "received_at", ("received_at",))
ASB_REPORT = Kind("asb-report", "SENTINEL", AsbReport, "asb_ref", "reported_at", ("reported_at",))
CALL = Kind("call", "CMC", Call, "call_ref", "handled_at")
THEME: Kind[Snapshot] = Kind("theme", "CMC", None, "", "")
FEED: Kind[Snapshot] = Kind("feed", "FEED", None, "", "")
KINDS: Final[tuple[Kind, ...]] = (
    INCIDENT,
    CRIME,
    DISPOSAL,
    REFERRAL,
    PROTECTION_REPORT,
    ASB_REPORT,
    CALL,
    THEME,
    FEED,
)
REPORT_KINDS: Final[tuple[Kind[Report], ...]] = (INCIDENT, REFERRAL, PROTECTION_REPORT, ASB_REPORT)
"""The kinds of matter that are reports of crime."""
KIND_BY_TOPIC: Final[Mapping[str, Kind]] = {kind.record.TOPIC: kind for kind in KINDS if kind.record is not None}
KIND_BY_RECORD: Final[Mapping[type[Snapshot], Kind]] = {kind.record: kind for kind in KINDS if kind.record is not None}


_NO_DECISIONS: Final[dict[int, Record[NoCrime]]] = {}
_NO_ALERTS: Final[dict[str, StoredAlert]] = {}
_NO_WAKES: Mapping[str, int] = MappingProxyType({})
_NOTHING_SETTLING: Final[dict[tuple[str, str], int]] = {}
"""Shared by all matters that have none; never written to."""
_FACTS = msgspec.msgpack.Decoder(tuple[Fact, ...])


class StoredAlert(msgspec.Struct, frozen=True, gc=False):
    """An alert as last published, with its facts packed: they are most of its size and seldom read again."""

    alert: Alert
    packed: bytes

    @classmethod
    def of(cls, alert: Alert) -> StoredAlert:
        """Pack an alert."""
        return cls(msgspec.structs.replace(alert, facts=()), msgspec.msgpack.encode(alert.facts))

    def facts(self) -> tuple[Fact, ...]:
        """Return the facts that were published with it."""
        return _FACTS.decode(self.packed)


class Matter(Generic[S_co]):
    """One subject: its record, the alerts on it, and when it is to be judged again.

    A crime's matter also holds the no-crime decisions on it, by their decided_at, and may hold them before CIS has
    sent the crime itself: ``record.effective_count`` is then 0.  There are very many matters and most have no alert,
    wake-up or decision, so all of them share the same empty containers.
    """

    __slots__ = ("_alerts", "decisions", "forgotten_through", "kind", "record", "ref", "settling", "shown_at", "wakes")

    def __init__(self, kind: Kind[S_co], ref: str, forgotten_through: int | None = None) -> None:
        self.kind = kind
        self.ref = ref
        self.record: Record[S_co] = Record()
        self.decisions: dict[int, Record[NoCrime]] = _NO_DECISIONS
        self._alerts: dict[str, StoredAlert] = _NO_ALERTS
        """By alert_id, the one stored last at the end."""
        self.settling: dict[tuple[str, str], int] = _NOTHING_SETTLING
        """Since when (ms) a wrong that is new has stood, by rule and discriminator (live only)."""
        self.wakes: Mapping[str, int] = _NO_WAKES
        self.forgotten_through = forgotten_through
        """What was saved of it by then (ms) is forgotten, should there have been anything; None: nothing is."""
        self.shown_at: int | None = None
        """Where the clock first showed a crime (ms), where that is not its first event_time; of others always None."""

    def first_shown_at(self) -> int:
        """Return where the clock was (ms) when it first showed a held crime."""
        return self.record.first.event_time if self.shown_at is None else self.shown_at

    @property
    def alerts(self) -> Collection[StoredAlert]:
        """The alerts on the matter, the one stored last at the end."""
        return self._alerts.values()

    def active_rules(self) -> Collection[str]:
        """Return the ids of the rules that have an alert, a wake-up or a settling wrong on the matter."""
        if not (self._alerts or self.wakes or self.settling):
            return ()
        with_alert = (stored.alert.rule_id for stored in self._alerts.values())
        return {*self.wakes, *with_alert, *(rule_id for rule_id, _ in self.settling)}

    def alerts_of_rule(self, rule_id: str) -> list[StoredAlert]:
        """Return the alerts of one rule."""
        return [stored for stored in self._alerts.values() if stored.alert.rule_id == rule_id]

    def stored(self, alert_id: str) -> StoredAlert:
        """Return an alert on the matter by its id.  Raises KeyError."""
        return self._alerts[alert_id]

    def store(self, alert: Alert) -> None:
        """Store an alert in place of its former state."""
        if self._alerts is _NO_ALERTS:
            self._alerts = {}
        self._alerts.pop(alert.alert_id, None)
        self._alerts[alert.alert_id] = StoredAlert.of(alert)

    def forget_alerts(self) -> None:
        """Store no alert any more; what :attr:`alerts` returned before keeps them."""
        self._alerts = _NO_ALERTS

    def wake(self, purpose: str, at: int | None) -> None:
        """Set when (ms) the matter is to be judged for a purpose; None: not at all."""
        wakes = {**self.wakes, purpose: at} if at is not None else {**self.wakes}
        if at is None:
            wakes.pop(purpose, None)
        self.wakes = wakes or _NO_WAKES

    def settle(self, rule_id: str, discriminator: str, since: int | None) -> None:
        """Set since when (ms) a wrong has stood; None: it is not wrong, or is published."""
        if since is None:
            self.settling.pop((rule_id, discriminator), None)
        else:
            if self.settling is _NOTHING_SETTLING:
                self.settling = {}
            self.settling[rule_id, discriminator] = since

    def decision(self, decided_at: int) -> Record[NoCrime]:
        """Return the record of the no-crime decision taken at ``decided_at``, made if it is not there yet."""
        if decided_at not in self.decisions:
            if self.decisions is _NO_DECISIONS:
                self.decisions = {}
            self.decisions[decided_at] = Record()
        return self.decisions[decided_at]

    @property
    def held(self) -> bool:
        """Whether the system holds the record now."""
        return self.record.effective_count > 0

    @property
    def newest(self) -> S_co:
        """The newest snapshot in effect: the matter as its system holds it now."""
        record = self.record
        return record.snapshots[record.effective_count - 1]

    def begins_on(self) -> int:
        """Return the day (UTC, since the epoch) on which a held record's matter began, as first saved."""
        return int(getattr(self.record.first, self.kind.begins)) // DAY

    def newest_decision(self) -> NoCrime | None:
        """Return the newest snapshot of the no-crime decision with the latest decided_at, if there is one."""
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


class CountingCrime(NamedTuple):
    """A crime that counts for a report, in order of when it was recorded."""

    recorded_at: int
    ref: CrimeRef
    offence_class: str


def is_kind(matter: Matter, kind: Kind[S]) -> TypeGuard[Matter[S]]:
    """Return whether a matter is of a kind, and with it of which type its record is."""
    return matter.kind is kind
