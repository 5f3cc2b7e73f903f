"""The operator's guide: its commands, run as they stand, on a real broker; and whether what it names is there."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml
from confluent_kafka import Producer
from sqlalchemy import text
from typer.main import get_command

from agents.kafka.reader import latest_records, messages
from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from agents.topics.actions import ActionProducer, actions_by_alert
from agents.topics.audit_log import AuditLog
from agents.topics.erasures import request_erasure
from dashboards.board.accounts.passwords import LocalUsers
from dashboards.board.ingest import apply
from dashboards.board.readmodel import ReadModel
from dashboards.grafana.building import PAGES
from deploy.cli import main
from deploy.cli.framework.lazy import load
from deploy.cli.framework.main import app
from deploy.demo.watch import Watch
from deploy.local.processes import Processes, workers
from deploy.scenario import events, write
from schemas.codec import Codec
from schemas.identifiers import normalise
from schemas.products import Alert, AlertAction, Case, Erasure, ForceClock, Subject
from schemas.records import FEEDS
from schemas.times import to_rfc3339
from streams.policy import PolicyBook
from streams.topology.topics import ACTIONS, ALERTS, AUDIT_LOG, CASES, CLOCKS, ERASURES, SOURCES
from tests.agents.processes import eventually

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "deploy" / "OPERATIONS.md").read_text(encoding="utf-8")
RUNBOOK = (ROOT / "deploy" / "RUNBOOK.md").read_text(encoding="utf-8")
END = max(snapshot.event_time for snapshot in events())
BOOK = PolicyBook.built_in()

BLOCKS = [
    [line.strip().removeprefix("$ ") for line in block.strip().splitlines()]
    for block in re.findall(r"^ *```console\n(.*?)```", GUIDE, re.DOTALL | re.MULTILINE)
]
FIRST, PROTECTION, BACKUP, VERIFY, PUT_BACK = BLOCKS
"""Every block of commands that the guide has is run below; one that is added has to be named here, and so run."""

NOT_RUN_HERE = (
    "kubectl",
    "docker",
    "kafka-",
    "pg_dump",
    "openssl rand",
    "sed",
    "printf",
    "make bench",
    "python -m dashboards.grafana",
)
"""How single commands begin that are named in the text and that no test of this guide runs; its head says so."""


# -- what is named is there ------------------------------------------------------------------------------------


def named_commands() -> list[str]:
    """Return every command of ours that the guide or the runbook names in its text."""
    return sorted(set(re.findall(r"`(cdi [a-z][^`\n]*)`", GUIDE + RUNBOOK)))


@pytest.mark.parametrize("command", named_commands())
def test_each_command_that_is_named_is_there(command: str) -> None:
    """With every option it is named with; its values are the reader's."""
    known: Any = get_command(app)
    for word in shlex.split(command)[1:]:
        if word.startswith("--"):
            options = {option for parameter in known.params for option in parameter.opts}
            assert word in options, f"{command}: no option {word}"
        elif hasattr(known, "get_command") and (subcommand := known.get_command(None, word)) is not None:
            known = load(word) if known.name == app.info.name else subcommand
        else:
            assert not hasattr(known, "get_command"), f"{command}: no command {word}"


def test_what_no_test_runs_is_said() -> None:
    """The head of the guide names the programs that were not at hand, and no other stands in its text."""
    head = GUIDE.partition("## Sizing")[0]
    marked = re.findall(r"`([a-z][a-z0-9_.-]* [^`\n]+)`", GUIDE)
    named = [command for command in marked if not command.startswith("cdi ") and " = " not in command]  # no settings
    strange = [command for command in named if not command.startswith(NOT_RUN_HERE)]
    assert strange == []
    assert all(program in head for program in ("kubectl", "docker", "pg_dump", "MirrorMaker"))


def faults() -> list[list[str]]:
    """Return the rows of the table of faults."""
    table = GUIDE.partition("## The ten most likely faults")[2]
    rows = [line for line in table.splitlines() if re.match(r"\| \d+ \|", line)]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


ALERTING = {
    rule["alert"]
    for file in (ROOT / "deploy" / "prometheus" / "rules").glob("*.yaml")
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
    if "alert" in rule
}


def test_there_are_ten_faults() -> None:
    """As the heading promises."""
    assert [row[0] for row in faults()] == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize("row", faults(), ids=lambda row: row[1])
