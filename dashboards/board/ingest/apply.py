"""Applies messages of our topics to the read model; applying one again, or late, changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from dashboards.board.domain.handling_summary import HandlingSummary
from dashboards.board.ingest import unread_messages
from dashboards.board.readmodel import tables
from dashboards.board.readmodel.alerts import read_action
from dashboards.board.readmodel.rows import alert_row, candidate_row, case_row, clock_row
from dashboards.board.readmodel.store import ReadModel
from schemas.codec import Codec
from schemas.identifiers import normalise
from schemas.products import Alert, AlertAction, Candidate, Case, Erasure, ForceClock
from schemas.refusals import BadRecordError
from streams.actions import AlertActions
from streams.engine.erasure import SYSTEM_BY_KIND
from streams.topology.messages import TopicMessage
from streams.topology.unread_messages import UnreadChanges

_MOST_PARAMETERS: Final = 500
"""The most keys that one SQL statement names."""
_TABLE_BY_TOPIC: Final = {
    Alert.TOPIC: tables.alerts,
    Case.TOPIC: tables.cases,
    ForceClock.TOPIC: tables.clocks,
    Candidate.TOPIC: tables.candidates,
    AlertAction.TOPIC: tables.actions,
    Erasure.TOPIC: tables.erased,
}
TOPICS: Final = tuple(_TABLE_BY_TOPIC)
"""The topics a board reads, besides the ticks."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A message of our own topics that could not be read, and why."""

    message: TopicMessage
    reason: str


def positions(model: ReadModel, topic: str, topic_id: str) -> dict[int, int]:
    """Return the next offset to read of each partition of a topic.

    ``topic_id`` is the broker's.  Where it differs from last time the topic was made anew, so that what was read of the
    old one is deleted.
    """
    with model.changing() as (connection, _):
        stored_id = connection.execute(select(tables.logs.c.identity).where(tables.logs.c.topic == topic)).scalar()
        if stored_id != topic_id:
            connection.execute(tables.positions.delete().where(tables.positions.c.topic == topic))
            connection.execute(_TABLE_BY_TOPIC[topic].delete())
            if topic == Case.TOPIC:
                connection.execute(tables.links.delete())
            if topic == AlertAction.TOPIC:
                connection.execute(tables.handling_summaries.delete())
            model.put(connection, tables.logs, {"topic": topic, "identity": topic_id})
        stored = connection.execute(select(tables.positions).where(tables.positions.c.topic == topic))
        return {row.partition: row.next_offset for row in stored}


def apply(model: ReadModel, batch: list[TopicMessage], codec: Codec) -> list[Refused]:
    """Apply a batch and store its offsets in one transaction; return what could not be read.

    Messages before the stored offset were applied already, perhaps by another board on the same database.
    """
    refused: list[Refused] = []
    unread = UnreadChanges()
    with model.changing() as (connection, change):
        next_offsets = {
            (row.topic, row.partition): row.next_offset for row in connection.execute(select(tables.positions))
        }
        gathered = _BatchRows()
        for message in batch:
            log = (message.topic, message.partition)
            if message.offset < next_offsets.get(log, 0):
                continue
            next_offsets[log] = message.offset + 1
            try:
                gathered.take(message, codec)
            except BadRecordError as bad:
                refused.append(Refused(message, bad.reason))
                unread.refused(message, bad.reason)
            else:
                unread.read(message)
        gathered.write(model, connection, change)
        unread_messages.write_changes(model, connection, unread)
        logs = {(message.topic, message.partition) for message in batch}
        rows = [
            {"topic": topic, "partition": number, "next_offset": next_offsets[topic, number]} for topic, number in logs
        ]
        model.put(connection, tables.positions, *rows)
    return refused


def apply_unread(model: ReadModel, codec: Codec, *, since_start: bool) -> int:
    """Apply stored messages that can be read by now; return how many.

    ``since_start`` tries only those whose schema was unknown, and is cheap; without it all are tried, once a process.
    """
    with model.reading() as connection:
        if not unread_messages.retryable(connection, codec, since_start=since_start):
            return 0
    with model.changing() as (connection, change):
        messages = unread_messages.retryable(connection, codec, since_start=since_start)
        gathered, unread = _BatchRows(), UnreadChanges()
        for message in messages:
            try:
                gathered.take(message, codec)
            except BadRecordError as bad:
                unread.refused(message, bad.reason)
        unread_messages.delete(connection, messages)
        gathered.write(model, connection, change)
        unread_messages.write_changes(model, connection, unread)
        return len(messages) - len(unread.added)


