"""``cdi erase`` on a real Kafka: what is erased is gone from everything but the source topics, and stays gone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from agents.kafka.reader import latest, latest_records
from agents.settings.settings import Settings
from agents.topics.actions import actions_by_alert
from agents.topics.audit_log import entries, verify
from agents.topics.dead_letters import dead_letters
from agents.topics.feeds import FeedProducer
from dashboards.board.readmodel.tables import metadata
from deploy.cli import main
from deploy.local.cluster import provide_topics
from deploy.local.processes import Processes, workers
from schemas.products import Alert, AuditEntry, ForceClock
from schemas.records import Snapshot
from streams.engine.erasure import hash_of
from streams.suggestions.unreported import unreported_id
from streams.topology.topics import ALERTS, CANDIDATES, CASES, CLOCKS, STATE_CHANGELOG
from tests.agents.examples import DAY, HOUR, START, closing_heartbeats, crime, incident
from tests.agents.processes import eventually
from tests.deploy.erasure.board_read_model import read_model_of_now
from tests.streams import world

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

END = START + 5 * DAY
VIEWS = (ALERTS, CASES, CANDIDATES, STATE_CHANGELOG)
UNRECORDED, RECORDED = 4, 5
"""INC-4 has no crime, INC-5 has CR-5."""


@pytest.fixture
def settings(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation of the test's own; commands find the same in the environment."""
    environment = {
        "CDI_KAFKA": kafka,
        "CDI_PREFIX": f"erase-{uuid.uuid4().hex[:8]}.",
        "CDI_PARTITIONS": "2",
        "CDI_CLOCK": "stream",
        "CDI_DATA": str(tmp_path / "data"),
        "CDI_WORKER": "cli",
        "CDI_SESSION_SECONDS": "6",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    installed = Settings()
    provide_topics(installed)
    return installed


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[Processes]:
    """One worker."""
    with Processes(workers(settings, 1), tmp_path, on_restart=pytest.fail) as running:
        yield running


def records() -> list[Snapshot]:
    """Return reports of two forces, every other recorded; two reports are alike, so that each is suggested a crime."""
    snapshots: list[Snapshot] = []
    for force in ("LEICS", "DERBS"):
        for number in range(8):
            snapshots.append(incident(number, force, victim_token=f"v{number}", beat="B1"))
            if number % 2:
                snapshots.append(crime(number, force))
    # What people and a model say of INC-4.
    snapshots += [say(START + HOUR, ref="INC/4") for say in (world.assessment, world.reading, world.score)]
    # A crime that no report is linked to, and looks like that of INC-2.
    snapshots.append(
        crime(
            20,
            "LEICS",
            incident_refs=(),
            event_time=START + 6 * HOUR,
            recorded_at=START + 6 * HOUR,
            victim_token="v2",
            beat="B1",
        )
    )
    return snapshots


def feed(settings: Settings, *snapshots: Snapshot, until: int = END) -> None:
    """Send records, then every feed's word that this is all, and wait until it has been judged."""
    producer = FeedProducer(settings)
    for snapshot in snapshots:
        producer.send(snapshot)
    for force in ("LEICS", "DERBS"):
        for topic, heartbeat in closing_heartbeats(until, force):
            producer.send_heartbeat(topic, heartbeat)
    producer.flush()
    wait(settings, until)


def wait(settings: Settings, until: int) -> None:
    """Wait until both forces' clocks have come so far."""

    def clocks() -> dict[str, int | None]:
        return {name: clock.clock for name, clock in latest_records(settings, CLOCKS, ForceClock).items()}

    eventually(lambda: clocks() == {"LEICS": until, "DERBS": until}, "both clocks at the end")


def held(settings: Settings) -> dict[str, dict[bytes, bytes]]:
    """Return the newest under each key of what is made of records, by topic; no clocks."""
    entries = {topic.name: latest(settings, topic) for topic in VIEWS}
    state = entries[STATE_CHANGELOG.name]
    for key in [key for key in state if key.split(b"\0")[1] == b"c"]:
        del state[key]
    return entries


def naming(settings: Settings, force: str, *words: str) -> list[str]:
    """Return where a word is still to be found, of one force: key or value."""
    return [
        f"{topic} {key!r}"
        for topic, values in held(settings).items()
        for key, value in values.items()
        if force.encode() in key + value and any(word.encode() in key + value for word in words)
    ]


def board(settings: Settings, folder: Path) -> str:
    """Everything that a board's database holds, as text."""
    folder.mkdir(parents=True, exist_ok=True)
    model = read_model_of_now(settings, folder)
    with model.reading() as connection:
        return "\n".join(
            repr(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(table.select())
        )


def alert_on(settings: Settings, ref: str, force: str = "LEICS", rule: str = "crime-not-recorded") -> Alert:
    """Return the one alert of a rule about a report."""
    (match,) = [
        alert
        for alert in latest_records(settings, ALERTS, Alert).values()
        if (alert.subject_ref, alert.force, alert.rule_id) == (ref, force, rule)
    ]
    return match


def test_a_record_is_erased_everywhere_and_stays_so(
    settings: Settings, worker: Processes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Gone from alerts, cases, state and board; all else is the same byte for byte, also after starting over."""
    feed(settings, *records())
    given = alert_on(settings, "INC-4")
    assert main(["alerts", "note", given.alert_id, "Mrs Smith rang", "--by", "asmith"]) == 0
    before = held(settings)
    capsys.readouterr()

    assert main(["erase", "inc 4", "--force", "LEICS", "--dry-run"]) == 0
    assert "STORM incident INC-4 of LEICS" in capsys.readouterr().out
    assert held(settings) == before

    erase = ["erase", "inc 4", "--force", "LEICS", "--reason", "DPA s47 request 12", "--by", "creg", "--yes"]
    assert main(erase) == 0
    out = capsys.readouterr()
    for topic in ("storm.incidents", "compliance.assessments", "compliance.audits", "compliance.scores"):
        assert f"{topic}.v1: 1 message, for ever" in out.out
    assert "compliance.alert-actions.v1: 1 action or note" in out.out
    assert naming(settings, "LEICS", "INC-4") == []
    page = board(settings, tmp_path / "first")
    assert not [line for line in page.splitlines() if "INC-4" in line and "LEICS" in line]
    assert "Mrs Smith" not in page

    expected = {
        topic: {key: value for key, value in values.items() if not _about(key, given, b"INC-4")}
        for topic, values in before.items()
    }
    after = held(settings)
    remembered = f"LEICS\0e\0{hash_of(('incident', 'INC-4'))}".encode()
    assert after[STATE_CHANGELOG.name].pop(remembered)
    # It was one of the reports that CR-20, which nobody reported, could have been of: the others' probabilities rise.
    weighed_against = unreported_id("LEICS", "CR-20").encode()
    assert b"INC-2" in after[CANDIDATES.name][weighed_against]
    assert b"INC-4" not in after[CANDIDATES.name].pop(weighed_against)
    del expected[CANDIDATES.name][weighed_against]
    assert after == expected

    worker.stop()
    _start_over(settings)
    with Processes(workers(settings, 1), tmp_path / "again", on_restart=pytest.fail):
        feed(settings, until=END + DAY)
        assert naming(settings, "LEICS", "INC-4") == []
        assert "DERBS" in str(naming(settings, "DERBS", "INC-4"))
        feed(settings, incident(4, event_id="anew"), until=END + 2 * DAY)
        assert alert_on(settings, "INC-4").sequence == 1

    noted = [(entry.action, entry.target) for entry, _ in entries(settings) if isinstance(entry, AuditEntry)]
    assert noted[-2:] == [("ERASE", "STORM incident INC-4 of LEICS"), ("ERASED", "STORM incident INC-4 of LEICS")]
    assert verify(settings)[1] == []
    assert actions_by_alert(settings)


def _about(key: bytes, alert: Alert, ref: bytes) -> bool:
    alert_id = alert.alert_id.encode()
    said_of_it = b"\0r\0compliance." in key and b"|%b|" % ref in key
    return key == alert_id or (key.startswith(b"LEICS") and (said_of_it or key.endswith((ref, alert_id))))


def _start_over(settings: Settings) -> None:
    """Empty what the workers made and forget how far they had read: they must judge from the beginning."""
    admin = AdminClient(settings.client())
    emptied = [settings.topic(topic) for topic in (STATE_CHANGELOG, ALERTS, CASES, CANDIDATES, CLOCKS)]
    for outcome in admin.delete_topics(emptied, operation_timeout=30).values():
        outcome.result()
    eventually(lambda: not set(emptied) & admin.list_topics(timeout=10).topics.keys(), "the topics deleted")
    provide_topics(settings)

    def forgotten() -> bool:
        for outcome in admin.delete_consumer_groups([settings.group]).values():
            try:
                outcome.result()
            except Exception:  # noqa: BLE001 - it takes a moment until the group is empty
                return False
        return True

    eventually(forgotten, "the group deleted")


def test_a_crime_is_erased_and_what_rested_on_it_is_judged_anew(
    settings: Settings, worker: Processes, capsys: pytest.CaptureFixture[str]
) -> None:
    """The incident it stood for is then unrecorded; who asks is told so before, and a crime suggested is none now."""
    feed(settings, *records())
    assert worker.log_file("worker-1").exists()
    suggested = [key for key, value in latest(settings, CANDIDATES).items() if b"CR-20" in value]
    assert suggested
    capsys.readouterr()
    assert main(["erase", "CR-5", "--force", "LEICS", "--dry-run"]) == 0
    output = capsys.readouterr().out
    assert "STORM incident INC-5 of LEICS" in output
    assert "crime-not-recorded" in output
    assert main(["erase", "crime:CR-5", "--force", "LEICS", "--reason", "x", "--yes"]) == 0
    assert alert_on(settings, "INC-5").status == "BREACHED"
    assert naming(settings, "LEICS", "CR-5") == []
    assert main(["erase", "CIS:CR-20", "--reason", "x", "--yes"]) == 0
    assert naming(settings, "LEICS", "CR-20") == []


def test_a_whole_matter_goes_together(
    settings: Settings, worker: Processes, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --linked, the crime and its incident: nothing is left to be judged anew."""
    feed(settings, *records())
    assert worker.log_file("worker-1").exists()
    assert main(["erase", "CR-5", "--force", "LEICS", "--linked", "--reason", "x", "--yes"]) == 0
    output = capsys.readouterr()
    assert "cis.crimes.v1: 1 message," in output.out
    assert naming(settings, "LEICS", "CR-5", "INC-5") == []
    assert [key for key in latest(settings, STATE_CHANGELOG) if b"INC-5" in key] == [
        b"DERBS\0r\0storm.incidents.v1\0INC-5"
    ]


def test_dead_letters_of_it_go_too(settings: Settings, worker: Processes) -> None:
    """One that can be read as a snapshot of it; another's that names it stays."""
    producer = FeedProducer(settings)
    for ahead in (incident(4, event_time=START + 200 * 365 * DAY), incident(6, event_time=START + 200 * 365 * DAY)):
        producer.send(ahead)
    feed(settings, *records())
    assert len(list(dead_letters(settings))) == 2
    assert main(["erase", "INC-4", "--force", "LEICS", "--reason", "x", "--yes"]) == 0
    (left,) = dead_letters(settings)
    assert b"INC-6" in (left.value or b"")
    assert worker.log_file("worker-1").exists()


def test_what_cannot_be_done_is_said_in_a_line(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And changes nothing; what no worker carries out is named as such."""
    with Processes(workers(settings, 1), tmp_path, on_restart=pytest.fail):
        feed(settings, incident(4, "LEICS"), incident(4, "DERBS"))
    before = held(settings)
    for arguments, status, why in (
        (["INC-4", "--dry-run"], 2, "STORM:INC-4 --force DERBS"),
        (["INC-4", "--force", "LEICS", "--yes"], 2, "--reason"),
        (["INC-4", "--force", "LEICS", "--yes", "--reason", "x", "--role", "supervisor"], 2, "only the Force Crime"),
        (["INC-4", "--force", "LEICS", "--reason", "x"], 2, "--yes is needed"),
        (["NOWHERE-1", "--dry-run"], 1, "nothing is held"),
        (["STORM:NOWHERE-1", "--force", "LEICS", "--dry-run"], 1, "nothing is held"),
        (["INC-4", "--force", "LEICS", "--yes", "--reason", "x", "--patience", "1"], 1, "is a worker running"),
    ):
        capsys.readouterr()
        assert main(["erase", *arguments]) == status
        assert why in capsys.readouterr().err
        assert held(settings) == before
