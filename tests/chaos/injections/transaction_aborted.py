"""Transactions that are taken back, and one that is not: what was aborted was never said."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from random import Random

import msgspec
from confluent_kafka import Producer

from schemas.codec import Codec
from schemas.records import FEEDS, Crime, Heartbeat, Incident, Snapshot
from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site
from tests.streams.world import DAY, crime

_TIMEOUT_SECONDS = 30.0


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Abort records that would change alerts and heartbeats that would move clocks; commit a repetition."""
    producer = Producer(site.settings.client(transactional_id=f"chaos-{uuid.uuid4()}", message_timeout_ms=20_000))
    producer.init_transactions(_TIMEOUT_SECONDS)
    sent = list(site.feed.sent.values())
    _transaction(site, producer, [*_lies(site, sent, dice), *_early_words(site)], commit=False)
    yield
    _transaction(site, producer, dice.sample(sent, min(5, len(sent))), commit=True)
    yield
    _transaction(site, producer, _early_words(site), commit=False)


def _transaction(
    site: Site, producer: Producer, records: list[Snapshot | tuple[str, Heartbeat]], *, commit: bool
) -> None:
    codec = Codec()
    producer.begin_transaction()
    for item in records:
        topic, record = item if isinstance(item, tuple) else (item.TOPIC, item)
        name, partition = f"{site.settings.prefix}{topic}", site.settings.partition_of(record.force)
        producer.produce(name, codec.encode(record), key=record.force.encode(), partition=partition)
    producer.flush(_TIMEOUT_SECONDS)
    if commit:
        producer.commit_transaction(_TIMEOUT_SECONDS)
    else:
        producer.abort_transaction(_TIMEOUT_SECONDS)


def _lies(site: Site, sent: list[Snapshot], dice: Random) -> list[Snapshot | tuple[str, Heartbeat]]:
    """Make crimes that would answer reports, and cancellations of crimes that are there."""
    lies: list[Snapshot | tuple[str, Heartbeat]] = []
    for record in dice.sample(sent, min(30, len(sent))):
        lied = {"event_id": f"aborted {uuid.uuid4()}", "force": record.force}
        if isinstance(record, Incident):
            answers = {"incident_refs": (record.incident_ref,), **lied}
            lies.append(crime(record.event_time, f"lie {len(lies)}", recorded_at=record.event_time, **answers))
        elif isinstance(record, Crime):
            lies.append(msgspec.structs.replace(record, revision=record.revision + 9, status="CANCELLED", **lied))
    return lies


def _early_words(site: Site) -> list[Snapshot | tuple[str, Heartbeat]]:
    """Make every source's word for a day that has not come."""
    through = site.feed.through + 100 * DAY
    return [
        (topic, Heartbeat(force=force, source=source, complete_through=through))
        for force in site.feed.forces
        for topic in FEEDS
        for source in site.feed.sources[topic]
    ]


INJECTION = Injection(
    "transaction-aborted",
    "records and heartbeats in aborted transactions, repetitions in a committed one",
    inject,
)
