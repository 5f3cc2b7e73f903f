"""What messages of our topics do to the read model.  Applying them again, or out of turn, changes nothing."""

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
"""How many keys one statement names."""
_TABLE_BY_TOPIC: Final = {
    Alert.TOPIC: tables.alerts,
    Case.TOPIC: tables.cases,
    ForceClock.TOPIC: tables.clocks,
    Candidate.TOPIC: tables.candidates,
    AlertAction.TOPIC: tables.actions,
    Erasure.TOPIC: tables.erased,
}
TOPICS: Final = tuple(_TABLE_BY_TOPIC)
"""What a board reads."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A message of our own topics that could not be read, and why; it is passed over."""

    message: TopicMessage
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
                connection.execute(tables.handling_summaries.delete())
            model.put(connection, tables.logs, {"topic": topic, "identity": identity})
        stored = connection.execute(select(tables.positions).where(tables.positions.c.topic == topic))
        return {row.partition: row.next_offset for row in stored}


def apply(model: ReadModel, batch: list[TopicMessage], codec: Codec) -> list[Refused]:
    """Take in a batch in one transaction, together with how far it reaches; return what could not be read.

    Messages before the stored position were taken in already, perhaps by another board on the same database.
    """
    refused: list[Refused] = []
    unread = UnreadChanges()
    with model.changing() as (connection, change):
        reached = {(row.topic, row.partition): row.next_offset for row in connection.execute(select(tables.positions))}
        gathered = _Gathered()
        for message in batch:
            log = (message.topic, message.partition)
            if message.offset < reached.get(log, 0):
                continue
            reached[log] = message.offset + 1
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
        rows = [{"topic": topic, "partition": number, "next_offset": reached[topic, number]} for topic, number in logs]
        model.put(connection, tables.positions, *rows)
    return refused


def apply_unread(model: ReadModel, codec: Codec, *, since_start: bool) -> int:
    """Apply messages that could not be read when they came and can be now; return how many.

    ``since_start``: only those whose schema was not known, as often as one likes; without, all, once a process.
    """
    with model.reading() as connection:
        if not unread_messages.retryable(connection, codec, since_start=since_start):
            return 0
    with model.changing() as (connection, change):
        messages = unread_messages.retryable(connection, codec, since_start=since_start)
        gathered, unread = _Gathered(), UnreadChanges()
        for message in messages:
            try:
                gathered.take(message, codec)
            except BadRecordError as bad:
                unread.refused(message, bad.reason)
        unread_messages.delete(connection, messages)
        gathered.write(model, connection, change)
        unread_messages.write_changes(model, connection, unread)
        return len(messages) - len(unread.added)


def act(model: ReadModel, action: AlertAction) -> None:
    """Show an action at once, before its topic brings it back."""
    with model.changing() as (connection, change):
        _put_actions(model, connection, change, [action])


class _Gathered:
    """What a batch comes to: the newest under each key, and what was forgotten on the way."""

    def __init__(self) -> None:
        self.forgotten: dict[str, set[str]] = {topic: set() for topic in TOPICS}
        self.newest: dict[str, dict[str, tuple[Any, int]]] = {topic: {} for topic in TOPICS}
        """By topic and key: the record, and the partition it came on."""
        self.actions: list[AlertAction] = []
        self.erasures: list[Erasure] = []

    def take(self, message: TopicMessage, codec: Codec) -> None:
        """Add a message.  Raises BadRecordError."""
        key, newest = (message.key or b"").decode(errors="replace"), self.newest[message.topic]
        if message.value is None:
            self.forgotten[message.topic].add(key)
            newest.pop(key, None)
            return
        record = codec.decode(message.topic, message.value)
        if isinstance(record, Erasure):
            if key == record.force:
                self.erasures.append(record)
            return
        if isinstance(record, AlertAction):
            if key == record.force:  # one under another force's key is nobody's word
                self.actions.append(record)
            return
        known = newest.get(key)
        if known and isinstance(record, Alert) and isinstance(known[0], Alert) and known[0].sequence >= record.sequence:
            return  # a worker that began again repeats itself
        newest[key] = record, message.partition

    def write(self, model: ReadModel, connection: Connection, change: int) -> None:
        """Write what was gathered: first what was forgotten, since what came later stands."""
        for topic, keys in self.forgotten.items():
            _forget(model, connection, change, topic, keys)
        alerts, cases, clocks, candidates = (self.newest[topic] for topic in TOPICS[:4])
        model.put(connection, tables.alerts, *(alert_row(alert, change) for alert, _ in alerts.values()))
        _put_cases(model, connection, change, {key: case for key, (case, _) in cases.items()})
        model.put(connection, tables.clocks, *(clock_row(clock, number, change) for clock, number in clocks.values()))
        model.put(connection, tables.candidates, *(candidate_row(key, said) for key, (said, _) in candidates.items()))
        _touch(connection, change, [said.alert_id for said, _ in candidates.values()])
        _erase(model, connection, self.erasures)
        _erase_differences(connection, self.erasures)
        _put_actions(model, connection, change, _not_erased(connection, self.actions))


