"""The rows that a batch of messages comes to, and how they are written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from dashboards.board.domain.handling_summary import HandlingSummary
from dashboards.board.ingest.erasures import (
    erase_actions,
    erase_audit_records,
    erase_counts,
    erase_differences,
    erase_judgements,
    not_erased,
)
from dashboards.board.readmodel import tables
from dashboards.board.readmodel.alerts import read_action
from dashboards.board.readmodel.assessments import put_snapshots
from dashboards.board.readmodel.audits import sheets as audits
from dashboards.board.readmodel.judgements import links as people_links
from dashboards.board.readmodel.rows import alert_row, candidate_row, case_row, clock_row, key_text, review_row
from dashboards.board.readmodel.store import ReadModel, in_chunks
from schemas.codec import Codec
from schemas.identifiers import normalise
from schemas.products import Alert, AlertAction, Candidate, Case, Erasure, ForceClock, Review
from schemas.records import Assessment, Link
from streams.actions import AlertActions
from streams.topology.messages import TopicMessage

TABLE_BY_TOPIC: Final = {
    Alert.TOPIC: tables.alerts,
    Case.TOPIC: tables.cases,
    ForceClock.TOPIC: tables.clocks,
    Candidate.TOPIC: tables.candidates,
    AlertAction.TOPIC: tables.actions,
    Erasure.TOPIC: tables.erased,
    Review.TOPIC: tables.reviews,
    Assessment.TOPIC: tables.assessments,
    Link.TOPIC: tables.people_links,
}
TOPICS: Final = tuple(TABLE_BY_TOPIC)
"""The topics a board reads, besides the ticks."""


class BatchRows:
    """The rows that a batch comes to: the newest record under each key, and the deleted keys."""

    def __init__(self) -> None:
        self.deleted: dict[str, set[str]] = {topic: set() for topic in TOPICS}
        self.newest: dict[str, dict[str, tuple[Any, int]]] = {topic: {} for topic in TOPICS}
        """By topic and key: the record, and the partition it came on."""
        self.actions: list[AlertAction] = []
        self.erasures: list[Erasure] = []
        self.assessments: list[tuple[Assessment, int]] = []
        """Each snapshot, and when the broker took it (ms)."""
        self.links: list[tuple[Link, int]] = []
        """As :attr:`assessments`."""

    def take(self, message: TopicMessage, codec: Codec) -> None:
        """Add a message.  Raises BadRecordError."""
        key, newest = key_text(message.key), self.newest[message.topic]
        if message.value is None:
            self.deleted[message.topic].add(key)
            newest.pop(key, None)
            return
        record = codec.decode(message.topic, message.value)
        if isinstance(record, Erasure | AlertAction | Assessment | Link):
            if key == record.force:
                self._add(record, message.ingest_time)
            return
        known = newest.get(key)
        if known and isinstance(record, Alert) and isinstance(known[0], Alert) and known[0].sequence >= record.sequence:
            return  # a worker that was restarted sends alerts again
        newest[key] = record, message.partition

    def _add(self, record: Erasure | AlertAction | Assessment | Link, arrived_at: int) -> None:
        """Add a record of a topic on which every message counts."""
        match record:
            case Erasure():
                self.erasures.append(record)
            case AlertAction():
                self.actions.append(record)
            case Assessment():
                self.assessments.append((record, arrived_at))
            case Link():
                self.links.append((record, arrived_at))

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
        reviews = self.newest[Review.TOPIC]
        model.put(connection, tables.reviews, *(review_row(key, record) for key, (record, _) in reviews.items()))
        put_snapshots(model, connection, self.assessments)
        people_links.put_snapshots(model, connection, self.links)
        erase_judgements(model, connection, self.erasures)
        erase_actions(model, connection, self.erasures)
        erase_differences(connection, self.erasures)
        erase_audit_records(connection, self.erasures)
        erase_counts(connection, self.erasures)
        put_actions(model, connection, change, not_erased(connection, self.actions))


def _forget(model: ReadModel, connection: Connection, change: int, topic: str, keys: Collection[str]) -> None:
    table = TABLE_BY_TOPIC[topic]
    for some in in_chunks(keys):
        if topic == Candidate.TOPIC:
            about = connection.execute(select(table.c.alert_id).where(table.c.key.in_(some))).scalars()
            _touch(connection, change, list(about))
        if topic == Alert.TOPIC:
            existing = select(tables.alerts.c.alert_id, tables.alerts.c.force).where(tables.alerts.c.alert_id.in_(some))
            removed = [{**row, "change": change} for row in connection.execute(existing).mappings()]
            model.put(connection, tables.gone, *removed)
        if topic == Case.TOPIC:
            _forget_in_audits(connection, some)
        connection.execute(table.delete().where(next(iter(table.primary_key.columns)).in_(some)))
        if topic == Alert.TOPIC:
            for hanging in (tables.actions, tables.handling_summaries, tables.candidates):
                connection.execute(hanging.delete().where(hanging.c.alert_id.in_(some)))
        if topic == Review.TOPIC:
            for hanging in (tables.leases, tables.skips):
                connection.execute(hanging.delete().where(hanging.c.key.in_(some)))
        if topic == Case.TOPIC:
            connection.execute(tables.links.delete().where(tables.links.c.case_key.in_(some)))


def _forget_in_audits(connection: Connection, keys: Collection[str]) -> None:
    """Delete what audits hold of records whose cases the workers forget."""
    case = tables.cases.c
    for row in connection.execute(select(case.force, case.system, case.normalised_ref).where(case.key.in_(keys))):
        audits.forget(connection, row.force, [(row.system, row.normalised_ref)])


def _put_cases(model: ReadModel, connection: Connection, change: int, cases: Mapping[str, Case]) -> None:
    model.put(connection, tables.cases, *(case_row(key, case, change) for key, case in cases.items()))
    for some in in_chunks(cases):
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


def put_actions(model: ReadModel, connection: Connection, change: int, actions: Collection[AlertAction]) -> None:
    """Write actions, and the sum of all actions on the alert of each."""
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
    for some in in_chunks(alert_ids):
        connection.execute(tables.alerts.update().where(tables.alerts.c.alert_id.in_(some)).values(change=change))
