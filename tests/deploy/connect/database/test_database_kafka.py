"""A feed of a PostgreSQL on a real Kafka: the guide's commands, and a process that is killed in the middle."""

from __future__ import annotations

import re
import shlex
import shutil
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from agents.kafka.codecs import codec_of
from agents.kafka.reader import messages
from agents.settings.settings import Settings
from deploy.cli import main
from deploy.connect.cursors import Cursors
from deploy.local import child_process
from deploy.local.cluster import provide_topics
from schemas.records import Crime, Heartbeat
from streams.topology.topics import SOURCES
from tests.agents.processes import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ROOT = Path(__file__).parents[4]
GUIDE = (
    (ROOT / "deploy" / "CONNECT.md").read_text(encoding="utf-8").partition("\n## Databases\n")[2].partition("\n## ")[0]
)
(SQL,) = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
FEEDS, MAPPING = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
COMMANDS = re.findall(r"^\$ cdi (.*)$", GUIDE, re.MULTILINE)
CRIMES = next(topic for topic in SOURCES if topic.name == Crime.TOPIC)
TABLE = """
CREATE TABLE occurrence (
    occurrence_no text PRIMARY KEY, incident_no text, offence_code text NOT NULL, offence_group text, status text,
    recorded_at timestamp NOT NULL, updated_at timestamp NOT NULL
)
"""
ROWS = 400


class Installation:
    """An installation as the guide makes one, with a records system of its own."""

    def __init__(self, kafka: str, socket: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = Settings(
            kafka=kafka, prefix=f"database-{uuid.uuid4().hex[:8]}.", partitions=2, data=folder / "data", clock="stream"
        )
        for name, value in child_process.environment_of(self.settings).items():
            monkeypatch.setenv(name, value)
        provide_topics(self.settings)
        database = f"rms_{uuid.uuid4().hex}"
        with psycopg.connect(host=socket, user="board", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database}")
        self.rms: psycopg.Connection[Any] = psycopg.connect(host=socket, user="board", dbname=database, autocommit=True)
        self.rms.execute("SET timezone = 'Europe/London'")
        self.rms.execute(TABLE)
        self.rms.execute("DROP ROLE IF EXISTS cdi_reader")
        self.rms.execute(SQL)
        monkeypatch.setenv("RMS_URL", f"postgresql://cdi_reader@/{database}?host={socket}")
        monkeypatch.setenv("CDI_FEEDS", str(folder / "feeds.toml"))
        (folder / "feeds.toml").write_text(FEEDS)
        (folder / "occurrences.toml").write_text(MAPPING)
        shutil.copy(ROOT / "deploy" / "mappings" / "examples" / "offence-classes.toml", folder)

    def save(self, first: int, last: int, code: str = "8N") -> None:
        """Insert occurrences that were saved an hour ago, three at a time."""
        self.rms.execute(
            "INSERT INTO occurrence SELECT 'OC/' || n, 'INC/' || n, %s, 'Robbery', 'Open', LOCALTIMESTAMP(3), "
            "LOCALTIMESTAMP(3) - interval '1 hour' + (n / 3) * interval '1 second' "
            "FROM generate_series(%s::int, %s::int) n",
            [code, first, last],
        )

    def close(self) -> None:
        """Drop the records system's account, which all databases share."""
        self.rms.execute("DROP OWNED BY cdi_reader")
        self.rms.execute("DROP ROLE cdi_reader")
        self.rms.close()

    @property
    def sent(self) -> list[tuple[str | None, bytes]]:
        """What is on the topic in order, each with the crime that it is of."""
        codec = codec_of(self.settings)
        sent: list[tuple[str | None, bytes]] = []
        for message in messages(self.settings, CRIMES):
            record = codec.decode(CRIMES.name, message.value or b"")
            assert isinstance(record, Crime | Heartbeat)
            sent.append((record.crime_ref if isinstance(record, Crime) else None, message.value or b""))
        return sent


@pytest.fixture
def there(kafka: str, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the guide's installation."""
    installation = Installation(kafka, postgres, tmp_path, monkeypatch)
    yield installation
    installation.close()


def test_the_guides_commands_do_what_they_say(there: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    """The account reads the view alone, the check sends nothing, and the feed vouches for what it sent."""
    there.save(1, 5)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        psycopg.connect(host=there.rms.info.host, user="cdi_reader", dbname=there.rms.info.dbname).execute(
            "SELECT * FROM occurrence"
        )
    assert COMMANDS == ["connect occurrences --check", "connect occurrences --once", "connect --list"]
    printed = {}
    for command in COMMANDS:
        assert main(shlex.split(command)) == 0
        printed[command] = capsys.readouterr().out
        assert len(there.sent) == (0 if command.endswith("--check") else 7)
    assert "OC/1" in printed["connect occurrences --check"]
    assert re.search(r"occurrences +database +cis\.crimes\.v1 +does not run +20.*Z +20.*Z", printed["connect --list"])
    assert [crime for crime, _ in there.sent] == [None, "OC/1", "OC/2", "OC/3", "OC/4", "OC/5", None]


def test_a_feed_that_is_killed_between_pages_sends_what_one_that_is_not_does(
    there: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of some records the same bytes twice; and it vouches for them only behind the last."""
    (tmp_path / "feeds.toml").write_text(FEEDS.replace('key = "occurrence_no"', 'key = "occurrence_no"\npage = 4'))
    there.save(1, ROWS)
    cursors = Cursors(there.settings.data, there.settings.prefix)
    for _ in range(3):
        before = cursors.read("occurrences")
        process = child_process.start(("connect", "occurrences"), {}, (tmp_path / "log").open("ab"))
        eventually(lambda: cursors.read("occurrences") != before, "a page is confirmed")  # noqa: B023
        process.kill()
        process.wait()
    cursors.close()
    killed_before_the_end = None not in [crime for crime, _ in there.sent][1:]
    assert main(["connect", "occurrences", "--once"]) == 0
    sent = there.sent
    assert killed_before_the_end, "it was done before it was killed: give it more rows"
    assert [crime for crime, _ in sent].index(None, 1) == len(sent) - 1
    assert {crime for crime, _ in sent} == {None, *(f"OC/{number}" for number in range(1, ROWS + 1))}
    records = {value for crime, value in sent if crime is not None}
    assert len(records) == ROWS

    unkilled = there.settings.model_copy(update={"prefix": f"{there.settings.prefix}unkilled."})
    provide_topics(unkilled)
    monkeypatch.setenv("CDI_PREFIX", unkilled.prefix)
    assert main(["connect", "occurrences", "--once"]) == 0
    there.settings = unkilled
    assert Counter(value for crime, value in there.sent if crime is not None) == Counter(records)