def prune(model: ReadModel) -> None:
    """Drop what people did about alerts that are there no longer; only once all that was written has been read."""
    with model.writing() as connection:
        for table in (tables.actions, tables.handling_summaries):
            about = table.c.alert_id
            gone = ~select(tables.alerts.c.alert_id).where(tables.alerts.c.alert_id == about).exists()
            connection.execute(table.delete().where(about != "", gone))  # the empty one is the shifts'


def _erase(model: ReadModel, connection: Connection, erasures: Collection[Erasure]) -> None:
    """Drop what people did about alerts on what was erased, and remember not to take it again."""
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
            )  # fmt: skip


def _erase_differences(connection: Connection, erasures: Collection[Erasure]) -> None:
    """Drop from comparisons of policies what they say of what was erased."""
    for force in {erasure.force for erasure in erasures}:
        gone = {
            (SYSTEM_BY_KIND[subject.kind], normalise(subject.ref))
            for erasure in erasures
            if erasure.force == force
            for subject in erasure.subjects
        }
        ids = select(tables.comparisons.c.comparison_id).where(tables.comparisons.c.force == force)
        stated = tables.differences.c
        of_force = (stated.comparison_id.in_(ids), stated.subject_system.in_({system for system, _ in gone}))
        for row in connection.execute(select(tables.differences).where(*of_force)).all():
            if (row.subject_system, normalise(row.subject_ref)) in gone:
                this = (stated.comparison_id == row.comparison_id, stated.number == row.number)
                connection.execute(tables.differences.delete().where(*this))


def _not_erased(connection: Connection, actions: Collection[AlertAction]) -> list[AlertAction]:
    """Return the actions but those on alerts that were erased since."""
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
            "case_key": key, "linked_system": linked.system, "linked_ref": normalise(linked.ref),
            "force": case.force, "system": case.system, "ref": case.normalised_ref,
        }
        for key, case in cases.items()
        for linked in case.linked
    }  # fmt: skip
    model.put(connection, tables.links, *links.values())


def _put_actions(model: ReadModel, connection: Connection, change: int, actions: Collection[AlertAction]) -> None:
    for alert_id, force in dict.fromkeys((action.alert_id, action.force) for action in actions):
        new = [action for action in actions if (action.alert_id, action.force) == (alert_id, force)]
        about = (tables.actions.c.alert_id == alert_id, tables.actions.c.force == force)
        stored = [read_action(row) for row in connection.execute(select(tables.actions).where(*about)).mappings()]
        if all(action in stored for action in new):
            continue  # an action shown at once comes back by its topic: that is no change, least of all another's
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
    """Let screens know that what is shown beside alerts changed."""
    for some in _chunks(alert_ids):
        connection.execute(tables.alerts.update().where(tables.alerts.c.alert_id.in_(some)).values(change=change))


def _chunks(keys: Collection[str]) -> Iterator[list[str]]:
    every = list(keys)
    yield from (every[start : start + _MOST_PARAMETERS] for start in range(0, len(every), _MOST_PARAMETERS))
