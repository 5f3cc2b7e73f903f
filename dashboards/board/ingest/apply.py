"""Applies messages of our topics to the read model; applying one again, or late, changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import Connection, select

from dashboards.board.ingest import unread_messages
from dashboards.board.ingest.batch_rows import TABLE_BY_TOPIC, TOPICS, BatchRows, put_actions
from dashboards.board.readmodel import assessments, tables
from dashboards.board.readmodel.failures import fault_of, is_refusal
from dashboards.board.readmodel.judgements.links import put_snapshots as put_links
from dashboards.board.readmodel.store import ReadModel
from schemas.codec import Codec
from schemas.products import AlertAction, Case
from schemas.records import Assessment, Link
from schemas.refusals import BadRecordError
from streams.topology.batch_halving import apply_in_halves
from streams.topology.messages import Place, TopicMessage
from streams.topology.unread_messages import NOT_STORABLE, UnreadChanges

__all__ = [
    "TOPICS",
    "Refused",
    "apply",
    "apply_unread",
    "positions",
    "prune",
    "show_assessment_at_once",
    "show_at_once",
    "show_link_at_once",
]

_log: Final = structlog.get_logger("cdi.board")


@dataclass(frozen=True, slots=True)
class Refused:
    """A message of our own topics that could not be read or stored, and why."""

    message: TopicMessage
    reason: str
    fault: str | None = None
    """Of one that could not be stored: the error and where it was raised."""


def positions(model: ReadModel, topic: str, topic_id: str) -> dict[int, int]:
    """Return the next offset to read of each partition of a topic.

    ``topic_id`` is the broker's.  Where it differs from last time the topic was made anew, so that what was read of the
    old one is deleted.
    """
    with model.changing() as (connection, _):
        stored_id = connection.execute(select(tables.logs.c.identity).where(tables.logs.c.topic == topic)).scalar()
        if stored_id != topic_id:
            connection.execute(tables.positions.delete().where(tables.positions.c.topic == topic))
            connection.execute(TABLE_BY_TOPIC[topic].delete())
            if topic == Case.TOPIC:
                connection.execute(tables.links.delete())
            if topic == AlertAction.TOPIC:
                connection.execute(tables.handling_summaries.delete())
            model.put(connection, tables.logs, {"topic": topic, "identity": topic_id})
        stored = connection.execute(select(tables.positions).where(tables.positions.c.topic == topic))
        return {row.partition: row.next_offset for row in stored}


def apply(model: ReadModel, batch: Sequence[TopicMessage], codec: Codec) -> list[Refused]:
    """Apply a batch and store its offsets with it; return what could not be read or stored.

    A message that the database refuses is set aside by itself.  Messages before the stored offset were applied already,
    perhaps by another board on the same database.
    """
    refused: list[Refused] = []

    def apply_some(messages: Sequence[TopicMessage]) -> None:
        refused.extend(_apply_whole(model, messages, codec))

    def set_aside(message: TopicMessage, failure: Exception) -> None:
        unread = UnreadChanges()
        unread.refused(message, NOT_STORABLE)
        with model.changing() as (connection, _):
            next_offsets = _next_offsets(connection)
            if _pass(next_offsets, message):
                unread_messages.write_changes(model, connection, unread)
                _store_offsets(model, connection, next_offsets, [message])
        refused.append(Refused(message, NOT_STORABLE, fault_of(failure)))

    apply_in_halves(batch, apply_some, set_aside, is_refusal)
    return refused


def _apply_whole(model: ReadModel, batch: Sequence[TopicMessage], codec: Codec) -> list[Refused]:
    """Apply a batch and store its offsets in one transaction; return what could not be read."""
    refused: list[Refused] = []
    unread, rows = UnreadChanges(), BatchRows()
    with model.changing() as (connection, change):
        next_offsets = _next_offsets(connection)
        for message in batch:
            if not _pass(next_offsets, message):
                continue
            try:
                rows.take(message, codec)
            except BadRecordError as bad:
                refused.append(Refused(message, bad.reason))
                unread.refused(message, bad.reason)
            else:
                unread.read(message)
        rows.write(model, connection, change)
        unread_messages.write_changes(model, connection, unread)
        _store_offsets(model, connection, next_offsets, batch)
    return refused


def _next_offsets(connection: Connection) -> dict[Place, int]:
    return {(row.topic, row.partition): row.next_offset for row in connection.execute(select(tables.positions))}


def _pass(next_offsets: dict[Place, int], message: TopicMessage) -> bool:
    """Move the position of a message's partition past it; return False where it was past it already."""
    place = (message.topic, message.partition)
    if message.offset < next_offsets.get(place, 0):
        return False
    next_offsets[place] = message.offset + 1
    return True


