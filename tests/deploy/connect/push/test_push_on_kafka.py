"""A pushed feed on a real broker: the guide's commands, and what is left when it is killed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from agents.kafka.codecs import codec_of
from agents.kafka.reader import messages
from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from deploy.local.kafka.ports import free_port
from schemas.records import Crime, Heartbeat, ProtectionReport, Snapshot
from schemas.rows import write_json
from schemas.times import from_rfc3339
from streams.topology.topics import SOURCES
from tests.agents.processes import eventually
from tests.deploy.connect.fakes import crime
from tests.streams.world import protection_report

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[4]
GUIDE = (
    (ROOT / "deploy" / "CONNECT.md").read_text(encoding="utf-8").partition("## Push over HTTP")[2].partition("\n## ")[0]
)
TOML, *CONSOLE = re.findall(r"```(?:toml|console)\n(.*?)```", GUIDE, re.DOTALL)
ROUNDS, PER_REQUEST = 60, 20


class Installation:
    """An installation with a push feed, whose commands are typed in a folder."""

    def __init__(self, kafka: str, folder: Path, toml: str) -> None:
        self.settings = Settings(
            kafka=kafka, prefix=f"push-{uuid.uuid4().hex[:8]}.", partitions=2, replication=1, data=folder / "data"
        )
        create_topics(self.settings)
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "feeds.toml").write_text(re.sub("port = [0-9]+", f"port = {self.port}", toml))
        (folder / "cdi").write_text(f'#!/bin/sh\nexec {sys.executable} -m deploy "$@"\n')
        (folder / "cdi").chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "CDI_DATA": str(self.settings.data),
            "CDI_KAFKA": kafka,
            "CDI_PREFIX": self.settings.prefix,
            "CDI_PARTITIONS": "2",
            "CDI_FEEDS": str(folder / "feeds.toml"),
            "PUSH": self.url,
        }

    def type(self, line: str) -> str:
        """Run a line that must end well, and return what it printed."""
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def running(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run the feed until the block ends; SIGKILL ends it."""
        with (self.folder / "connect.log").open("ab") as log:
            process = subprocess.Popen(
                [str(self.folder / "cdi"), "connect", name],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
            try:
                eventually(self._listens, "the feed listens")
                yield process
            finally:
                process.kill()
                process.wait()

    def _listens(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthy").status_code == 200
        except httpx.TransportError:
            return False

    def fed(self, topic: str) -> list[Snapshot | Heartbeat]:
        """Return what stands on a source topic."""
        codec = codec_of(self.settings)
        (source,) = (one for one in SOURCES if one.name == topic)
        records = (codec.decode(topic, message.value or b"") for message in messages(self.settings, source))
        return [record for record in records if isinstance(record, Snapshot | Heartbeat)]


def test_the_guides_commands_do_what_they_say(kafka: str, tmp_path: Path) -> None:
    """From the token to the heartbeat; of the certificate nothing, which is the proxy's here."""
    there = Installation(kafka, tmp_path, re.sub("(?m)^(?:host|certificate).*\n", "", TOML))
    report = protection_report(from_rfc3339("2026-06-01T10:00:00Z"), "PPN-1")
    (tmp_path / "reports.jsonl").write_bytes(write_json(report) + b"\n")
    make, replace, listing = (line.removeprefix("$ ") for line in CONSOLE[0].strip().splitlines())
    first = there.type(make).strip()
    there.environment["TOKEN"] = there.type(replace).strip()
    assert first.split("_")[1] in there.type(listing)
    push, complete = CONSOLE[1].replace("\\\n", "").strip().split("\n$ ")
    with there.running("partner-forms"):
        assert there.type(push.removeprefix("$ ")) == '{"fed":1,"skipped":0,"set_aside":0}'
        there.type(complete)
    records = there.fed(ProtectionReport.TOPIC)
    assert report in records
    through = [to.complete_through for to in records if isinstance(to, Heartbeat)]
    assert through == [0, from_rfc3339("2026-06-01T11:00:00Z"), from_rfc3339("2026-06-01T12:00:00Z")]


@pytest.mark.slow
def test_killed_whenever_it_loses_nothing_that_its_sender_sends_again(kafka: str, tmp_path: Path) -> None:
    """Whatever was answered with 200 is there; what came twice is the same."""
    there = Installation(kafka, tmp_path, '[feed.crimes]\nway = "push"\ntopic = "cis.crimes.v1"\nport = 1\n')
    token = there.type("cdi push-tokens make crimes").strip()
    records = [crime(number) for number in range(ROUNDS * PER_REQUEST)]
    answered: list[int] = []

    def push() -> None:
        """Send each request again until it is answered with 200."""
        for first in range(0, len(records), PER_REQUEST):
            body = b"\n".join(write_json(record) for record in records[first : first + PER_REQUEST])
            headers = {
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/x-ndjson",
                "Idempotency-Key": f"request-{first}",
            }
            status = 0
            while status != 200:
                try:
                    status = httpx.post(f"{there.url}/records", content=body, headers=headers).status_code
                except httpx.TransportError:
                    time.sleep(0.05)
            answered.append(first)

    with ThreadPoolExecutor() as threads:
        pushing = threads.submit(push)
        for until in (ROUNDS // 3, 2 * ROUNDS // 3, ROUNDS):
            with there.running("crimes"):
                eventually(lambda until=until: len(answered) >= until, "requests are answered")  # type: ignore[misc]
        pushing.result()
    fed = [record for record in there.fed(Crime.TOPIC) if isinstance(record, Crime)]
    assert {record.event_id: record for record in fed} == {record.event_id: record for record in records}
    assert all(record in records for record in fed)
