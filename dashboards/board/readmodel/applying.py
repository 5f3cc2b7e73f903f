"""What one message of a topic does to the read model.  Applying it again, or out of turn, changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from dashboards.board.readmodel import tables
from dashboards.board.readmodel.alerts import read_action
from dashboards.board.readmodel.store import ReadModel
from dashboards.board.references import loose
from dashboards.board.standing import Standing
from schemas.codec import Codec
from schemas.identifiers import normalise
from schemas.products import Alert, AlertAction, Candidate, Case, ForceClock
from schemas.refusals import BadRecord
from schemas.times import from_rfc3339
from streams.actions import Deeds

SEVERITY_RANK: Final = {"CRITICAL": 0, "HIGH": 1, "MEDIUM": 2, "LOW": 3}
LARGEST_BYTES: Final = 8_388_608
"""The largest message of our own topics."""

_STATE_NAMES: Final = ("status", "decision", "kind")
_BEGINNINGS: Final = ("reported_at", "received_at", "recorded_at", "issued_at", "handled_at")
_TABLE_BY_TOPIC: Final = {
    Alert.TOPIC: tables.alerts,
    Case.TOPIC: tables.cases,
    ForceClock.TOPIC: tables.clocks,
    Candidate.TOPIC: tables.candidates,
    AlertAction.TOPIC: tables.actions,
}
TOPICS: Final = tuple(_TABLE_BY_TOPIC)
"""What a board reads."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message, from a topic named without the installation's prefix."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    """None: forget what stands under the key."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A message of our own topics that could not be read, and why; it is passed over."""

    message: Arrived
    reason: str


def positions(model: ReadModel, topic: str, identity: str) -> dict[int, int]:
    """Return the next offset to read of each partition of a topic.

    ``identity`` names the very log: where it is another than last time, what was read of the old one is dropped.
    """
    with model.changing() as (connection, _):
        known = connection.execute(select(tables.logs.c.identity).where(tables.logs.c.topic == topic)).scalar()
        if known != identity:
            connection.execute(tables.positions.delete().where(tables.positions.c.topic == topic))
            connection.execute(_TABLE_BY_TOPIC[topic].delete())
            if topic == Case.TOPIC:
                connection.execute(tables.links.delete())
            if topic == AlertAction.TOPIC:
                connection.execute(tables.standings.delete())
            model.put(connection, tables.logs, {"topic": topic, "identity": identity})
        stored = connection.execute(select(tables.positions).where(tables.positions.c.topic == topic))
        return {row.partition: row.next_offset for row in stored}


def apply(model: ReadModel, batch: list[Arrived], codec: Codec) -> list[Refused]:
    """Take in a batch in one transaction, together with how far it reaches; return what could not be read.

    Messages before the stored position were taken in already, perhaps by another board on the same database.
    """
    refused: list[Refused] = []
    with model.changing() as (connection, change):
        reached = {(row.topic, row.partition): row.next_offset for row in connection.execute(select(tables.positions))}
        for message in batch:
            log = (message.topic, message.partition)
            if message.offset < reached.get(log, 0):
                continue
            reached[log] = message.offset + 1
            try:
                _take(model, connection, change, message, codec)
            except BadRecord as bad:
                refused.append(Refused(message, bad.reason))
        for topic, partition in {(message.topic, message.partition) for message in batch}:
            row = {"topic": topic, "partition": partition, "next_offset": reached[topic, partition]}
            model.put(connection, tables.positions, row)
    return refused


def act(model: ReadModel, action: AlertAction) -> None:
    """Show an action at once, before its topic brings it back."""
    with model.changing() as (connection, change):
        _take_action(model, connection, change, action)


