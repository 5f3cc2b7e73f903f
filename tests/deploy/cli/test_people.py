"""People's part, from the command line and on a real broker: actions, the audit log, the notifier."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer

from agents.kafka.topics import create_topics
from agents.settings.clock import wall_clock
from agents.settings.settings import Settings
from agents.topics.actions import actions_by_alert
from agents.topics.audit_log import entries, verify
from deploy.cli import main
from schemas.codec import Codec
from schemas.products import Alert, AuditEntry
from streams.actions import escalation_id
from streams.policy.calendar import MINUTE
from streams.topology.topics import ALERTS, AUDIT_LOG
from tests.agents.notifier.servers import Mailbox, mail_server
from tests.streams.actions.alerts import alert

pytestmark = pytest.mark.kafka
_numbers = itertools.count(1)
CODEC = Codec()


@pytest.fixture
def installation(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Give topics of a test's own, which every cdi command in it finds by its environment."""
    prefix = f"people-{os.getpid()}-{next(_numbers)}."
    environment = {
        "CDI_KAFKA": kafka,
        "CDI_PREFIX": prefix,
        "CDI_PARTITIONS": "2",
        "CDI_DATA": str(tmp_path / "data"),
        "CDI_REPLICATION": "1",
        "CDI_WORKER": "here",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    create_topics(settings)
    return settings


def publish(settings: Settings, *alerts: Alert) -> None:
    """Write alerts as a worker does."""
    producer = Producer(settings.client())
    for published in alerts:
        producer.produce(
            settings.topic(ALERTS),
            CODEC.encode(published),
            key=published.alert_id,
            partition=settings.partition_of(published.force),
        )
    assert producer.flush(30) == 0


def breach(minutes_ago: int, **changes: object) -> Alert:
    """Make a critical alert that was breached so long ago."""
    moment = wall_clock() - minutes_ago * MINUTE
    stated = {
        "severity": "CRITICAL",
        "due_at": moment,
        "breached_at": moment,
        "raised_at": moment,
        "updated_at": moment,
        "alert_id": str(uuid.uuid4()),
    }
    return alert(**{**stated, **changes})


def audited(settings: Settings) -> list[tuple[str, str | None, str | None]]:
    """Say what the audit log holds: action, target, recipient."""
    audit_entries = [entry for entry, _ in entries(settings) if isinstance(entry, AuditEntry)]
    return [(entry.action, entry.target, entry.recipient) for entry in audit_entries]


def test_an_alert_is_acknowledged_noted_and_silenced(
    installation: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the beginning of its id; the audit log has each, and the actions' topic what was said."""
    given_alert = breach(1)
    publish(installation, given_alert)
    short = given_alert.alert_id[:8]
    assert main(["alerts", "ack", short, "--by", "asmith", "--for", "1h"]) == 0
    assert main(["alerts", "assign", short, "--to", "bjones", "--by", "asmith"]) == 0
    assert main(["alerts", "note", short, "rang the officer", "--by", "bjones"]) == 0
    assert main(["alerts", "silence", short, "--reason", "known", "--for", "2d", "--by", "asmith"]) == 0
    assert main(["alerts", "escalate", short, "--to", "duty-inspector", "--by", "asmith"]) == 0
    assert main(["alerts", "override", short, "--rationale", "C1 applies", "--by", "creg"]) == 0
    handling = actions_by_alert(installation)["LEICS", given_alert.alert_id].handling(wall_clock())
    assert handling.acknowledged is not None
    assert handling.acknowledged.by == "asmith"
    assert (handling.assignee, handling.level, handling.is_closed) == ("bjones", "DUTY_INSPECTOR", True)
    assert [row[:2] for row in audited(installation)] == [
        (kind, given_alert.alert_id) for kind in ("ACK", "ASSIGN", "NOTE", "SILENCE", "ESCALATE", "OVERRIDE")
    ]
    capsys.readouterr()
    assert main(["alerts", "actions", short]) == 0
    assert "rang the officer" in capsys.readouterr().out
    assert main(["audit-log", "verify"]) == 0


def test_a_list_shows_what_people_did(installation: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Who has it in hand until when; limited to one's own; the same for programs, behind what the machine says."""
    ours, other = breach(2), breach(1)
    publish(installation, ours, other)
    assert main(["alerts", "ack", ours.alert_id, "--by", "asmith", "--for", "1h"]) == 0
    capsys.readouterr()
    assert main(["alerts", "list", "--force", "LEICS"]) == 0
    heading, first, second = capsys.readouterr().out.splitlines()
    assert "due (London)" in heading
    assert ours.alert_id in first
    assert "acknowledged by asmith until " in first
    assert other.alert_id in second
    assert main(["alerts", "list", "--mine", "--by", "asmith", "--format", "jsonl"]) == 0
    (only,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (only["alert_id"], only["acknowledged_by"], only["assignee"]) == (ours.alert_id, "asmith", None)
    assert main(["alerts", "list", "--format", "json"]) == 0
    assert [listed["alert_id"] for listed in json.loads(capsys.readouterr().out)] == [ours.alert_id, other.alert_id]
    assert main(["alerts", "list", "--format", "csv"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert (header.startswith("alert_id,force,"), header.endswith(",closed_by,notes"), len(rows)) == (True, True, 2)


@pytest.mark.parametrize("command", [["list"], ["handover", "--to", "bjones"]])
def test_a_force_that_nothing_is_known_of_is_mistyped(
    installation: Settings, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """An empty list would look as if all were well."""
    publish(installation, breach(1))
    assert main(["alerts", *command, "--force", "LECIS"]) == 1
    assert capsys.readouterr().err == "cdi: nothing is known of LECIS; known: LEICS\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["silence", "--reason", "known"], "nothing holds for ever"),
        (["silence", "--reason", " ", "--for", "1h"], "needs a reason"),
        (["silence", "--reason", "known", "--for", "8d"], "7 days at most"),
        (["silence", "--reason", "known", "--until", "2013-05-01T09:00:00Z"], "lies in the past"),
        (["silence", "--reason", "known", "--for", "a while"], "a duration"),
        (["ack", "--for", "25h"], "24 hours at most"),
        (["ack", "--role", "king"], "one of supervisor"),
        (["ack", "--role", "auditor"], "AUDITOR may not ACK"),
        (["ack", "--role", "ops"], "feeds only"),
        (["override", "--rationale", "x", "--role", "supervisor"], "SUPERVISOR may not OVERRIDE"),
        (["escalate", "--to", "chief"], "needs a level"),
    ],
)
def test_what_may_not_be_done_is_bad_usage(
    installation: Settings, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    """One line, exit status 2, nothing written."""
    given_alert = breach(1)
    publish(installation, given_alert)
    command, *options = arguments
    assert main(["alerts", command, given_alert.alert_id, *options]) == 2
    output = capsys.readouterr().err
    assert (why in output, output.count("\n")) == (True, 1)
    assert (actions_by_alert(installation), audited(installation)) == ({}, [])


def test_a_shift_is_handed_over(installation: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """What is open and theirs by assignment or acknowledgement; what is closed or another's stays."""
    mine, acked, others, closed = breach(1), breach(1), breach(1), breach(1, status="CLEARED")
    publish(installation, mine, acked, others, closed)
    for handed_over, to in ((mine, "asmith"), (others, "zed"), (closed, "asmith")):
        assert main(["alerts", "assign", handed_over.alert_id, "--to", to]) == 0
    assert main(["alerts", "ack", acked.alert_id, "--by", "asmith"]) == 0
    assert main(["alerts", "handover", "--to", "bjones", "--force", "LEICS", "--by", "asmith"]) == 0
    assert "2 alerts handed over to bjones" in capsys.readouterr().err
    alert_actions = actions_by_alert(installation)
    theirs = {about for (_, about), done in alert_actions.items() if done.handling(wall_clock()).assignee == "bjones"}
    assert theirs == {mine.alert_id, acked.alert_id, ""}


def test_a_log_that_was_tampered_with_fails_the_check(
    installation: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit 1 and a line that names writer, number and place; also against heads kept elsewhere."""
    given_alert = breach(1)
    publish(installation, given_alert)
    for _ in range(2):
        assert main(["alerts", "unsilence", given_alert.alert_id]) == 0
    capsys.readouterr()
    assert main(["audit-log", "heads"]) == 0
    heads = tmp_path / "heads.jsonl"
    heads.write_text(capsys.readouterr().out)
    assert json.loads(heads.read_text()) | {"hash": ""} == {"writer": "cli@here", "number": 2, "hash": ""}
    assert main(["audit-log", "verify", "--against", str(heads)]) == 0
    producer = Producer(installation.client())
    producer.produce(installation.topic(AUDIT_LOG), b"x", key="cli@here")
    producer.flush(30)
    assert main(["audit-log", "verify"]) == 1
    assert "UNREADABLE" in capsys.readouterr().out
    heads.write_text('{"writer":"cli@here","number":9,"hash":"00"}\n')
    assert main(["audit-log", "verify", "--against", str(heads)]) == 1
    assert f"cli@here 9 ({heads}:1): TRUNCATED" in capsys.readouterr().out


ROUTES = """
[[recipient]]
name = "room"
role = "SUPERVISOR"
email = "room@leics.example"

[[route]]
severities = ["CRITICAL"]
to = ["room"]
"""


@contextmanager
def notifier(folder: Path, port: int, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run cdi notifier, its log in the folder, until it is left."""
    folder.mkdir(exist_ok=True)
    routes = folder / "routes.toml"
    routes.write_text(ROUTES)
    environment = {
        "CDI_NOTIFIER_SMTP_HOST": "127.0.0.1",
        "CDI_NOTIFIER_SMTP_PORT": str(port),
        "CDI_NOTIFIER_SMTP_TLS": "none",
        "CDI_NOTIFIER_SENDER": "cdi@leics.example",
        "CDI_DATA": str(folder),
        **more,
    }
    with (folder / "notifier.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy", "notifier", "--routes", str(routes)],
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()


def test_a_killed_notifier_tells_each_alert_under_one_name(installation: Settings, tmp_path: Path) -> None:
    """Killed while the server answers: what was sent is sent again under its id, and the rest follows."""
    alerts = [breach(1) for _ in range(3)]
    publish(installation, *alerts)
    running: list[subprocess.Popen[bytes]] = []

    def answer(number: int) -> str:
        if number == 1:
            running[-1].send_signal(signal.SIGKILL)
        return "250 taken"

    mailbox = Mailbox(answer)
    folder = tmp_path / "notifier"
    with mail_server(mailbox) as port:
        with notifier(folder, port) as first:
            running.append(first)
            assert first.wait(120) == -signal.SIGKILL
        with notifier(folder, port) as second:
            _until(lambda: len(mailbox.received) >= 4 and len(audited(installation)) >= 3, second)
    assert len(set(mailbox.message_ids)) == 3
    assert second.returncode == 0
    recipients = {recipient for action, _, recipient in audited(installation) if action == "NOTIFY"}
    assert (recipients, verify(installation)[1]) == ({"room"}, [])


def test_two_notifiers_escalate_once_and_the_level_is_told(installation: Settings, tmp_path: Path) -> None:
    """Their actions have one id; each tells its own recipients, under the same Message-ID."""
    given_alert = breach(10)
    acked = breach(10)
    publish(installation, given_alert, acked)
    assert main(["alerts", "ack", acked.alert_id]) == 0
    mailbox = Mailbox()
    with (
        mail_server(mailbox) as port,
        notifier(tmp_path / "one", port) as one,
        notifier(tmp_path / "two", port) as two,
    ):
        _until(lambda: len(mailbox.received) >= 4, one)
        assert two.poll() is None
    alert_actions = actions_by_alert(installation)["LEICS", given_alert.alert_id]
    assert [taken_action.action_id for taken_action in alert_actions.actions] == [
        escalation_id(given_alert.alert_id, "SUPERVISOR")
    ]
    assert len(set(mailbox.message_ids)) == 2
    subjects = {subject.partition(":")[0] for _, _, subject, _ in mailbox.received}
    assert subjects == {"[CRITICAL] Breached", "[CRITICAL] Escalated to the supervisor"}
    assert all(acked.alert_id not in text for _, _, _, text in mailbox.received)


def test_one_outbox_has_one_notifier(installation: Settings, tmp_path: Path) -> None:
    """A second on the same data folder says so in a line and ends with 1."""
    mailbox = Mailbox()
    publish(installation, breach(1))
    folder = tmp_path / "notifier"
    with mail_server(mailbox) as port, notifier(folder, port):
        assert mailbox.arrived.wait(120)
        with notifier(folder, port) as second:
            assert second.wait(60) == 1
    assert "another notifier is at work" in (folder / "notifier.log").read_text()


def test_routes_are_checked_before_anything_is_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --check, Kafka is not even asked."""
    routes = tmp_path / "routes.toml"
    routes.write_text(ROUTES)
    assert main(["notifier", "--check", "--routes", str(routes)]) == 0
    assert "no recipient has the role DUTY_INSPECTOR: escalating to it tells nobody" in capsys.readouterr().err
    routes.write_text('[[route]]\nto = ["nobody"]\n')
    assert main(["notifier", "--check", "--routes", str(routes)]) == 2
    assert "nobody is no recipient" in capsys.readouterr().err
    assert main(["notifier", "--check", "--routes", str(tmp_path / "none")]) == 2


def _until(condition: object, process: subprocess.Popen[bytes]) -> None:
    """Wait until something is so, for as long as the process lives and two minutes at most."""
    import time

    patience = time.monotonic() + 120
    while not condition():  # type: ignore[operator]
        assert process.poll() is None, "the notifier ended"
        assert time.monotonic() < patience, "it never came to that"
        time.sleep(0.2)
