"""A real schema registry: what is registered, what is refused, and what goes on while it is out."""

from __future__ import annotations

import itertools
import json
import os
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import fastavro
import msgspec
import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from agents.kafka import codecs
from agents.kafka.codecs import codec_of
from agents.kafka.reader import latest_records, messages
from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from agents.topics.dead_letters import dead_letters
from agents.topics.feeds import FeedProducer
from deploy.cli import main
from deploy.local.kafka import free_port
from schemas.avro import FILE_BY_ID, ID_BY_SUBJECT, SCHEMA_TEXT_BY_ID, SCHEMA_TEXT_BY_SUBJECT, physical
from schemas.codec import Codec
from schemas.products import Alert, ForceClock
from schemas.records import SOURCE_RECORDS, Incident
from streams.topology.topics import ALERTS, CLOCKS
from tests.agents.examples import DAY, START, closing_heartbeats, incident
from tests.agents.processes import RUN, WorkerProcess, eventually
from tests.deploy.apicurio import Apicurio
from tests.schemas.examples import filled

pytestmark = pytest.mark.slow

SUBJECT = "cdi.Incident"
SOURCE_NAMES = {record.__name__: record for record in SOURCE_RECORDS}
END = START + 5 * DAY
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def apicurio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apicurio]:
    """One registry for the module."""
    registry = Apicurio(tmp_path_factory.mktemp("apicurio"))
    yield registry
    registry.stop()


