from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer

from agents.kafka.producer import NotDeliveredError
from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from agents.topics.audit_log import AuditLog, entries, verify
from agents.topics.instance_name import InstanceName
from schemas.codec import Codec
from schemas.products import AuditEntry
from streams.topology.audit_chain import head_of
from streams.topology.messages import UnreadableError
from streams.topology.topics import AUDIT_LOG, partition_for

pytestmark = pytest.mark.kafka
CODEC = Codec()


@pytest.fixture
def installation(kafka: str, tmp_path: Path) -> Settings:
    """Give an installation of its own on the session's Kafka."""
    settings = Settings(kafka=kafka, prefix=f"audit-{uuid.uuid4()}.", partitions=2, worker="one", data=tmp_path)
    create_topics(settings)
    return settings


def _log(settings: Settings) -> list[AuditEntry]:
    return [entry for entry, _ in entries(settings) if isinstance(entry, AuditEntry)]


def _append(settings: Settings, entry: AuditEntry) -> None:
    producer = Producer(settings.client())
    partition = partition_for(entry.writer, settings.partitions)
    producer.produce(settings.topic(AUDIT_LOG), CODEC.encode(entry), key=entry.writer, partition=partition)
    assert producer.flush(30) == 0


def test_a_chain_goes_on_where_it_stopped(installation: Settings) -> None:
    """Another start of the same writer reads its last own entry first."""
    for step in range(3):
        with AuditLog(installation, "board", clock=lambda: 1_700_000_000_000) as log:
            log.note("asmith", "SUPERVISOR", "VIEW", f"alert-{step}", {"force": "LEICS"}, recipient="bjones")
            assert log.writer == "board@one"
    written = _log(installation)
    assert [(entry.number, entry.target, entry.recipient) for entry in written] == [
        (1, "alert-0", "bjones"),
        (2, "alert-1", "bjones"),
        (3, "alert-2", "bjones"),
    ]
    assert verify(installation)[1] == []


def test_a_chain_goes_on_without_the_writers_own_note_of_it(installation: Settings, tmp_path: Path) -> None:
    """A lost data folder costs nothing: the log itself is read from its end."""
    for folder in ("a", "b"):
        with AuditLog(installation, "board", data=tmp_path / folder) as log:
            log.note("asmith", "FCR", "EXPORT")
    assert [entry.number for entry in _log(installation)] == [1, 2]


