"""A small made-up police force: terse makers of snapshots, and two ways to have a monitor watch them.

Times are texts in UTC, from ``"2016-03-10 09:00"`` to the millisecond, or whole milliseconds.  Every maker takes the
event_time first; what is not stated is an ordinary, harmless value, and ``reported_at`` and its like default to the
event_time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, TypeAlias

from schemas.products import Alert
from schemas.records import (
    FEEDS,
    AsbReport,
    Assessment,
    AuditReading,
    Call,
    Crime,
    Disposal,
    Heartbeat,
    Incident,
    Link,
    NoCrime,
    OffenderHistory,
    ProtectionReport,
    Referral,
    Score,
    Snapshot,
    TrainingRecord,
    VerifiableInformation,
)
from schemas.times import from_rfc3339, to_rfc3339
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook

FORCE = "LEICS"
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
BUILT_IN = replace(PolicyBook.built_in(), states_feeds=True)
"""The built-in policy of a force that has every feed, heard or not: under the wall clock, too, every rule is judged."""

Time: TypeAlias = str | int
_numbers = count(1)


def ms(time: Time) -> int:
    """Read a time: milliseconds as they are; text without an offset is UTC, its seconds may be left out."""
    if isinstance(time, int):
        return time
    text = time if "T" in time or len(time) > len("2016-03-10") else f"{time} 00:00"
    text = text.removesuffix("Z").replace(" ", "T")
    return from_rfc3339(f"{text}:00Z" if len(text) == len("2016-03-10T09:00") else f"{text}Z")


def policy(text: str) -> PolicyBook:
    """Return the built-in policy with this text laid over it."""
    return replace(PolicyBook.from_toml(f'version = "trial"\n{text}'), states_feeds=True)


def _times(stated: dict[str, Any]) -> dict[str, Any]:
    return {name: ms(value) if name.endswith("_at") and value is not None else value for name, value in stated.items()}


def _envelope(event_time: Time, stated: dict[str, Any]) -> dict[str, Any]:
    return {"event_id": f"e{next(_numbers):06d}", "force": FORCE, "event_time": ms(event_time), **_times(stated)}


def incident(event_time: Time, ref: str = "I-1", **stated: Any) -> Incident:
    """Return what STORM saved of an incident: open, by telephone, undecided unless stated otherwise."""
    ordinary = {
        "source": "STORM",
        "incident_ref": ref,
        "reported_at": ms(event_time),
        "channel": "PHONE",
        "reporter": "VICTIM",
        "opening_code": "VIOLENCE",
        "status": "OPEN",
    }
    return Incident(**{**ordinary, **_envelope(event_time, stated)})


CODES = {
    "HOMICIDE": "1",
    "RAPE": "19C",
    "SEXUAL": "20A",
    "ROBBERY": "34B",
    "VIOLENCE": "5D",
    "BURGLARY": "28I",
    "CRIMINAL_DAMAGE": "58D",
    "DRUGS": "92D",
    "PUBLIC_ORDER": "9A",
    "OTHER": "99",
}
"""The code of a crime of each class that tests state, where they state none."""


def crime(event_time: Time, ref: str = "C-1", **stated: Any) -> Crime:
    """Return what CIS saved of a crime: a recorded theft unless stated otherwise."""
    ordinary = {
        "source": "CIS",
        "crime_ref": ref,
        "recorded_at": ms(event_time),
        "offence_code": CODES.get(stated.get("offence_class", "THEFT"), "39"),
        "offence_class": "THEFT",
        "status": "RECORDED",
        "recorded_by": "P1",
        "recorded_by_role": "ATTENDING_OFFICER",
    }
    return Crime(**{**ordinary, **_envelope(event_time, stated)})


AVI = (VerifiableInformation(kind="CCTV", detail="shows no offence", verified_by="P9"),)
UNVERIFIED_AVI = (VerifiableInformation(kind="CCTV", detail="shows no offence"),)


def no_crime(event_time: Time, ref: str = "C-1", **stated: Any) -> NoCrime:
    """Return a no-crime decision that CIS saved: of the registrar's, independent and with all support unless stated."""
    ordinary = {
        "source": "CIS",
        "crime_ref": ref,
        "decided_at": ms(event_time),
        "decided_by": "F1",
        "decided_by_role": "FCR",
        "independent": True,
        "reason": "C2",
        "avi": AVI,
        "rationale": "shown not to have happened",
        "offence_class": "THEFT",
    }
    return NoCrime(**{**ordinary, **_envelope(event_time, stated)})


