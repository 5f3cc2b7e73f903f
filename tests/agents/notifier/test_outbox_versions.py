"""The outbox of another release: an older one is brought up to date, a newer one left alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agents.kafka.producer import KafkaProducer
from agents.notifier.messages import Messages
from agents.notifier.reading import Reader
from agents.notifier.store import Store
from agents.notifier.tables import MIGRATIONS, VERSION, OutboxError, connect, version_of
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


def shape(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    """Give every table and index with its columns."""
    named = connection.execute("SELECT name, type, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {
        (name, kind, table, *(column[1] for column in connection.execute(f"PRAGMA table_info({table})")))
        for name, kind, table in named.fetchall()
    }


@pytest.mark.parametrize("version", range(1, VERSION))
def test_an_outbox_of_every_former_release_is_brought_up_to_date(version: int, tmp_path: Path) -> None:
    """What it knows stays, and it has the form of a new one."""
    assert set(MIGRATIONS) == set(range(1, VERSION))
    file = an_outbox_of(version, tmp_path)
    with Store(file) as store:
        assert list(store.alerts(["a1"])) == ["a1"]
        assert store.cursors("compliance.alerts.v1") == {0: 7}
        assert Messages(store.connection).standing()[0]["PENDING"] == 1
        assert shape(store.connection) == shape(connect(tmp_path / "new.sqlite"))
    assert version_of(file) == VERSION


def test_an_outbox_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    """One line says which release it wants; no byte of it changes."""
    file = tmp_path / "outbox.sqlite"
    connection = connect(file)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(OutboxError, match="of a newer release"):
        Store(file)
    assert file.read_bytes() == before
    assert version_of(file) == VERSION + 1


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
    for each in (newest, overtaken):
        value = b"\0" + later.to_bytes(4, "big") + Codec().encode(each)[5:]
        producer.put(installation.topic(ALERTS), each.alert_id.encode(), value, 0)
    again = alert(alert_id="overtaken", sequence=2)
    producer.put(installation.topic(ALERTS), b"overtaken", Codec().encode(again), 0)
    producer.deliver()
    with Store(tmp_path / "outbox.sqlite") as store:
        read_to_the_end(Reader(installation, store))
        assert list(store.alerts(["newest", "overtaken"])) == ["overtaken"]
        assert [row["key"] for row in store.unread()] == [b"newest"]
        learnt = {later: SCHEMA_TEXT_BY_SUBJECT[Alert.TOPIC]}
        monkeypatch.setattr("agents.notifier.reading.codec_of", lambda *_, **__: Codec(writers=learnt))
        Reader(installation, store).close()
        assert store.alerts(["newest", "overtaken"]) == {"newest": newest, "overtaken": again}
        assert store.unread() == []


def read_to_the_end(reader: Reader) -> None:
    """Read everything there is, as a notifier does."""

    def caught_up() -> bool:
        reader.keep(reader.poll())
        return reader.caught_up

    eventually(caught_up, "the end of the topics")
    assert reader.unreadable == 2
    reader.close()
