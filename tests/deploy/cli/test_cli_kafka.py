"""The commands that need a Kafka, on a prefix of their own."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from confluent_kafka import Producer

from agents.kafka.reader import messages
from agents.settings.settings import Settings
from agents.topics.dead_letters import name_of
from deploy.cli import main
from deploy.demo.watch import Watch
from deploy.local.cluster import provide_topics
from deploy.local.kafka.ports import free_port
from deploy.local.processes import Processes, workers
from deploy.scenario import write
from schemas.codec import Codec
from schemas.products import DeadLetter
from schemas.records import FEEDS
from streams.topology.topics import ACTIONS, ALERTS, CASES, CLOCKS, DEAD_LETTERS, SOURCES, TOPICS
from tests.agents.processes import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

END = "2013-07-08T08:00:00.000Z"
END_MS = 1_373_270_400_000


def test_topics_are_made_once_and_checked(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Before, check fails and names what is missing; create makes all; again it makes none."""
    assert main(["topics", "check"]) == 1
    assert f"{settings.prefix}cis.crimes.v1: missing" in capsys.readouterr().err
    assert main(["topics", "create"]) == 0
    assert main(["topics", "check"]) == 0
    capsys.readouterr()
    assert main(["topics", "create"]) == 0
    assert f"0 topics made, {len(TOPICS)} were there" in capsys.readouterr().err