def _store_offsets(
    model: ReadModel, connection: Connection, next_offsets: dict[Place, int], batch: Sequence[TopicMessage]
) -> None:
    places = {(message.topic, message.partition) for message in batch}
    rows = [
        {"topic": topic, "partition": number, "next_offset": next_offsets[topic, number]} for topic, number in places
    ]
    model.put(connection, tables.positions, *rows)


def apply_unread(model: ReadModel, codec: Codec, *, since_start: bool) -> int:
    """Apply stored messages that can be read by now; return how many.

    ``since_start`` tries only those whose schema was unknown, and is cheap; without it all are tried, once a process.
    """
    with model.reading() as connection:
        messages = unread_messages.retryable(connection, codec, since_start=since_start)
    applied = 0

    def apply_some(some: Sequence[TopicMessage]) -> None:
        nonlocal applied
        rows, unread = BatchRows(), UnreadChanges()
        with model.changing() as (connection, change):
            stored = unread_messages.still_stored(connection, some)
            for message in stored:
                try:
                    rows.take(message, codec)
                except BadRecordError as bad:
                    unread.refused(message, bad.reason)
            unread_messages.delete(connection, stored)
            rows.write(model, connection, change)
            unread_messages.write_changes(model, connection, unread)
        applied += len(stored) - len(unread.added)

    def set_aside(message: TopicMessage, _: Exception) -> None:
        with model.changing() as (connection, _change):
            unread_messages.set_reason(connection, message, NOT_STORABLE)

    if messages:
        apply_in_halves(messages, apply_some, set_aside, is_refusal)
    return applied


def show_at_once(model: ReadModel, action: AlertAction) -> None:
    """Apply an action that was just sent, before it is read from its topic."""
    try:
        with model.changing() as (connection, change):
            put_actions(model, connection, change, [action])
    except Exception as failure:
        if not is_refusal(failure):
            raise
        # It was sent, so whoever took it must not be told that it failed.
        _log.error("board_cannot_show_action", action_id=action.action_id, fault=fault_of(failure))


def show_assessment_at_once(model: ReadModel, assessment: Assessment) -> None:
    """Apply an assessment that was just sent, before it is read from its topic."""
    try:
        with model.changing() as (connection, _):
            assessments.put_snapshots(model, connection, [(assessment, assessment.event_time)])
    except Exception as failure:
        if not is_refusal(failure):
            raise
        # It was sent, so whoever gave it must not be told that it failed.
        _log.error("board_cannot_show_assessment", event_id=assessment.event_id, fault=fault_of(failure))


def show_link_at_once(model: ReadModel, link: Link) -> None:
    """Apply a link that was just sent, before it is read from its topic."""
    try:
        with model.changing() as (connection, _):
            put_links(model, connection, [(link, link.event_time)])
    except Exception as failure:
        if not is_refusal(failure):
            raise
        # It was sent, so whoever made it must not be told that it failed.
        _log.error("board_cannot_show_link", event_id=link.event_id, fault=fault_of(failure))


def prune(model: ReadModel) -> None:
    """Delete actions whose alert is gone, and assessments whose record is.

    Only call this when every message has been read.
    """
    with model.writing() as connection:
        for table in (tables.actions, tables.handling_summaries):
            about = table.c.alert_id
            without_alert = ~select(tables.alerts.c.alert_id).where(tables.alerts.c.alert_id == about).exists()
            connection.execute(table.delete().where(about != "", without_alert))  # the empty one is the shifts'
        assessments.prune(connection)
