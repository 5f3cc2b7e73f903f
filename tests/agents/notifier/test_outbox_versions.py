"""The outbox of another release: an older one is brought up to date, a newer one left alone."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from agents.kafka.producer import KafkaProducer
from agents.notifier.ingest import AlertIngest
from agents.notifier.outbox import VERSION, Outbox, OutboxError, alerts, messages, notifications, progress, version_of
from agents.notifier.outbox.versions import MIGRATIONS
from agents.settings.settings import Settings
from schemas.avro import NEWEST_ID, SCHEMA_TEXT_BY_SUBJECT
from schemas.codec import Codec
from schemas.products import Alert
from streams.topology.topics import ALERTS
from tests.agents.processes import eventually
from tests.streams.actions.alerts import alert

HERE = Path(__file__).parent


def an_outbox_of(version: int, folder: Path) -> Path:
    """Make an outbox as a former release left it."""
    file = folder / "outbox.sqlite"
    connection = sqlite3.connect(file)
    connection.executescript((HERE / f"outbox-{version}.sql").read_text(encoding="utf-8"))
    connection.close()
    return file


def shape(file: Path) -> set[tuple[object, ...]]:
    """Give every table with its columns, which of them it needs and its key, and every index with its columns."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        named = connection.execute("SELECT name, type FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
        tables = {
            (name, column[1], bool(column[3] or column[5]), column[5])
            for name, kind in named
            if kind == "table"
            for column in connection.execute(f"PRAGMA table_info({name})")
        }
        indexes = {
            (name, *(column[2] for column in connection.execute(f"PRAGMA index_info({name})")))
            for name, kind in named
            if kind == "index"
        }
    return tables | indexes


@pytest.mark.parametrize("version", range(1, VERSION))
def test_an_outbox_of_every_former_release_is_brought_up_to_date(version: int, tmp_path: Path) -> None:
    """What it knows stays, and it has the form of a new one."""
    assert set(MIGRATIONS) == set(range(1, VERSION))
    file = an_outbox_of(version, tmp_path)
    with Outbox(file) as outbox, outbox.transaction() as connection:
        assert list(alerts.by_id(connection, ["a1"])) == ["a1"]
        assert progress.next_offsets(connection, "compliance.alerts.v1") == {0: 7}
        assert messages.counts_by_state(connection)["PENDING"] == 1
        message = messages.next_to(connection, "room", 6)
        assert message is not None
        assert (message.message_id, message.created_at) == ("m1", 6)
        assert notifications.alerts_in(connection, "m1") == ["a1"]
    Outbox(tmp_path / "new.sqlite").close()
    assert shape(file) == shape(tmp_path / "new.sqlite")
    assert version_of(file) == VERSION


def test_an_outbox_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    """One line says which release it wants; no byte of it changes."""
    file = tmp_path / "outbox.sqlite"
    Outbox(file).close()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = file.read_bytes()
    with pytest.raises(OutboxError, match="of a newer release"):
        Outbox(file)
    assert file.read_bytes() == before
    assert version_of(file) == VERSION + 1


def test_a_commit_is_on_the_disk_and_what_is_deleted_is_overwritten(tmp_path: Path) -> None:
    """In the write-ahead log, with every commit synchronised."""
    with Outbox(tmp_path / "outbox.sqlite") as outbox, outbox.transaction() as connection:
        pragmas = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]
        assert pragmas == ["wal", 2]
        assert connection.execute(text("PRAGMA secure_delete")).scalar() == 1


def test_no_outbox_has_no_version(tmp_path: Path) -> None:
    """Asking makes none."""
    assert version_of(tmp_path / "outbox.sqlite") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.kafka
def test_an_alert_of_a_newer_release_is_kept_until_this_one_can_read_it(
    installation: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is counted and does not stop the notifier; after the upgrade it is told of, an older state of it is not."""
    later = NEWEST_ID + 1
    newest, overtaken = alert(alert_id="newest"), alert(alert_id="overtaken", sequence=1)
    producer = KafkaProducer(installation.client(), deliver_within_seconds=30)
    for written in (newest, overtaken):
        value = b"\0" + later.to_bytes(4, "big") + Codec().encode(written)[5:]
        producer.put(installation.topic(ALERTS), written.alert_id.encode(), value, 0)
    again = alert(alert_id="overtaken", sequence=2)
    producer.put(installation.topic(ALERTS), b"overtaken", Codec().encode(again), 0)
    producer.deliver()
    with Outbox(tmp_path / "outbox.sqlite") as outbox:
        read_to_the_end(AlertIngest(installation, outbox))
        with outbox.transaction() as connection:
            assert list(alerts.by_id(connection, ["newest", "overtaken"])) == ["overtaken"]
            assert [row.key for row in progress.unread_messages(connection)] == [b"newest"]
        learnt = {later: SCHEMA_TEXT_BY_SUBJECT[Alert.TOPIC]}
        monkeypatch.setattr("agents.notifier.ingest.product_codec", lambda *_, **__: Codec(writers=learnt))
        AlertIngest(installation, outbox).close()
        with outbox.transaction() as connection:
            assert alerts.by_id(connection, ["newest", "overtaken"]) == {"newest": newest, "overtaken": again}
            assert progress.unread_messages(connection) == []


def read_to_the_end(ingest: AlertIngest) -> None:
    """Read everything there is, as a notifier does."""

    def caught_up() -> bool:
        ingest.store(ingest.poll())
        return ingest.caught_up

    eventually(caught_up, "the end of the topics")
    assert ingest.unreadable == 2
    ingest.close()