@pytest.fixture
def registry(apicurio: Apicurio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SchemaRegistryClient:
    """Return an empty registry, which the commands find in the environment."""
    if not apicurio.running:
        apicurio.start()
    client = SchemaRegistryClient({"url": apicurio.url})
    for subject in client.get_subjects():
        client.delete_subject(subject)
        client.delete_subject(subject, permanent=True)
    monkeypatch.setenv("CDI_SCHEMA_REGISTRY", apicurio.url)
    monkeypatch.setenv("CDI_DATA", str(tmp_path / "data"))
    forget_what_was_learnt(monkeypatch)
    return client


def forget_what_was_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be as a process that has just started."""
    monkeypatch.setattr(codecs, "_sources", {})


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the command told the user: one line, and no trace."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def grown(name: str = "a_later_field", **more: Any) -> str:
    """Return the schema of incidents as a later release may write it: with one more field."""
    schema = json.loads(SCHEMA_TEXT_BY_SUBJECT[Incident.TOPIC])
    schema["fields"].append({"name": name, "type": "string", **more})
    return json.dumps(schema)


def test_every_record_is_registered_once_under_its_own_name(
    registry: SchemaRegistryClient, capsys: pytest.CaptureFixture[str]
) -> None:
    """Check fails before and passes after; a second time registers nothing new; each subject is kept BACKWARD."""
    assert main(["schemas", "check"]) == 1
    assert f"{SUBJECT}: this release's schema is not registered" in capsys.readouterr().err
    assert main(["schemas", "register"]) == 0
    first = capsys.readouterr().out
    assert main(["schemas", "register"]) == 0
    assert capsys.readouterr().out == first
    assert main(["schemas", "check"]) == 0
    assert len(registry.get_subjects()) == len(SCHEMA_TEXT_BY_SUBJECT)
    assert {registry.get_compatibility(subject) for subject in registry.get_subjects()} == {"BACKWARD"}
    assert registry.get_versions(SUBJECT) == [1]


def test_the_releases_before_are_followed_by_this_one(registry: SchemaRegistryClient) -> None:
    """Where their schemas are registered, ours are the next versions, and messages under their ids stay readable."""
    former = {
        number: SCHEMA_TEXT_BY_ID[number]
        for number, file in FILE_BY_ID.items()
        if file.startswith("history/") and json.loads(SCHEMA_TEXT_BY_ID[number])["name"] in SOURCE_NAMES
    }
    ids = {
        number: registry.register_schema(f"cdi.{json.loads(text)['name']}", Schema(text, "AVRO"))
        for number, text in former.items()
    }
    assert main(["schemas", "register"]) == 0
    assert main(["schemas", "check"]) == 0
    codec = codec_of(Settings())
    releases = Counter(json.loads(text)["name"] for text in former.values())
    for number, text in former.items():
        name = json.loads(text)["name"]
        record_type = SOURCE_NAMES[name]
        assert registry.get_versions(f"cdi.{record_type.__name__}") == list(range(1, releases[name] + 2))
        fields = msgspec.json.decode(msgspec.json.encode(filled(record_type)))
        body = BytesIO()
        fastavro.schemaless_writer(body, physical(text), fields)
        read = codec.decode(record_type.TOPIC, b"\0" + ids[number].to_bytes(4, "big") + body.getvalue())
        assert isinstance(read, record_type)
        assert read.event_id == fields["event_id"]


def test_an_incompatible_change_is_refused_and_nothing_registered(
    registry: SchemaRegistryClient, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is there cannot be read by ours: one line says which, and no other subject is touched."""
    foreign = {"type": "record", "name": "Incident", "namespace": "cdi", "fields": [{"name": "q", "type": "string"}]}
    registry.register_schema(SUBJECT, Schema(json.dumps(foreign), "AVRO"))
    assert main(["schemas", "register"]) == 1
    assert one_line(capsys) == (
        f"cdi: {SUBJECT}: this release's schema cannot read what version 1 in the registry wrote; "
        "nothing was registered"
    )
    assert registry.get_subjects() == [SUBJECT]


def test_a_lax_registry_fails_the_check(registry: SchemaRegistryClient, capsys: pytest.CaptureFixture[str]) -> None:
    """Someone turned compatibility off: check says so, register turns it on again."""
    assert main(["schemas", "register"]) == 0
    registry.set_compatibility(SUBJECT, "NONE")
    capsys.readouterr()
    assert main(["schemas", "check"]) == 1
    assert f"{SUBJECT}: compatibility is NONE, should be BACKWARD" in capsys.readouterr().err
    assert main(["schemas", "register"]) == 0
    assert main(["schemas", "check"]) == 0


def test_a_stricter_level_is_left_alone(registry: SchemaRegistryClient) -> None:
    """Whoever asks for more than BACKWARD keeps it."""
    assert main(["schemas", "register"]) == 0
    registry.set_compatibility(SUBJECT, "FULL_TRANSITIVE")
    assert main(["schemas", "register"]) == 0
    assert registry.get_compatibility(SUBJECT) == "FULL_TRANSITIVE"


@pytest.mark.parametrize("command", ["register", "check"])
def test_a_registry_that_is_out_is_one_line(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command fails, names the address, and shows no trace."""
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("CDI_SCHEMA_REGISTRY", url)
    assert main(["schemas", command]) == 1
    assert one_line(capsys) == f"cdi: the schema registry at {url} does not answer"


def test_register_without_a_registry_is_bad_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says which setting is missing."""
    monkeypatch.delenv("CDI_SCHEMA_REGISTRY", raising=False)
    assert main(["schemas", "register"]) == 2
    assert one_line(capsys) == "cdi: CDI_SCHEMA_REGISTRY names no registry"


def test_records_are_written_under_the_registry_s_ids(registry: SchemaRegistryClient) -> None:
    """The id on the wire is the registry's, and former messages under the package's own stay readable."""
    main(["schemas", "register"])
    codec = codec_of(Settings())
    value = codec.encode(incident(0, "LEICS"))
    assert int.from_bytes(value[1:5], "big") == registry.get_latest_version(SUBJECT).schema_id
    assert codec.decode(Incident.TOPIC, value) == incident(0, "LEICS")
    assert codec.decode(Incident.TOPIC, Codec().encode(incident(1, "LEICS"))) == incident(1, "LEICS")


def test_an_unregistered_release_says_what_to_run(
    registry: SchemaRegistryClient, kafka: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty registry stops a worker at its start, with the command that helps."""
    settings = an_installation(kafka, monkeypatch)
    create_topics(settings)
    assert main(["worker"]) == 1
    assert "run 'cdi schemas register'" in one_line(capsys)


def test_what_the_registry_said_outlives_it(
    registry: SchemaRegistryClient, apicurio: Apicurio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that starts during an outage goes on under the ids kept; one that never heard it cannot start."""
    main(["schemas", "register"])
    before = codec_of(Settings()).encode(incident(0, "LEICS"))
    apicurio.stop()
    forget_what_was_learnt(monkeypatch)
    assert codec_of(Settings()).encode(incident(0, "LEICS")) == before
    monkeypatch.setenv("CDI_DATA", f"{os.environ['CDI_DATA']}-of-another")
    forget_what_was_learnt(monkeypatch)
    with pytest.raises(RuntimeError, match="does not answer"):
        codec_of(Settings())


@pytest.mark.kafka
def test_a_worker_learns_a_later_schema_while_it_runs_and_outlives_the_registry(
    registry: SchemaRegistryClient, apicurio: Apicurio, kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feed moves on to a later schema: its records are judged.  An id nobody knows is a dead letter.

    Then the registry goes out: the worker goes on, and so does one that starts anew.
    """
    main(["schemas", "register"])
    settings = an_installation(kafka, monkeypatch)
    create_topics(settings)
    worker = a_worker(settings, apicurio, tmp_path, "first")
    try:
        worker.wait_until_ready()
        later = registry.register_schema(SUBJECT, Schema(grown(default=""), "AVRO"))
        producer = FeedProducer(settings)
        producer.send_raw(Incident.TOPIC, b"LEICS", under(later, incident(0, "LEICS")), 0)
        producer.send_raw(Incident.TOPIC, b"LEICS", under(99_999, incident(1, "LEICS")), 0)
        close(producer, START + 4 * DAY)
        wait_for_clock(settings, START + 4 * DAY)
        assert {letter.reason for letter in dead_letters(settings)} == {"UNKNOWN_SCHEMA"}
        apicurio.stop()
        producer.send(incident(2, "LEICS"))
        producer.send_raw(Incident.TOPIC, b"LEICS", under(88_888, incident(3, "LEICS")), 0)
        close(producer, END)
        wait_for_clock(settings, END)
        assert worker.stop() == 0
        worker = a_worker(settings, apicurio, tmp_path, "second")
        worker.wait_until_ready()
        producer.send_raw(Incident.TOPIC, b"LEICS", under(later, incident(4, "LEICS")), 0)
        close(producer, END + DAY)
        wait_for_clock(settings, END + DAY)
    finally:
        worker.close()
    refused = list(dead_letters(settings))
    assert [letter.detail for letter in refused] == ["schema id 99999", "schema id 88888"]
    raised = {alert.subject_ref for alert in latest_records(settings, ALERTS, Alert).values()}
    assert {incident(number, "LEICS").incident_ref for number in (0, 2, 4)} <= raised
    ids = {int.from_bytes((message.value or b"")[1:5], "big") for message in messages(settings, ALERTS)}
    assert not ids & set(ID_BY_SUBJECT.values())


def an_installation(kafka: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Topics of the test's own under the stream clock, found in the environment too."""
    environment = {
        "CDI_KAFKA": kafka,
        "CDI_PREFIX": f"registry-{os.getpid()}-{next(_numbers)}.",
        "CDI_PARTITIONS": "1",
        "CDI_CLOCK": "stream",
        "CDI_SESSION_SECONDS": "6",
        "CDI_REPLICATION": "1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


def a_worker(settings: Settings, apicurio: Apicurio, folder: Path, name: str) -> WorkerProcess:
    """Return a worker process that keeps what the registry says in the test's folder."""
    env = {"CDI_SCHEMA_REGISTRY": apicurio.url, "CDI_DATA": str(folder / "worker")}
    return WorkerProcess(settings, folder / f"{name}.log", "registry", script=RUN, env=env)


def under(schema_id: int, record: Incident) -> bytes:
    """Write an incident with one more (empty) text behind its fields, under an id."""
    return b"\0" + schema_id.to_bytes(4, "big") + Codec().encode(record)[5:] + b"\0"


def close(producer: FeedProducer, until: int) -> None:
    """Give every feed's word that it is complete so far."""
    for topic, heartbeat in closing_heartbeats(until, "LEICS"):
        producer.send_heartbeat(topic, heartbeat)
    producer.flush()


def wait_for_clock(settings: Settings, until: int) -> None:
    """Wait until the worker has come so far."""
    eventually(
        lambda: [clock.clock for clock in latest_records(settings, CLOCKS, ForceClock).values()] == [until],
        "the clock at its end",
    )