def show_at_once(model: ReadModel, action: AlertAction) -> None:
    """Apply an action that was just sent, before it is read from its topic."""
    with model.changing() as (connection, change):
        _put_actions(model, connection, change, [action])


class _BatchRows:
    """The rows that a batch comes to: the newest record under each key, and the deleted keys."""

    def __init__(self) -> None:
        self.deleted: dict[str, set[str]] = {topic: set() for topic in TOPICS}
        self.newest: dict[str, dict[str, tuple[Any, int]]] = {topic: {} for topic in TOPICS}
        """By topic and key: the record, and the partition it came on."""
        self.actions: list[AlertAction] = []
        self.erasures: list[Erasure] = []

    def take(self, message: TopicMessage, codec: Codec) -> None:
        """Add a message.  Raises BadRecordError."""
        key, newest = (message.key or b"").decode(errors="replace"), self.newest[message.topic]
        if message.value is None:
            self.deleted[message.topic].add(key)
            newest.pop(key, None)
            return
        record = codec.decode(message.topic, message.value)
        if isinstance(record, Erasure):
            if key == record.force:
                self.erasures.append(record)
            return
        if isinstance(record, AlertAction):
            if key == record.force:
                self.actions.append(record)
            return
        known = newest.get(key)
        if known and isinstance(record, Alert) and isinstance(known[0], Alert) and known[0].sequence >= record.sequence:
            return  # a worker that was restarted sends alerts again
        newest[key] = record, message.partition

    def write(self, model: ReadModel, connection: Connection, change: int) -> None:
        """Write the rows: deletions first, since a record under the same key came later."""
        for topic, keys in self.deleted.items():
            _forget(model, connection, change, topic, keys)
        alerts, cases, clocks, candidates = (self.newest[topic] for topic in TOPICS[:4])
        model.put(connection, tables.alerts, *(alert_row(alert, change) for alert, _ in alerts.values()))
        _put_cases(model, connection, change, {key: case for key, (case, _) in cases.items()})
        model.put(connection, tables.clocks, *(clock_row(clock, number, change) for clock, number in clocks.values()))
        model.put(
            connection, tables.candidates, *(candidate_row(key, record) for key, (record, _) in candidates.items())
        )
        _touch(connection, change, [record.alert_id for record, _ in candidates.values()])
        _erase(model, connection, self.erasures)
        _erase_differences(connection, self.erasures)
        _put_actions(model, connection, change, _not_erased(connection, self.actions))


def prune(model: ReadModel) -> None:
    """Delete actions whose alert is gone; only call this when every message has been read."""
    with model.writing() as connection:
        for table in (tables.actions, tables.handling_summaries):
            about = table.c.alert_id
            without_alert = ~select(tables.alerts.c.alert_id).where(tables.alerts.c.alert_id == about).exists()
            connection.execute(table.delete().where(about != "", without_alert))  # the empty one is the shifts'


def _erase(model: ReadModel, connection: Connection, erasures: Collection[Erasure]) -> None:
    """Delete the actions on erased records' alerts, and store that they must not be applied again."""
    for erasure in sorted(erasures, key=lambda erasure: erasure.erased_at):
        rows = [
            {"alert_id": alert_id, "force": erasure.force, "erased_at": erasure.erased_at}
            for alert_id in erasure.alert_ids
        ]
        model.put(connection, tables.erased, *rows)
        for some in _chunks(erasure.alert_ids):
            done = tables.actions.c
            of_force = (done.alert_id.in_(some), done.force == erasure.force, done.at <= erasure.erased_at)
            connection.execute(tables.actions.delete().where(*of_force))
            summary = tables.handling_summaries.c
            connection.execute(
                tables.handling_summaries.delete().where(summary.alert_id.in_(some), summary.force == erasure.force)
            )