def _take(model: ReadModel, connection: Connection, change: int, message: Arrived, codec: Codec) -> None:
    key = message.key.decode(errors="replace")
    if message.value is None:
        _forget(model, connection, change, message.topic, key)
        return
    match codec.decode(message.topic, message.value):
        case Alert() as alert:
            _take_alert(model, connection, change, alert)
        case Case() as case:
            _take_case(model, connection, change, key, case)
        case ForceClock() as clock:
            row = {"force": clock.force, "mode": clock.mode, "clock": clock.clock, "feeds": _json(clock.feeds)}
            model.put(connection, tables.clocks, {**row, "partition": message.partition, "change": change})
        case Candidate() as candidate:
            row = {name: getattr(candidate, name) for name in ("alert_id", "force", "crime_ref", "probability")}
            model.put(connection, tables.candidates, {"key": key, **row, "reasons": _json(candidate.reasons)})
            _touch(connection, change, candidate.alert_id)
        case AlertAction() as action if key == action.force:
            _take_action(model, connection, change, action)


def _forget(model: ReadModel, connection: Connection, change: int, topic: str, key: str) -> None:
    table = _TABLE_BY_TOPIC[topic]
    connection.execute(table.delete().where(next(iter(table.primary_key.columns)) == key))
    if topic == Alert.TOPIC:
        model.put(connection, tables.gone, {"alert_id": key, "change": change})
    if topic == Case.TOPIC:
        connection.execute(tables.links.delete().where(tables.links.c.case_key == key))


def _take_alert(model: ReadModel, connection: Connection, change: int, alert: Alert) -> None:
    row = msgspec.structs.asdict(alert)
    row |= {
        "normalised_ref": normalise(alert.subject_ref),
        "severity_rank": SEVERITY_RANK[alert.severity],
        "facts": _json(alert.facts),
        "change": change,
    }
    model.put(connection, tables.alerts, row, only_if=tables.alerts.c.sequence < alert.sequence)


def _take_case(model: ReadModel, connection: Connection, change: int, key: str, case: Case) -> None:
    _, _, kind, _ = (*key.split("|", 3), "", "", "")[:4]
    said = {fact.name: fact.value for fact in case.summary}
    names = ("force", "system", "ref", "normalised_ref", "topic", "event_id", "event_time", "first_event_time")
    row: dict[str, Any] = {name: getattr(case, name) for name in names}
    row |= {
        "key": key,
        "kind": kind or case.system.lower(),
        "loose_ref": loose(case.ref),
        "snapshots": case.snapshots,
        "linked": _json(case.linked),
        "moments": _json(case.moments),
        "summary": _json(case.summary),
        "began_at": _moment(said),
        "offence_class": _stated(said, "offence_class"),
        "crimes_expected": _number(said.get("crimes_expected")),
        "state": next((said[name] for name in _STATE_NAMES if name in said), None),
        "change": change,
    }
    model.put(connection, tables.cases, row)
    connection.execute(tables.links.delete().where(tables.links.c.case_key == key))
    for linked in case.linked:
        link = {"case_key": key, "linked_system": linked.system, "linked_ref": normalise(linked.ref)}
        end = {"force": case.force, "system": case.system, "ref": case.normalised_ref}
        model.put(connection, tables.links, {**link, **end})


def _take_action(model: ReadModel, connection: Connection, change: int, action: AlertAction) -> None:
    about = (tables.actions.c.alert_id == action.alert_id, tables.actions.c.force == action.force)
    stored = connection.execute(select(tables.actions).where(*about)).mappings()
    deeds = Deeds.of([*(read_action(row) for row in stored), action])
    for known in deeds.actions:
        if known.action_id == action.action_id:
            model.put(connection, tables.actions, msgspec.structs.asdict(known))
    if action.alert_id:
        stands = {"alert_id": action.alert_id, "force": action.force, **msgspec.structs.asdict(Standing.of(deeds))}
        model.put(connection, tables.standings, stands)
        _touch(connection, change, action.alert_id)


def _touch(connection: Connection, change: int, alert_id: str) -> None:
    """Let screens know that what is shown beside an alert changed."""
    connection.execute(tables.alerts.update().where(tables.alerts.c.alert_id == alert_id).values(change=change))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _stated(said: dict[str, str], name: str) -> str | None:
    value = said.get(name)
    return None if value == "not stated" else value


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def _moment(said: dict[str, str]) -> int | None:

    for name in _BEGINNINGS:
        if (text := _stated(said, name)) is not None:
            try:
                return from_rfc3339(text)
            except ValueError:
                return None
    return None