def referral(event_time: Time, ref: str = "R-1", **stated: Any) -> Referral:
    """Return what CATS saved of a referral: undecided, to CAIU, about nobody vulnerable unless stated otherwise."""
    ordinary = {
        "source": "CATS",
        "referral_ref": ref,
        "received_at": ms(event_time),
        "unit": "CAIU",
        "agency": "School",
        "agency_sector": "PUBLIC",
        "reporter": "teacher",
    }
    return Referral(**{**ordinary, **_envelope(event_time, stated)})


def asb_report(event_time: Time, ref: str = "A-1", **stated: Any) -> AsbReport:
    """Return what SENTINEL saved of an ASB report: undecided unless stated otherwise."""
    ordinary = {"source": "SENTINEL", "asb_ref": ref, "reported_at": ms(event_time), "partner": "LOCAL_AUTHORITY"}
    return AsbReport(**{**ordinary, **_envelope(event_time, stated)})


def link(event_time: Time, left: str = "STORM", ref: str = "I-1", crime_ref: str = "C-1", **stated: Any) -> Link:
    """Return a person's word that a report and a crime belong together: confirmed unless stated otherwise."""
    ordinary = {
        "source": "BOARD",
        "left_system": left,
        "left_ref": ref,
        "crime_ref": crime_ref,
        "confirmed": True,
        "confirmed_by": "S1",
    }
    return Link(**{**ordinary, **_envelope(event_time, stated)})


def protection_report(event_time: Time, ref: str = "PR-1", **stated: Any) -> ProtectionReport:
    """Return what the public-protection system saved of a report: undecided, about nobody vulnerable unless stated."""
    ordinary = {
        "source": "PPN",
        "report_ref": ref,
        "received_at": ms(event_time),
        "kind": "DASH",
        "agency": "Hospital",
        "agency_sector": "PUBLIC",
        "reporter": "nurse",
    }
    return ProtectionReport(**{**ordinary, **_envelope(event_time, stated)})


def assessment(event_time: Time, system: str = "STORM", ref: str = "I-1", **stated: Any) -> Assessment:
    """Return a supervisor's judgement of a record: one crime, assessed at the event_time unless stated otherwise."""
    ordinary = {
        "source": "BOARD",
        "system": system,
        "ref": ref,
        "crimes": 1,
        "assessed_by": "S1",
        "assessed_role": "SUPERVISOR",
        "assessed_at": ms(event_time),
    }
    return Assessment(**{**ordinary, **_envelope(event_time, stated)})


def score(event_time: Time, system: str = "STORM", ref: str = "I-1", **stated: Any) -> Score:
    """Return a model's guess that a report discloses a crime: an even one unless stated otherwise."""
    ordinary = {"source": "MODEL", "system": system, "ref": ref, "model": "m-1", "probability": 0.5}
    return Score(**{**ordinary, **_envelope(event_time, stated)})


def reading(event_time: Time, system: str = "STORM", ref: str = "I-1", **stated: Any) -> AuditReading:
    """Return what the first reader of an audit found in a record: no crime unless stated otherwise."""
    ordinary = {
        "source": "BOARD",
        "audit_id": "LEICS-INCIDENTS-20160301-20160401-0123ABCD",
        "system": system,
        "ref": ref,
        "reader": "FIRST",
        "read_by": "A1",
        "read_at": ms(event_time),
        "crimes_found": 0,
        "crimes_recorded": 0,
        "in_time": 0,
        "classified_right": 0,
    }
    return AuditReading(**{**ordinary, **_envelope(event_time, stated)})


def disposal(event_time: Time, ref: str = "D-1", **stated: Any) -> Disposal:
    """Return what CIS saved of a disposal: an adult's caution in good order unless stated otherwise."""
    ordinary = {
        "source": "CIS",
        "disposal_ref": ref,
        "kind": "CAUTION",
        "issued_at": ms(event_time),
        "issued_by": "P1",
        "offender_id": "O-1",
        "offender_age": 30,
        "implications_explained": True,
        "offence_admitted": True,
        "outcome_meaningful": True,
        "form_attached": True,
    }
    return Disposal(**{**ordinary, **_envelope(event_time, stated)})


def history(event_time: Time, offender: str = "O-1", **stated: Any) -> OffenderHistory:
    """Return what the PNC holds on an offender: nothing unless stated otherwise."""
    ordinary = {"source": "PNC", "offender_id": offender, "as_of": ms(event_time)}
    return OffenderHistory(**{**ordinary, **_envelope(event_time, stated)})