def _erase_differences(connection: Connection, erasures: Collection[Erasure]) -> None:
    """Delete the rows of policy comparisons that are about erased records."""
    for force in {erasure.force for erasure in erasures}:
        erased = {
            (SYSTEM_BY_KIND[subject.kind], normalise(subject.ref))
            for erasure in erasures
            if erasure.force == force
            for subject in erasure.subjects
        }
        ids = select(tables.comparisons.c.comparison_id).where(tables.comparisons.c.force == force)
        stated = tables.differences.c
        of_force = (stated.comparison_id.in_(ids), stated.subject_system.in_({system for system, _ in erased}))
        for row in connection.execute(select(tables.differences).where(*of_force)).all():
            if (row.subject_system, normalise(row.subject_ref)) in erased:
                this = (stated.comparison_id == row.comparison_id, stated.number == row.number)
                connection.execute(tables.differences.delete().where(*this))


def _not_erased(connection: Connection, actions: Collection[AlertAction]) -> list[AlertAction]:
    """Return the actions without those on alerts that were erased later."""
    erased: dict[tuple[str, str], int] = {}
    for some in _chunks({action.alert_id for action in actions}):
        for row in connection.execute(select(tables.erased).where(tables.erased.c.alert_id.in_(some))):
            erased[row.alert_id, row.force] = row.erased_at
    before = -(1 << 62)
    return [action for action in actions if action.at > erased.get((action.alert_id, action.force), before)]


def _forget(model: ReadModel, connection: Connection, change: int, topic: str, keys: Collection[str]) -> None:
    table = _TABLE_BY_TOPIC[topic]
    for some in _chunks(keys):
        if topic == Candidate.TOPIC:
            about = connection.execute(select(table.c.alert_id).where(table.c.key.in_(some))).scalars()
            _touch(connection, change, list(about))
        connection.execute(table.delete().where(next(iter(table.primary_key.columns)).in_(some)))
        if topic == Alert.TOPIC:
            model.put(connection, tables.gone, *({"alert_id": key, "change": change} for key in some))
            for hanging in (tables.actions, tables.handling_summaries, tables.candidates):
                connection.execute(hanging.delete().where(hanging.c.alert_id.in_(some)))
        if topic == Case.TOPIC:
            connection.execute(tables.links.delete().where(tables.links.c.case_key.in_(some)))


def _put_cases(model: ReadModel, connection: Connection, change: int, cases: Mapping[str, Case]) -> None:
    model.put(connection, tables.cases, *(case_row(key, case, change) for key, case in cases.items()))
    for some in _chunks(cases):
        connection.execute(tables.links.delete().where(tables.links.c.case_key.in_(some)))
    links = {
        (key, linked.system, normalise(linked.ref)): {
            "case_key": key,
            "linked_system": linked.system,
            "linked_ref": normalise(linked.ref),
            "force": case.force,
            "system": case.system,
            "ref": case.normalised_ref,
        }
        for key, case in cases.items()
        for linked in case.linked
    }
    model.put(connection, tables.links, *links.values())


def _put_actions(model: ReadModel, connection: Connection, change: int, actions: Collection[AlertAction]) -> None:
    for alert_id, force in dict.fromkeys((action.alert_id, action.force) for action in actions):
        new = [action for action in actions if (action.alert_id, action.force) == (alert_id, force)]
        about = (tables.actions.c.alert_id == alert_id, tables.actions.c.force == force)
        stored = [read_action(row) for row in connection.execute(select(tables.actions).where(*about)).mappings()]
        if all(action in stored for action in new):
            continue  # shown at once, and now read from its topic
        alert_actions = AlertActions.of([*stored, *new])
        ids = {action.action_id for action in new}
        whole = [msgspec.structs.asdict(known) for known in alert_actions.actions if known.action_id in ids]
        model.put(connection, tables.actions, *whole)
        if alert_id:
            summary = {
                "alert_id": alert_id,
                "force": force,
                **msgspec.structs.asdict(HandlingSummary.of(alert_actions)),
            }
            model.put(connection, tables.handling_summaries, summary)
            _touch(connection, change, [alert_id])


def _touch(connection: Connection, change: int, alert_ids: Collection[str]) -> None:
    """Mark alerts as changed, so that screens show them anew."""
    for some in _chunks(alert_ids):
        connection.execute(tables.alerts.update().where(tables.alerts.c.alert_id.in_(some)).values(change=change))


def _chunks(keys: Collection[str]) -> Iterator[list[str]]:
    every = list(keys)
    yield from (every[start : start + _MOST_PARAMETERS] for start in range(0, len(every), _MOST_PARAMETERS))
