"""The notifier's reader: one message that cannot be stored is set aside by itself, and the rest is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from agents.notifier import ingest
from agents.notifier.ingest import AlertIngest
from agents.notifier.outbox import Outbox, OutboxUnavailableError, alerts, progress
from agents.settings.settings import Settings
from schemas.codec import Codec
from schemas.products import Alert, AlertAction
from streams.topology.messages import Place, Span, TopicMessage
from tests.streams.actions.alerts import action, alert

CODEC = Codec()


class NoReader:
    """Stands in for the reader of topics: there is one partition of each, and nothing comes."""

    caught_up = True
    assigned: Mapping[Place, int]

    def __init__(self, *_: object, **__: object) -> None:
        """Take what the reader of topics takes."""

    def spans(self, topic: str) -> list[Span]:
        """Return one partition that begins at 0."""
        return [Span(topic, 0, 0, 0)]

    def assign(self, offsets: Mapping[Place, int]) -> None:
        """Note where reading begins."""
        NoReader.assigned = offsets


@pytest.fixture
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outbox]:
    """Give an outbox, and have nothing connect to Kafka."""
    monkeypatch.setattr(ingest, "TopicReader", NoReader)
    with Outbox(tmp_path / "outbox.sqlite") as outbox:
        yield outbox


def message_of(record: Alert | AlertAction, offset: int) -> TopicMessage:
    """Return a record's message."""
    key = record.alert_id if isinstance(record, Alert) else record.force
    return TopicMessage(record.TOPIC, 0, offset, key.encode(), CODEC.encode(record))


def open_ids(outbox: Outbox) -> set[str]:
    """Return the ids of the open alerts."""
    with outbox.transaction() as connection:
        return {known.alert_id for known in alerts.open_alerts(connection)}


def failing(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    """Have the alert ``bad`` fail to be stored."""
    whole = alerts.put

    def put(connection: Connection, alert: Alert) -> None:
        if alert.alert_id == "bad":
            raise failure
        whole(connection, alert)

    monkeypatch.setattr(alerts, "put", put)


def test_a_message_that_cannot_be_stored_is_set_aside_and_read_at_the_next_start(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those around it are stored, reading goes on after it, and a release without the fault reads it."""
    batch = [message_of(alert(alert_id=name), number) for number, name in enumerate(("a", "b", "bad", "c"))]
    with monkeypatch.context() as patch:
        failing(patch, KeyError("bad"))
        reader = AlertIngest(Settings(), outbox)
        reader.store([*batch, message_of(action("NOTE", text="seen"), 0)])
        assert reader.unreadable == 1
        assert open_ids(outbox) == {"a", "b", "c"}
        AlertIngest(Settings(), outbox)
        assert open_ids(outbox) == {"a", "b", "c"}
    assert NoReader.assigned[Alert.TOPIC, 0] == 4
    assert NoReader.assigned[AlertAction.TOPIC, 0] == 1
    AlertIngest(Settings(), outbox)
    assert open_ids(outbox) == {"a", "b", "bad", "c"}
    with outbox.transaction() as connection:
        assert progress.unread_messages(connection) == []


@pytest.mark.parametrize(
    "message",
    [
        TopicMessage(Alert.TOPIC, 0, 1, b"a\0b", None),
        TopicMessage(Alert.TOPIC, 0, 1, b"\xff\xed\xa0\x80", None),
        TopicMessage(Alert.TOPIC, 0, 1, None, None),
        TopicMessage(Alert.TOPIC, 0, 1, b"x", b""),
        TopicMessage(AlertAction.TOPIC, 0, 1, b"x", b"\0\0\0\0\1nonsense"),
        TopicMessage(AlertAction.TOPIC, 0, 1, None, None),
        message_of(alert(alert_id="a\0b", subject_ref="\0", title="x" * 100_000), 1),
        message_of(alert(alert_id="", sequence=2**63 - 1, lateness_ms=-(2**63)), 1),
        message_of(action("NOTE", alert_id="\0", text="\0"), 1),
        message_of(action("NOTE", text="x"), 1)._replace(headers=[("cdi-request-id", b"\xff\xfe"), ("", None)]),
    ],
)
def test_whatever_a_message_holds_the_next_is_read(outbox: Outbox, message: TopicMessage) -> None:
    """NUL, odd bytes, no key, no value, numbers at their ends."""
    reader = AlertIngest(Settings(), outbox)
    reader.store([message_of(alert(alert_id="before"), 0), message, message_of(alert(alert_id="after"), 2)])
    assert {"before", "after"} <= open_ids(outbox)


def test_a_disk_that_cannot_be_written_sets_nothing_aside(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch is stored whole once it can be, and counted once."""
    full = OperationalError("INSERT", {}, _FullError())
    batch = [message_of(alert(alert_id="a"), 0), message_of(alert(alert_id="bad"), 1)]
    reader = AlertIngest(Settings(), outbox)
    with monkeypatch.context() as patch:
        failing(patch, full)
        with pytest.raises(OutboxUnavailableError, match="the disk is full"):
            reader.store(batch)
    assert (open_ids(outbox), reader.unreadable) == (set(), 0)
    reader.store(batch)
    assert open_ids(outbox) == {"a", "bad"}


class _FullError(Exception):
    """What SQLite says of a full disk."""

    sqlite_errorname = "SQLITE_FULL"
