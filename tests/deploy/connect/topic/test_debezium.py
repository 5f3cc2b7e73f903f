"""The shipped recipe, run: a real PostgreSQL, Debezium in a real Kafka Connect, and ``cdi connect`` behind it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

from agents.kafka.codecs import codec_of
from agents.kafka.reader import messages
from agents.kafka.topic_reader import TopicReader
from agents.kafka.topics import create_topics
from agents.observability.metrics import Metrics
from agents.settings.clock import wall_clock
from agents.settings.settings import Settings
from agents.topics.feeds import FeedProducer
from deploy.connect.feeds_file import read_feeds
from deploy.connect.process import opened_feed
from deploy.connect.runner import FeedRunner
from deploy.connect.topic import vouching
from deploy.connect.topic.offsets import CommittedPlaces, ReadingState
from schemas.records import Heartbeat, Incident
from streams.policy import PolicyBook
from streams.topology.messages import UnreadableError
from streams.topology.metrics import CONNECT
from streams.topology.topics import SOURCES
from tests.agents.processes import ROOT, eventually
from tests.deploy.connect.topic.debezium import Connect, LogicalPostgres, logical_postgres

pytestmark = [pytest.mark.slow, pytest.mark.kafka]

GUIDE = (ROOT / "deploy/CONNECT.md").read_text().partition("## Kafka Connect and Debezium")[2].partition("\n## ")[0]
DATABASE, CONNECT_WORKER, CDI = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)
"""The commands that the guide shows."""
RECIPE = ROOT / "deploy/connect/recipes/debezium-postgresql"
FROM_TOPIC = "police.control.incident"
FEED = "control-incidents"
TABLE = """
CREATE SCHEMA control;
CREATE TABLE control.incident (
    log_no text PRIMARY KEY, received_at timestamptz NOT NULL, saved_at timestamp NOT NULL, caller text,
    channel text NOT NULL, opened_as text NOT NULL, closed_as text, closed_at timestamptz,
    crime_nos text[] NOT NULL DEFAULT '{}', crimes_expected int, told boolean NOT NULL DEFAULT false, narrative text
);
"""
ADD = """
INSERT INTO control.incident (log_no, received_at, saved_at, channel, opened_as)
SELECT 'L-' || n, '2026-06-01 08:00Z', '2026-06-01 09:30', '999', 'CR/1' FROM generate_series(%s::int, %s::int) n
"""


class Recipe:
    """The recipe as it ships, with a heartbeat twice a second."""

    def __init__(self, folder: Path, kafka: str, postgres: LogicalPostgres, programs: Path) -> None:
        self.kafka = kafka
        self.folder = folder / "recipe"
        shutil.copytree(RECIPE, self.folder)
        self.database: psycopg.Connection[tuple[object, ...]] = postgres.connect()
        self.settings = Settings(kafka=kafka, prefix="debezium-", partitions=2, data=folder / "data")
        create_topics(self.settings)
        connector = self.folder / "connector.json"
        connector.write_text(json.dumps(json.loads(connector.read_text()) | {"heartbeat.interval.ms": "500"}))
        program = folder / "recipe" / "bin" / "cdi"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m deploy "$@"\n')
        program.chmod(0o755)
        self.environment = {
            "PATH": f"{program.parent}:{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(postgres.port),
            "PGDATABASE": "postgres",
            "PGUSER": "control",
            "PGPASSWORD": "made-up",
            "CONNECT_KAFKA": kafka,
            "CONTROL_DB_HOST": "127.0.0.1",
            "CONTROL_DB_PORT": str(postgres.port),
            "CONTROL_DB_NAME": "postgres",
            "CONTROL_DB_PASSWORD": "made-up-too",
            "CDI_KAFKA": kafka,
            "CDI_PREFIX": self.settings.prefix,
            "CDI_PARTITIONS": str(self.settings.partitions),
            "CDI_DATA": str(self.settings.data),
        }
        self.theirs = TopicReader(self.settings.model_copy(update={"prefix": ""}), "test")
        self.places = CommittedPlaces(self.settings, f"{self.settings.group}-connect-{FEED}")
        self.offsets = self.folder / "offsets"
        self.connect = Connect(self.folder, self.environment, "debezium")

    def type(self, commands: str) -> str:
        """Type a block of the guide in the recipe's folder, and return what is printed."""
        typed = "\n".join(line.removeprefix("$ ") for line in commands.splitlines())
        process = subprocess.run(
            ["bash", "-ec", typed],
            cwd=self.folder,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        return process.stdout + process.stderr

    def start_connect(self) -> None:
        """Start the worker with the connector."""
        self.connect.start(CONNECT_WORKER.removeprefix("$ ").strip()).wait_until_running("control")

    def start(self) -> subprocess.Popen[bytes]:
        """Start ``cdi connect`` for the feed, until it is told to stop."""
        command = [sys.executable, "-m", "deploy", "connect", FEED, "--feeds", "feeds.toml"]
        with (self.folder / "cdi.log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.folder, env=os.environ | self.environment, stdout=log, stderr=log)

    def once(self) -> list[Any]:
        """Read what there is, and return the events of the log."""
        definition = read_feeds(self.folder / "feeds.toml")[FEED]
        with (
            opened_feed(FEED, definition, self.folder, self.settings, PolicyBook.built_in()) as feed,
            capture_logs() as log,
        ):
            runner = FeedRunner(feed, lambda: FeedProducer(self.settings), Metrics(CONNECT))
            assert runner.run(threading.Event(), once=True), log
        return log

    def written(self) -> int:
        """Return how many messages Debezium has written."""
        try:
            return sum(span.end for span in self.theirs.spans(FROM_TOPIC))
        except UnreadableError:
            return 0

    def wait_for(self, count: int) -> None:
        """Wait until Debezium has written so many."""
        eventually(lambda: self.written() >= count, f"{count} messages of Debezium's")

    def sent(self) -> list[Incident | Heartbeat]:
        """Return what the source topic holds."""
        codec, topic = codec_of(self.settings), next(topic for topic in SOURCES if topic.name == Incident.TOPIC)
        records = [codec.decode(topic.name, message.value or b"") for message in messages(self.settings, topic)]
        return [record for record in records if isinstance(record, Incident | Heartbeat)]

    def newest(self) -> dict[str, Incident]:
        """Return each log as it is now."""
        incidents = [record for record in self.sent() if isinstance(record, Incident)]
        incidents.sort(key=lambda incident: (incident.event_time, incident.revision))
        return {incident.incident_ref: incident for incident in incidents}

    def rejected(self) -> list[dict[str, Any]]:
        """Return the rows that were set aside."""
        file = self.settings.data / "connect" / f"{FEED}.rejected.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def state(self) -> tuple[int, ReadingState]:
        """Return what is committed on the source's cluster."""
        offsets, state = self.places.read(FROM_TOPIC, [0])
        return offsets.get((FROM_TOPIC, 0), 0), state


@pytest.fixture(scope="module")
def recipe(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recipe]:
    """Give the recipe, run as its comments say, on a table of fifty logs."""
    with logical_postgres() as (postgres, programs):
        recipe = Recipe(tmp_path_factory.mktemp("debezium"), kafka, postgres, programs)
        with recipe.database:
            recipe.database.execute(TABLE)
            recipe.database.execute(ADD, [1, 50])
            recipe.type(DATABASE)
            recipe.start_connect()
            try:
                yield recipe
            finally:
                recipe.connect.kill()
                recipe.theirs.close()
                recipe.places.close()


def test_a_table_comes_in_whole_and_then_each_change_whoever_is_killed(recipe: Recipe) -> None:
    """Its snapshot, its changes, its deletes, and what is vouched for; with both processes killed in between."""
    recipe.wait_for(50)
    printed = recipe.type(CDI)
    assert "50 records would be fed" in printed
    assert "control-incidents  topic  storm.incidents.v1" in printed
    assert len(recipe.newest()) == 50
    assert recipe.state() == (50, ReadingState())

    # Changes that state one millisecond, and a delete, while the worker is dead.
    eventually(lambda: b"lsn_proc" in recipe.offsets.read_bytes(), "Connect keeps how far it has read")
    recipe.connect.kill()
    recipe.database.execute("UPDATE control.incident SET crimes_expected = 1 WHERE log_no = 'L-1'")
    recipe.database.execute("UPDATE control.incident SET crimes_expected = 2, crime_nos = '{C;1}' WHERE log_no = 'L-1'")
    recipe.database.execute("DELETE FROM control.incident WHERE log_no = 'L-2'")
    recipe.database.execute(ADD, [51, 60])
    recipe.start_connect()
    recipe.wait_for(64)
    log = recipe.once()
    newest = recipe.newest()
    assert (newest["L-1"].crimes_expected, newest["L-1"].crime_refs) == (2, ("C;1",))
    assert newest.keys() == {f"L-{number}" for number in range(1, 61)}
    (deleted,) = [line for line in log if line["event"] == "row_deleted"]
    assert deleted["key"] == "log_no A-9"
    assert sum(line.get("deleted", 0) for line in log) == 1
    assert recipe.rejected() == []

    # The reader is killed in the middle; what the other one sends is what nobody had to send twice.
    before = recipe.written()
    recipe.database.execute(ADD, [61, 2_060])
    process = recipe.start()
    eventually(lambda: recipe.state()[0] > before, "something is committed")
    process.kill()
    process.wait()
    recipe.wait_for(before + 2_000)
    recipe.once()
    incidents = [record for record in recipe.sent() if isinstance(record, Incident)]
    assert recipe.newest().keys() == {f"L-{number}" for number in range(1, 2_061)}
    bodies = {(incident.event_id, json.dumps(str(incident))) for incident in incidents}
    assert len(bodies) == len({incident.event_id for incident in incidents}) == 2_062


def test_a_quiet_table_is_vouched_for_through_the_databases_own_log(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing changes any more, and the source is complete all the same, behind the last record."""
    monkeypatch.setattr(vouching, "SETTLED_MS", 500)
    began = wall_clock()

    def vouched() -> bool:
        recipe.once()
        heartbeats = [record for record in recipe.sent() if isinstance(record, Heartbeat)]
        assert all(heartbeat.complete_through < wall_clock() - 60_000 for heartbeat in heartbeats)
        return max(heartbeat.complete_through for heartbeat in heartbeats) > began - 60_000

    eventually(vouched, "the quiet source is vouched for")


def test_a_column_that_is_added_changes_nothing_and_one_that_is_renamed_sets_rows_aside(recipe: Recipe) -> None:
    """Each is kept with its offset and named; nothing is sent that states a blank for it."""
    database, before = recipe.database, recipe.written()
    database.execute("ALTER TABLE control.incident ADD COLUMN beat text DEFAULT 'B1', DROP COLUMN narrative")
    database.execute("ALTER TABLE control.incident ALTER crimes_expected TYPE text")
    database.execute("UPDATE control.incident SET crimes_expected = '3' WHERE log_no = 'L-3'")
    database.execute("ALTER TABLE control.incident RENAME told TO informed")
    database.execute("UPDATE control.incident SET crimes_expected = '4' WHERE log_no = 'L-3'")
    database.execute("ALTER TABLE control.incident REPLICA IDENTITY DEFAULT")
    database.execute("DELETE FROM control.incident WHERE log_no = 'L-4'")
    recipe.wait_for(before + 4)
    log = recipe.once()
    assert recipe.newest()["L-3"].crimes_expected == 3
    (rejected,) = recipe.rejected()
    assert (rejected["line"], rejected["detail"]) == (before + 1, "column told: not in the message")
    assert sum(line.get("deleted", 0) for line in log) == 1


def test_a_feed_that_is_forgotten_reads_everything_again_and_sends_the_same_bytes(recipe: Recipe) -> None:
    """Nothing in a record is of the reader's own clock."""
    bodies = {str(record) for record in recipe.sent() if isinstance(record, Incident)}
    recipe.type(f"cdi connect {FEED} --feeds feeds.toml --forget")
    recipe.once()
    incidents = [record for record in recipe.sent() if isinstance(record, Incident)]
    assert len(incidents) > 4_000
    assert {str(incident) for incident in incidents} == bodies