def test_many_threads_write_one_chain(installation: Settings) -> None:
    """The board answers several people at once."""
    with AuditLog(installation, "board") as log:
        threads = [threading.Thread(target=log.note, args=("asmith", "OPS", "SEARCH")) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    verification, faults = verify(installation)
    assert (verification.entries, faults) == (12, [])


def test_two_of_a_kind_on_one_machine_write_two_chains(installation: Settings) -> None:
    """The second takes the next name, and the first is free again once its holder is gone."""
    with AuditLog(installation, "cli") as one, AuditLog(installation, "cli") as two:
        one.note("asmith", "SUPERVISOR", "ACK")
        two.note("bjones", "SUPERVISOR", "ACK")
        assert (one.writer, two.writer) == ("cli@one", "cli@one-2")
    with AuditLog(installation, "cli") as again:
        assert again.writer == "cli@one"
    assert verify(installation)[1] == []


def test_a_name_is_free_again_when_its_holder_is_killed(tmp_path: Path) -> None:
    """The system gives the lock back, whatever the process could not."""
    code = (
        "import sys, pathlib, signal; from agents.topics.instance_name import InstanceName\n"
        "print(InstanceName(pathlib.Path(sys.argv[1]), 'cli', 'one').name, flush=True); signal.pause()"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "cli@one\n"
    second = InstanceName(tmp_path, "cli", "one")
    holder.kill()
    holder.wait()
    holder.stdout.close()
    third = InstanceName(tmp_path, "cli", "one")
    assert (second.name, third.name) == ("cli@one-2", "cli@one")
    second.release()
    third.release()


def test_a_forged_entry_is_found_where_it_stands(installation: Settings) -> None:
    """Whoever can write to the topic cannot add to another's chain unnoticed."""
    with AuditLog(installation, "board") as log:
        log.note("asmith", "FCR", "VIEW", "alert-1")
        log.note("asmith", "FCR", "VIEW", "alert-2")
    forged = msgspec.structs.replace(_log(installation)[1], target="alert-9")
    _append(installation, forged)
    _, faults = verify(installation)
    assert [(fault.kind, fault.number) for fault in faults] == [("CHANGED", 2)]
    assert faults[0].place.endswith("/2")


def test_an_end_that_was_cut_off_is_found(installation: Settings) -> None:
    """By another writer's anchor, and by a head that somebody kept."""
    with AuditLog(installation, "board") as board, AuditLog(installation, "notifier") as notifier:
        board.note("asmith", "FCR", "VIEW")
        notifier.anchor()
    heads = tuple((head, "kept.jsonl") for head in verify(installation)[0].heads)
    assert verify(installation, heads)[1] == []
    emptied = installation.model_copy(update={"prefix": f"cut-{uuid.uuid4()}."})
    create_topics(emptied)
    _append(emptied, next(entry for entry in _log(installation) if entry.action == "ANCHOR"))
    faults = verify(emptied, heads)[1]
    assert [(fault.kind, fault.writer, fault.number) for fault in faults] == [("TRUNCATED", "board@one", 1)]


def test_a_writer_whose_entries_the_log_lost_leaves_a_gap(installation: Settings) -> None:
    """It knows better than the log how far it was, and does not paper over it."""
    with AuditLog(installation, "board") as log:
        log.note("asmith", "FCR", "VIEW")
        lost = head_of(_log(installation)[0])
        log._file.write(msgspec.structs.replace(lost, number=7))  # type: ignore[union-attr]
    with AuditLog(installation, "board") as log:
        log.note("asmith", "FCR", "VIEW")
    assert [(fault.kind, fault.number) for fault in verify(installation)[1]] == [("GAP", 2)]


def test_what_cannot_be_read_is_named(installation: Settings) -> None:
    """Bytes that are no entry are a fault at their place."""
    producer = Producer(installation.client())
    producer.produce(installation.topic(AUDIT_LOG), b"nonsense", key="board@one", partition=0)
    producer.flush(30)
    _, faults = verify(installation)
    assert [(fault.kind, fault.place) for fault in faults] == [("UNREADABLE", f"{installation.topic(AUDIT_LOG)}/0/0")]


def test_what_cannot_be_noted_raises(installation: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what would go unnoted is not done; and the chain goes on whole once the broker is back."""
    with AuditLog(installation, "board") as log:
        log.note("asmith", "FCR", "VIEW")
        with monkeypatch.context() as patch:
            patch.setattr(log, "_topic", "no-such-topic-here")
            with pytest.raises(NotDeliveredError):
                log.note("asmith", "FCR", "VIEW")
        log.note("asmith", "FCR", "VIEW")
    assert verify(installation)[1] == []
    nowhere = installation.model_copy(update={"prefix": f"none-{uuid.uuid4()}."})
    with AuditLog(nowhere, "board") as log, pytest.raises(UnreadableError):
        log.note("asmith", "FCR", "VIEW")


def test_entries_before_many_others_are_found(installation: Settings) -> None:
    """A writer long silent finds its end behind another's thousand entries."""
    with AuditLog(installation, "board") as log:
        log.note("asmith", "FCR", "VIEW")
    partition = partition_for("board@one", installation.partitions)
    producer = Producer(installation.client())
    for _ in range(1200):
        producer.produce(installation.topic(AUDIT_LOG), b"x", key="other", partition=partition)
    producer.flush(30)
    (installation.data / "audit").joinpath("board@one.lock").unlink()
    with AuditLog(installation, "board", data=installation.data / "elsewhere") as log:
        log.note("asmith", "FCR", "VIEW")
    assert [entry.number for entry in _log(installation)] == [1, 2]