def test_rubbish_under_a_key_makes_no_force(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """A force is whose record can be read, not what somebody wrote as a key."""
    provide_topics(settings)
    producer = Producer({"bootstrap.servers": settings.kafka})
    producer.produce(f"{settings.prefix}cis.crimes.v1", b"nonsense", key=b"NOWHERE", partition=0)
    producer.flush(30)
    assert main(["feed", "--complete", "--until", END]) == 1
    assert "no force has been heard of" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["feed"],
        ["feed", "cis.crimes.v1"],
        ["feed", "cis.crimes", "{dir}/a.jsonl"],
        ["feed", "cis.crimes.v1", "{dir}/missing.jsonl"],
        ["feed", "cis.crimes.v1", "{dir}/a.csv"],
        ["feed", "cis.crimes.v1", "{dir}/a.jsonl", "--mapping", "missing"],
        ["feed", "cis.crimes.v1", "{dir}/a.jsonl", "--until", END],
        ["feed", "cis.crimes.v1", "{dir}/a.jsonl", "--new-force"],
        ["feed", "cis.crimes.v1", "--complete", "--until", END],
        ["feed", "--complete"],
        ["feed", "--complete", "--until", "2013"],
        ["feed", "--complete", "--until", "9000-01-01T00:00:00Z"],
        ["alerts", "list", "--rule", "no-such-rule"],
        ["alerts", "list", "--status", "RED"],
        ["alerts", "export", "--format", "xml"],
        ["alerts", "show", "a"],
        ["dead-letters", "list", "--reason", "BORING"],
        ["dead-letters", "show", "cis.crimes.v1"],
        ["up", "--workers", "0"],
        ["up", "--clock", "sundial"],
        ["up"],
    ],
)
def test_bad_usage_is_one_line(
    settings: Settings,
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit status 2, and nothing is sent anywhere; up asks for its notifier's routes before it starts anything."""
    provide_topics(settings)
    monkeypatch.setenv("CDI_NOTIFIER_ROUTES", str(tmp_path / "missing.toml"))
    for name in ("a.jsonl", "a.csv"):
        (tmp_path / name).write_text("\n")
    assert main([argument.format(dir=tmp_path) for argument in arguments]) == 2
    output = capsys.readouterr().err
    assert output.startswith("cdi: ")
    assert output.count("\n") == 1


def test_without_kafka_every_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One line, exit status 1."""
    monkeypatch.setenv("CDI_KAFKA", "127.0.0.1:9")
    monkeypatch.setattr("agents.kafka.connectivity.ANSWER_SECONDS", 0.5)
    assert main(["alerts", "list"]) == 1
    assert capfd.readouterr().err == (
        "cdi: Kafka at 127.0.0.1:9 does not answer: see that it runs, and that CDI_KAFKA says where\n"
    )


def test_services_do_not_wait_for_a_cluster_that_does_not_answer(tmp_path: Path) -> None:
    """The same one line, and nothing of what the Kafka library says meanwhile."""
    environment = {**os.environ, "CDI_KAFKA": "127.0.0.1:9", "CDI_DATA": str(tmp_path)}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "deploy", *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for words in (["up"], ["demo", "--once"])
    ]
    outputs = {process.communicate(timeout=120)[0].decode() for process in started}
    assert outputs == {"cdi: Kafka at 127.0.0.1:9 does not answer: see that it runs, and that CDI_KAFKA says where\n"}
    assert {process.returncode for process in started} == {1}


def test_a_bad_setting_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be a password."""
    monkeypatch.setenv("CDI_PARTITIONS", "secret")
    assert main(["topics", "check"]) == 2
    output = capsys.readouterr().err
    assert output.startswith("cdi: CDI_PARTITIONS: ")
    assert "secret" not in output


@pytest.fixture
def judged(settings: Settings, tmp_path: Path) -> Iterator[list[Path]]:
    """Give an installation with a worker that has judged the scenario; gives the scenario's files."""
    provide_topics(settings)
    files = write(tmp_path / "in")
    bad = Producer({"bootstrap.servers": settings.kafka})
    crimes = f"{settings.prefix}cis.crimes.v1"
    bad.produce(crimes, b"nonsense", key=b"LEICS", partition=settings.partition_of("LEICS"))
    bad.flush(30)
    for file in files:
        assert main(["feed", file.stem, str(file)]) == 0
    assert main(["feed", "--complete", "--until", END]) == 0
    with (
        Processes(workers(settings, 1), tmp_path / "logs", on_restart=pytest.fail) as running,
        Watch(settings) as watch,
    ):
        for _ in range(600):
            watch.poll(0.1)
            running.restart_ended()
            if watch.clock(["LEICS"]) == END_MS:
                break
        yield files


def test_what_a_worker_found_can_be_read(
    judged: list[Path], tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Alerts are listed, shown and exported as backtest writes them; the bad message lies among the dead letters."""
    by_backtest, by_kafka = tmp_path / "backtest.jsonl", tmp_path / "kafka.jsonl"
    assert main(["backtest", *map(str, judged), "--out", str(by_backtest)]) == 0
    assert main(["alerts", "export", "--out", str(by_kafka)]) == 0
    assert by_kafka.read_bytes() == by_backtest.read_bytes()
    capsysbinary.readouterr()
    assert main(["alerts", "export"]) == 0
    assert capsysbinary.readouterr().out == by_backtest.read_bytes()
    first = json.loads(by_backtest.read_bytes().splitlines()[0])
    assert main(["alerts", "show", first["alert_id"][:13]]) == 0
    assert json.loads(capsysbinary.readouterr().out) == first
    assert main(["alerts", "export", "--format", "csv"]) == 0
    assert capsysbinary.readouterr().out.count(b"\r\n") == 1 + len(by_backtest.read_bytes().splitlines())
    assert main(["alerts", "list", "--all", "--rule", first["rule_id"]]) == 0
    assert first["alert_id"].encode() in capsysbinary.readouterr().out
    assert main(["dead-letters", "list", "--reason", "NOT_AVRO"]) == 0
    name = capsysbinary.readouterr().out.split(b"\n")[1].split()[0].decode()
    assert main(["dead-letters", "show", name]) == 0
    assert json.loads(capsysbinary.readouterr().out)["reason"] == "NOT_AVRO"
    assert main(["doctor"]) == 0
    assert b"workers running: 1; messages behind: 0" in capsysbinary.readouterr().out


@pytest.mark.parametrize(
    "command",
    [["alerts", "list", "--all"], ["alerts", "export"], ["trace", "INC-1"], ["dead-letters", "list"]],
    ids=" ".join,
)
def test_one_unreadable_message_ends_no_command(
    settings: Settings, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """It is skipped, and one line a topic says so."""
    provide_topics(settings)
    producer = Producer(settings.client())
    for topic in (ALERTS, CASES, CLOCKS, DEAD_LETTERS, ACTIONS):
        producer.produce(settings.topic(topic), b"Mrs Smith", key=b"LEICS", partition=0)
    producer.flush(30)
    main(command)
    errors = capsys.readouterr().err
    assert "messages_unreadable" in errors
    assert "skipped=1" in errors
    assert "cannot be read:" not in errors
    assert "unforeseen" not in errors
    assert "Smith" not in errors


def test_a_dead_letter_is_put_back_as_it_was(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Retried, the very bytes are on their topic again under the same key; one name that is not there stops all."""
    provide_topics(settings)
    codec = Codec()
    letter = DeadLetter(
        topic="cis.crimes.v1",
        partition=1,
        offset=7,
        ingest_time=END_MS,
        key=b"LEICS",
        value=b"rubbish",
        reason="NOT_AVRO",
        detail="not the wire format",
    )
    producer = Producer(settings.client())
    producer.produce(f"{settings.prefix}{DeadLetter.TOPIC}", codec.encode(letter), key=b"LEICS", partition=0)
    producer.flush()
    assert main(["dead-letters", "retry", "cis.crimes.v1"]) == 2
    assert main(["dead-letters", "retry", name_of(letter), "cis.crimes.v1/1/8"]) == 1
    (crimes,) = (topic for topic in SOURCES if topic.name == "cis.crimes.v1")
    assert list(messages(settings, crimes)) == []
    assert main(["dead-letters", "retry", name_of(letter)]) == 0
    assert "1 put back" in capsys.readouterr().err
    (again,) = messages(settings, crimes)
    assert (again.key, again.value) == (b"LEICS", b"rubbish")


def test_up_keeps_its_data_and_stops_in_good_order(tmp_path: Path) -> None:
    """A second start finds what the first was fed; other commands find the Kafka that runs, and not afterwards."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CDI_")}
    policy = tmp_path / "nine-feeds.toml"
    policy.write_text(f'version = "nine-feeds"\n[installation]\nfeeds = {json.dumps(FEEDS)}\n')
    environment |= {"CDI_DATA": str(tmp_path / "data"), "CDI_PARTITIONS": "1", "CDI_POLICY": str(policy)}
    command = [sys.executable, "-m", "deploy"]
    (file,) = (path for path in write(tmp_path) if path.name.startswith("cis.disposals"))
    outputs = []
    for arguments in (["feed", "cis.disposals.v1", str(file)], ["feed", "--complete", "--until", END]):
        with subprocess.Popen([*command, "up"], env=environment, stderr=subprocess.PIPE, text=True) as running:
            assert running.stderr is not None
            lines = list(itertools.takewhile(lambda line: "No notifications go out" not in line, running.stderr))
            assert any("Ctrl-C" in line for line in lines)
            done = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)
            running.send_signal(signal.SIGTERM)
            assert running.wait(60) == 0
            assert done.returncode == 0, done.stderr
            outputs.append(done.stderr)
    assert "LEICS: 9 feeds complete through" in outputs[1]
    assert not (tmp_path / "data" / "kafka.address").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("service", ["board", "notifier", "worker"])
def test_a_service_that_is_told_to_stop_ends_with_status_0(
    settings: Settings, tmp_path: Path, service: str, number: signal.Signals
) -> None:
    """Whoever runs it takes any other status for a failure, and starts it anew."""
    provide_topics(settings)
    arguments = ["--port", str(free_port())] if service == "board" else []
    environment = {**os.environ, "CDI_METRICS_PORT": str(free_port()), "CDI_LOG_FORMAT": "json"}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy", service, *arguments], env=environment, stdout=log, stderr=log
        )
        ready = f"http://127.0.0.1:{environment['CDI_METRICS_PORT']}/ready"
        eventually(lambda: _answers(ready), f"{service} is ready")
        process.send_signal(number)
        assert process.wait(30) == 0, (tmp_path / "log").read_text()
    assert "Traceback" not in (tmp_path / "log").read_text()


def _answers(url: str) -> bool:
    try:
        return bool(httpx2.get(url).status_code == 200)
    except httpx2.HTTPError:
        return False


def test_a_worker_ends_with_its_parent(settings: Settings, tmp_path: Path) -> None:
    """A killed parent can stop nobody: the worker sees its standard input close."""
    provide_topics(settings)
    with Processes(workers(settings, 1), tmp_path, on_restart=pytest.fail) as running:
        process = running._running["worker-1"]
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) in {0, -signal.SIGTERM}  # the latter where it was still starting
        running._running.clear()


def test_a_topic_that_is_not_as_it_must_be_stops_up(settings: Settings) -> None:
    """It is named instead of used."""
    provide_topics(settings.model_copy(update={"partitions": 5}))
    done = subprocess.run([sys.executable, "-m", "deploy", "up"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "partitions are 5, should be 2" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_reference_that_no_system_holds_may_be_forgotten(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was fed years ago is not said never to have come."""
    provide_topics(settings)
    assert main(["trace", "INC-404"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "no system holds INC-404; what was last saved before 20" in line
    assert "is forgotten, and may have been fed" in line