def training(event_time: Time, staff: str = "P1", course: str = "NCRS", **stated: Any) -> TrainingRecord:
    """Return a course completed."""
    ordinary = {"source": "TRAINING", "staff_id": staff, "role": "PC", "course": course, "completed_at": ms(event_time)}
    return TrainingRecord(**{**ordinary, **_envelope(event_time, stated)})


def call(event_time: Time, ref: str = "K-1", **stated: Any) -> Call:
    """Return a call that the contact management centre handled."""
    ordinary = {"source": "CMC", "call_ref": ref, "handled_at": ms(event_time), "call_handler": "H1", "team": "T1"}
    return Call(**{**ordinary, **_envelope(event_time, stated)})


def heartbeat(source: str, through: Time) -> Heartbeat:
    """Return a source's word that it has delivered everything through a moment."""
    return Heartbeat(force=FORCE, source=source, complete_through=ms(through))


# -- watching ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every change of every alert, in order."""

    alerts: tuple[Alert, ...]

    def history(self, rule_id: str, discriminator: str | None = None, ref: str | None = None) -> list[Alert]:
        """Return every change of the one alert of a rule; ``discriminator`` and ``ref`` tell several apart."""
        changes = [
            alert
            for alert in self.alerts
            if alert.rule_id == rule_id
            and (discriminator is None or alert.discriminator == discriminator)
            and (ref is None or alert.subject_ref == ref)
        ]
        assert len({alert.alert_id for alert in changes}) <= 1, "name the discriminator or the reference"
        return changes

    def alert(self, rule_id: str, discriminator: str | None = None, ref: str | None = None) -> Alert | None:
        """Return the one alert of a rule as it is in the end, or None if it was never raised."""
        changes = self.history(rule_id, discriminator, ref)
        return changes[-1] if changes else None

    def status(self, rule_id: str, discriminator: str | None = None, ref: str | None = None) -> str | None:
        """Return the status, with the reason where there is one, as ``CLEARED RECORDED_LATE``; None if never raised."""
        alert = self.alert(rule_id, discriminator, ref)
        return None if alert is None else status_of(alert)

    def course(self, rule_id: str, discriminator: str | None = None, ref: str | None = None) -> list[str]:
        """Return each change as ``2016-03-11T09:00:00.001Z BREACHED``: the clock, the status, the reason."""
        changes = self.history(rule_id, discriminator, ref)
        return [f"{to_rfc3339(alert.updated_at)} {status_of(alert)}" for alert in changes]

    @property
    def final(self) -> dict[str, Alert]:
        """Each alert as it is in the end, by its id."""
        return {alert.alert_id: alert for alert in self.alerts}


def status_of(alert: Alert) -> str:
    """Return an alert's status, with its reason where there is one."""
    return f"{alert.status} {alert.reason}" if alert.reason else str(alert.status)


def run(*snapshots: Snapshot, until: Time, book: PolicyBook = BUILT_IN) -> Outcome:
    """Have a monitor watch snapshots on the stream clock up to a moment."""
    monitor = Monitor(FORCE, book)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(ms(until))
    return Outcome(tuple(monitor.drain_alerts()))


class LiveWatch:
    """A monitor under the wall clock, which is set by the last arrival or tick."""

    def __init__(self, book: PolicyBook = BUILT_IN) -> None:
        self.monitor = Monitor(FORCE, book, clock=WallClock)
        self.alerts: list[Alert] = []

    def receives(self, snapshot: Snapshot, at: Time | None = None) -> LiveWatch:
        """Let a snapshot arrive, when it was saved unless stated otherwise."""
        self.monitor.apply(snapshot, snapshot.event_time if at is None else ms(at))
        return self._collect()

    def receives_heartbeats(self, through: Time, at: Time | None = None, feeds: Iterable[str] = FEEDS) -> LiveWatch:
        """Let each of the feeds vouch for itself through a moment."""
        for feed in feeds:
            self.monitor.heartbeat(feed, heartbeat(feed, through), ms(through if at is None else at))
        return self._collect()

    def ticks(self, wall: Time) -> LiveWatch:
        """Let the wall clock pass to a moment."""
        self.monitor.tick(ms(wall))
        return self._collect()

    def _collect(self) -> LiveWatch:
        self.alerts.extend(self.monitor.drain_alerts())
        return self

    @property
    def outcome(self) -> Outcome:
        """Everything published so far."""
        return Outcome(tuple(self.alerts))