def test_each_fault_names_a_panel_and_an_alert_that_are_there(row: list[str]) -> None:
    """On the dashboard it says, under the heading it says; its link leads into the runbook."""
    _, _, first, then, runbook = row
    pages = {page.title.removeprefix("cdi: ").capitalize(): {chart.title for chart in page.charts} for page in PAGES}
    titles = re.findall(r"\*([A-Z][a-z ]+)\*", first)
    charts = re.findall(r'"([^"]+)"', first)
    assert titles, "no dashboard"
    assert charts, "no panel"
    assert set(titles) <= pages.keys()
    assert set(charts) <= set().union(*(pages[title] for title in titles))
    alerts = re.findall(r"`(Cdi[A-Za-z]+)`", first + then)
    assert alerts, "no alert"
    assert set(alerts) <= ALERTING
    title, anchor = re.fullmatch(r"\[(.+)\]\(RUNBOOK\.md#(.+)\)", runbook).groups()  # type: ignore[union-attr]
    assert f"### {title}\n" in RUNBOOK
    assert anchor == re.sub(r"[^a-z0-9_-]", "", title.lower().replace(" ", "-"))


# -- commands, as they stand ------------------------------------------------------------------------------------


@pytest.mark.kafka
def test_the_first_commands_do_what_they_say(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each ends well; only the doctor, who is asked last, misses the workers that nobody has started yet."""
    prefix = f"guide-{uuid.uuid4().hex[:8]}."
    environment = {"CDI_KAFKA": kafka, "CDI_PREFIX": prefix, "CDI_PARTITIONS": "2", "CDI_DATA": str(tmp_path / "data")}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CDI_WEBHOOK_SECRET_OPS", "at least sixteen bytes")
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    (tmp_path / "policy.toml").write_text((ROOT / "deploy" / "kubernetes" / "example" / "policy.toml").read_text())
    (tmp_path / "routes.toml").write_text((ROOT / "deploy" / "notifier" / "routes.example.toml").read_text())
    assert len(FIRST) == 10
    output = capsys.readouterr()
    for command in FIRST:
        name, *arguments = shlex.split(command)
        assert name == "cdi"
        status = main(arguments)
        output = capsys.readouterr()
        assert status == (1 if arguments == ["doctor"] else 0), f"{command}: {output.err}"
    assert "no worker is running" in output.out


def test_protection_reports_go_the_whole_way(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a look at the export to the erasure, with a worker at work once the topics are there."""
    settings = Settings(
        kafka=kafka,
        prefix=f"guide-{uuid.uuid4().hex[:8]}.",
        partitions=2,
        data=tmp_path / "data",
        policy=tmp_path / "policy.toml",
        session_seconds=6,
    )
    for name in ("kafka", "prefix", "partitions", "data", "policy", "session_seconds"):
        monkeypatch.setenv(f"CDI_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.chdir(tmp_path)
    feeds = [*FEEDS, "ppn.reports.v1"]
    (tmp_path / "policy.toml").write_text(f'version = "guide-1"\n[installation]\nfeeds = {json.dumps(feeds)}\n')
    example = ROOT / "deploy" / "mappings" / "examples" / "ppn.reports.v1.csv"
    (tmp_path / "protection.csv").write_text(example.read_text())
    commands = [shlex.split(line, comments=True)[1:] for line in PROTECTION]
    fed = next(number for number, arguments in enumerate(commands, 1) if "--complete" in arguments)

    def run(arguments: list[str]) -> str:
        status, output = main(arguments), capsys.readouterr()
        assert status == 0, f"{arguments}: {output.err}"
        return output.out

    for arguments in commands[:fed]:
        run(arguments)
    with Processes(workers(settings, 1), tmp_path / "logs", on_restart=pytest.fail):
        eventually(lambda: clock_of(settings) is not None, "the worker has a clock")
        eventually(lambda: "PPN/2026/0123" in latest_refs(settings), "the worker knows the report")
        outputs = {arguments[0]: run(arguments) for arguments in commands[fed:]}
    assert "crime-reference-unknown" in outputs["trace"]
    assert "DASH" in outputs["report"]


def clock_of(settings: Settings) -> int | None:
    """Return where the one force's clock is (ms)."""
    return next((clock.clock for clock in latest_records(settings, CLOCKS, ForceClock).values()), None)


def latest_refs(settings: Settings) -> set[str]:
    """Return the references of what workers have published a case of."""
    return {case.ref for case in latest_records(settings, CASES, Case).values()}


class Shell:
    """Where an operator types: ``cdi`` is this program, and the settings are those of one installation."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        (folder / "bin").mkdir(exist_ok=True)
        command = folder / "bin" / "cdi"
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m deploy "$@"\n')
        command.chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "CDI_DATA": str(settings.data),
            "CDI_KAFKA": settings.kafka,
            "CDI_PREFIX": settings.prefix,
            "CDI_CLOCK": settings.clock,
            "CDI_PARTITIONS": str(settings.partitions),
            "PYTHONPATH": str(ROOT),
        }

    def type(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run one line."""
        return subprocess.run(
            ["bash", "-c", line], cwd=self._folder, env=self._environment, capture_output=True, text=True, check=False
        )

    def type_all(self, lines: list[str]) -> None:
        """Run lines that must all end well."""
        for line in lines:
            done = self.type(line)
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"


def an_installation(kafka: str, folder: Path) -> Settings:
    """Return an installation under a prefix of its own."""
    return Settings(
        kafka=kafka,
        prefix=f"guide-{uuid.uuid4().hex[:8]}.",
        partitions=2,
        replication=1,
        clock="stream",
        data=folder,
        worker="guide",
    )


def judged_by(settings: Settings, logs: Path) -> dict[str, Alert]:
    """Have a worker judge everything; give its alerts."""
    with Processes(workers(settings, 1), logs, on_restart=pytest.fail) as running, Watch(settings) as watch:
        for _ in range(1200):
            watch.poll(0.1)
            running.restart_ended()
            if watch.clock(["LEICS"]) == END:
                return latest_records(settings, ALERTS, Alert)
    pytest.fail(f"the clock stands at {watch.clocks}")


def mirror(source: Settings, to: Settings) -> None:
    """Copy what is backed up, as MirrorMaker does: keys, partitions and order."""
    producer = Producer(to.client())
    for topic in (*SOURCES, ACTIONS, AUDIT_LOG, ERASURES):
        for message in messages(source, topic):
            producer.produce(to.topic(topic), message.value, key=message.key, partition=message.partition)
        assert producer.flush(30) == 0


@pytest.mark.kafka
@pytest.mark.slow
def test_what_was_backed_up_can_be_restored(kafka: str, tmp_path: Path) -> None:
    """Topics and read model lost: the same alerts but for what was erased, what people did, users, a whole log."""
    before = an_installation(kafka, tmp_path / "data")
    create_topics(before)
    shell = Shell(tmp_path, before)
    for file in write(tmp_path / "in"):
        shell.type_all([f"cdi feed {file.stem} {file}"])
    shell.type_all([f"cdi feed --complete --until {to_rfc3339(END)}"])
    alerts = judged_by(before, tmp_path / "logs")
    board = ReadModel(f"sqlite:///{before.data / 'board.sqlite'}")
    LocalUsers(board, lambda: END).add_with_one_time_password("insp.patel", "SUPERVISOR", ["LEICS"])
    apply.positions(board, Alert.TOPIC, "the log that was lost")
    one = next(iter(alerts.values()))
    done = AlertAction(
        action_id="a-1", alert_id=one.alert_id, force=one.force, kind="NOTE", by="fcr", role="FCR", at=END, text="seen"
    )
    erased_alert = next(
        alert
        for alert in alerts.values()
        if alert.rule_id.startswith("disposal-") and alert.subject_ref != one.subject_ref
    )
    subject = Subject(kind="disposal", ref=normalise(erased_alert.subject_ref))
    request_erasure(
        before,
        Codec(),
        Erasure(erasure_id="e-1", force=erased_alert.force, subjects=(subject,), erased_at=END, requested_by="fcr"),
    )
    ActionProducer(before, BOOK.actions, clock=lambda: END).send(done)
    with AuditLog(before, "board") as log:
        log.note("fcr", "FCR", "VIEW", one.alert_id, {"force": one.force})
    shell.type_all(BACKUP)
    board.close()

    after = an_installation(kafka, tmp_path / "restored")
    after.data.mkdir()
    create_topics(after)
    mirror(before, after)
    left = {alert_id: alert for alert_id, alert in alerts.items() if alert.subject_ref != erased_alert.subject_ref}
    assert judged_by(after, tmp_path / "logs") == left
    assert left != alerts
    assert actions_by_alert(after)[one.force, one.alert_id].actions == (done,)
    shell = Shell(tmp_path, after)
    shell.type_all([*VERIFY, PUT_BACK[0]])
    doctor = shell.type(PUT_BACK[1])
    wrong = [line for line in doctor.stdout.splitlines() if line.startswith("WRONG")]
    assert all("no worker is running" in line for line in wrong), doctor.stdout
    assert "the board's read model is of version" in doctor.stdout
    restored = ReadModel(f"sqlite:///{after.data / 'board.sqlite'}")
    assert apply.positions(restored, Alert.TOPIC, "the log that was made anew") == {}
    with restored.reading() as connection:
        assert connection.execute(text("SELECT name FROM users")).scalars().all() == ["insp.patel"]
    restored.close()


@pytest.mark.kafka
def test_an_audit_log_that_lost_its_end_is_found_by_the_heads_that_were_kept(kafka: str, tmp_path: Path) -> None:
    """What was not mirrored back is named, and the command fails."""
    before, after = an_installation(kafka, tmp_path / "data"), an_installation(kafka, tmp_path / "restored")
    for settings in (before, after):
        create_topics(settings)
    with AuditLog(before, "board") as log:
        log.note("fcr", "FCR", "VIEW", "alert", {})
    Shell(tmp_path, before).type_all(BACKUP[:1])
    verified = Shell(tmp_path, after).type(VERIFY[0])
    assert verified.returncode == 1
    assert "board@guide" in verified.stdout
