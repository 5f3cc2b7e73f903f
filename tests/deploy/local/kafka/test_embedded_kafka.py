"""The embedded Kafka: what it promises a user, and each way it can fail, by the sentence that names it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from deploy.local.cluster import ServicesFailedError, kafka
from deploy.local.kafka import EmbeddedKafka, KafkaUnavailableError, kafka_from_environment, node
from deploy.local.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER = """
import signal, sys
from pathlib import Path
from deploy.local.kafka import EmbeddedKafka
broker = EmbeddedKafka(Path(sys.argv[1]))
broker.start()
print(broker.bootstrap, flush=True)
signal.pause()
"""


def _topic(bootstrap: str) -> str:
    name = f"test-{uuid.uuid4()}"
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(30)
    return name


def _produce(bootstrap: str, topic: str, value: bytes, **settings: str | int) -> None:
    refusals: list[object] = []
    producer = Producer({"bootstrap.servers": bootstrap, **settings})
    producer.produce(topic, value, on_delivery=lambda refusal, _: refusals.append(refusal))
    producer.flush(30)
    assert refusals == [None]


def _read_one(bootstrap: str, topic: str) -> bytes:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": topic, "auto.offset.reset": "earliest"})
    with contextlib.closing(consumer):
        consumer.subscribe([topic])
        message = consumer.poll(30)
        assert message is not None, "nothing arrived"
        assert message.error() is None
        value = message.value()
        assert isinstance(value, bytes)
        return value


def _cluster_id(bootstrap: str) -> str:
    return str(AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=30).cluster_id)


def _processes_of(data_dir: Path) -> dict[str, int]:
    """Find the processes that name the folder on their command line, by their program's name."""
    processes = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if any(str(data_dir).encode() in word for word in words) and int(folder.name) != os.getpid():
                processes[Path(words[0].decode()).name + (" keeper" if b"-S" in words else "")] = int(folder.name)
    return processes


def _wait_until_gone(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        process = os.pidfd_open(pid)
        ended, _, _ = select.select([process], [], [], 30)
        os.close(process)
        assert ended, f"process {pid} lives on"


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process of its own that started a broker on tmp_path / "node" and waits."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "node")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("127.0.0.1:")
        yield process
        process.kill()


@pytest.mark.kafka
@pytest.mark.parametrize("codec", ["none", "lz4", "snappy", "zstd"])
def test_a_record_is_read_as_it_was_written(kafka: str, codec: str) -> None:
    """What one client writes, in any compression, another reads unchanged."""
    topic = _topic(kafka)
    _produce(kafka, topic, b"a record " * 100, **{"compression.type": codec})
    assert _read_one(kafka, topic) == b"a record " * 100


@pytest.mark.kafka
def test_a_record_of_five_megabytes_arrives(kafka: str) -> None:
    """A record far too large to be right reaches the topic, so that it can be set aside by name."""
    topic = _topic(kafka)
    _produce(kafka, topic, b"x" * 5_000_000, **{"message.max.bytes": 6_000_000})
    assert len(_read_one(kafka, topic)) == 5_000_000


def test_a_second_start_finds_the_same_cluster_data_and_port(tmp_path: Path) -> None:
    """A broker stopped and started again on its folder is the same broker to its clients."""
    with EmbeddedKafka(tmp_path / "node") as first:
        bootstrap, cluster_id = first.bootstrap, _cluster_id(first.bootstrap)
        topic = _topic(bootstrap)
        _produce(bootstrap, topic, b"kept")
    assert not first.is_running
    with EmbeddedKafka(tmp_path / "node") as second:
        assert second.bootstrap == bootstrap
        assert _cluster_id(second.bootstrap) == cluster_id
        assert _read_one(second.bootstrap, topic) == b"kept"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_killed_owner_leaves_no_broker(owner: subprocess.Popen[str], tmp_path: Path) -> None:
    """SIGKILL of the process that started the broker ends keeper and Java as well."""
    left = _processes_of(tmp_path / "node" / "server.properties")
    assert any("java" in name for name in left), left
    owner.kill()
    for pid in left.values():
        _wait_until_gone(pid)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's help is Linux's own")
@pytest.mark.usefixtures("owner")
def test_a_killed_keeper_leaves_no_broker(tmp_path: Path) -> None:
    """SIGKILL of the keeper itself ends Java as well."""
    left = _processes_of(tmp_path / "node" / "server.properties")
    keeper = next(pid for name, pid in left.items() if "keeper" in name)
    os.kill(keeper, signal.SIGKILL)
    _wait_until_gone(left["java"])


def test_services_do_not_outlive_their_own_kafka(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that ended under them is named with its log; before that, looking at it says nothing."""
    monkeypatch.delenv("CDI_KAFKA", raising=False)
    with (
        kafka(tmp_path, lambda _: None) as cluster,
        Processes({}, tmp_path, on_restart=pytest.fail, cluster=cluster) as services,
    ):
        services.restart_ended()
        for pid in _processes_of(tmp_path / "kafka" / "server.properties").values():
            os.kill(pid, signal.SIGKILL)
            _wait_until_gone(pid)
        with pytest.raises(ServicesFailedError, match=r"the embedded Kafka has ended: see .*; its data is kept"):
            services.restart_ended()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """A port that another process listens on is refused before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(KafkaUnavailableError, match=rf"^Port {port} on 127\.0\.0\.1 is taken"):
            EmbeddedKafka(tmp_path / "node", port=port).start()


def test_a_folder_in_use_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second broker on the folder of a running one is refused."""
    monkeypatch.setattr(node, "LOCK_WAIT_S", 0.0)
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(KafkaUnavailableError, match=r"^Another Kafka is running on the data folder"):
            EmbeddedKafka(tmp_path).start()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A data folder that cannot be made is refused with the system's reason."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KafkaUnavailableError, match=r"^The data folder .* cannot be written \(Not a directory\)"):
        EmbeddedKafka(tmp_path / "file" / "node").start()


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with too little room for a broker's logs is refused before the broker fails on it."""
    monkeypatch.setattr(node, "LEAST_FREE_BYTES", 2**62)
    with pytest.raises(KafkaUnavailableError, match=r"^The disk of the data folder .* is nearly full"):
        EmbeddedKafka(tmp_path / "node").start()


def test_a_broker_that_dies_on_start_is_quoted(tmp_path: Path) -> None:
    """A setting the broker refuses ends in one line with the broker's own last words, and no process."""
    broker = EmbeddedKafka(tmp_path / "node", extra_properties={"metric.reporters": "no.such.Reporter"})
    with pytest.raises(
        KafkaUnavailableError, match=r"^Kafka ended before it answered; .*no\.such\.Reporter"
    ) as refusal:
        broker.start()
    assert "\n" not in str(refusal.value)
    assert not broker.is_running


def test_a_cluster_of_your_own_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With CDI_KAFKA set its address is given and nothing is started or written."""
    monkeypatch.setenv("CDI_KAFKA", "broker.example:9092")
    with kafka_from_environment(tmp_path / "node") as bootstrap:
        assert bootstrap == "broker.example:9092"
    assert not (tmp_path / "node").exists()
