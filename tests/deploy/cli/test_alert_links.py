"""``cdi alerts link``: a crime is said to be the one an alert misses, and that is taken back."""

from __future__ import annotations

import csv
import io
import json
import uuid
from pathlib import Path

import msgspec
import pytest

from agents.kafka.producer import KafkaProducer
from agents.kafka.reader import messages
from agents.settings.settings import Settings
from agents.topics.audit_log import verify
from agents.topics.links import LINKS
from deploy.cli import main
from deploy.local.cluster import provide_topics
from schemas.codec import Codec
from schemas.products import Candidate, FieldWeight, ProbableRecord
from schemas.records import Link
from streams.suggestions.unreported import unreported_id
from streams.topology.topics import ALERTS, CANDIDATES, CASES
from tests.dashboards.trials.sample import a_case, an_alert, key_of
from tests.deploy.installed import use

pytestmark = pytest.mark.kafka

NOON = 1_457_611_200_000
ALERT = an_alert("crime-not-recorded", "STORM", "I-7", wall=NOON, due_in=0)
CRIME = a_case("CIS", "C/1", began_at=NOON, topic="cis.crimes.v1")


@pytest.fixture
def installation(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation whose workers have published an alert about a report, and a crime."""
    settings = Settings(
        kafka=kafka, prefix=f"links-{uuid.uuid4().hex[:8]}.", partitions=2, clock="stream", data=tmp_path, worker="t"
    )
    provide_topics(settings)
    producer, codec = KafkaProducer(settings.client(), deliver_within_seconds=30.0), Codec()
    for topic, product in ((ALERTS, ALERT), (CASES, CRIME)):
        partition = settings.partition_of("LEICS")
        producer.put(settings.topic(topic), key_of(product).encode(), codec.encode(product), partition)
    producer.deliver()
    use(settings, monkeypatch)
    return settings


def links(settings: Settings) -> list[Link]:
    """Return every link on its topic."""
    records = (Codec().decode(Link.TOPIC, message.value or b"") for message in messages(settings, LINKS))
    return [record for record in records if isinstance(record, Link)]


def test_a_link_is_noted_written_and_undone(installation: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Each by an entry of the audit log; the later statement is the newer one."""
    short = ALERT.alert_id[:8]
    assert main(["alerts", "link", short, "c 1", "--by", "asmith"]) == 0
    assert "STORM I-7 linked to c 1 by asmith" in capsys.readouterr().err
    assert main(["alerts", "link", short, "C/1", "--undo", "--by", "bjones", "--role", "fcr"]) == 0
    confirmed, undone = links(installation)
    assert (confirmed.left_system, confirmed.left_ref, confirmed.confirmed) == ("STORM", "I-7", True)
    assert (confirmed.confirmed_by, undone.confirmed_by, undone.confirmed) == ("asmith", "bjones", False)
    assert undone.event_time > confirmed.event_time
    assert main(["alerts", "link", short, "C/1", "--undo"]) == 1
    assert "nobody has linked STORM I-7 to C/1" in capsys.readouterr().err
    verification, faults = verify(installation)
    assert (verification.entries, faults) == (2, [])


def test_what_is_suggested_is_shown_and_confirmed_without_an_alert(
    installation: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the alert, in its table and where its report is looked up; a crime's probable report is linked by name."""
    weight = FieldWeight(field="victim", finding="same victim", weight=7.84)
    crime = ProbableRecord(system="CIS", ref="C/1", probability=0.9, reasons=("same victim",), weights=(weight,))
    report = msgspec.structs.replace(crime, system="STORM", ref="I-7")
    of_alert = Candidate(
        alert_id=ALERT.alert_id,
        force="LEICS",
        subject_system="STORM",
        subject_ref="I-7",
        crime_ref="C/1",
        probability=0.9,
        probable=(crime,),
        model="links-1",
    )
    of_crime = msgspec.structs.replace(
        of_alert, alert_id=unreported_id("LEICS", "C-1"), subject_system="CIS", subject_ref="C/1", probable=(report,)
    )
    producer, codec = KafkaProducer(installation.client(), deliver_within_seconds=30.0), Codec()
    for candidate in (of_alert, of_crime):
        key, partition = candidate.alert_id.encode(), installation.partition_of("LEICS")
        producer.put(installation.topic(CANDIDATES), key, codec.encode(candidate), partition)
    producer.deliver()
    assert main(["alerts", "show", ALERT.alert_id]) == 0
    alert = json.loads(capfd.readouterr().out)
    assert [(one["ref"], one["weights"][0]["finding"]) for one in alert["probable_crimes"]] == [("C/1", "same victim")]
    assert main(["alerts", "export", "--format", "csv"]) == 0
    header, row = csv.reader(io.StringIO(capfd.readouterr().out.removeprefix("\ufeff")))
    assert dict(zip(header, row, strict=True))["probable_crime"] == "C/1"
    assert main(["alerts", "unreported", "--format", "csv"]) == 0
    assert "LEICS,C/1,STORM,I-7,0.9,same victim,same victim +7.8" in capfd.readouterr().out
    assert main(["trace", "C 1"]) == 0
    assert "STORM I-7" in capfd.readouterr().out
    assert main(["alerts", "link-report", "LEICS", "storm", "I-7", "C/1", "--by", "asmith"]) == 0
    assert main(["alerts", "link-report", "LEICS", "STORM", "I-7", "C/1", "--undo", "--by", "asmith"]) == 0
    assert main(["alerts", "link-report", "LEICS", "STORM", "I-8", "C/1"]) == 1
    assert "nothing is known of STORM I-8" in capfd.readouterr().err
    assert [(link.left_ref, link.confirmed) for link in links(installation)] == [("I-7", True), ("I-7", False)]


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["C/2"], 1, "nothing is known of CIS C/2 of LEICS"),
        ([" "], 2, "a link needs the reference"),
        (["C/1", "--role", "ops"], 2, "OPS may not link records"),
        (["C/1", "--by", " "], 2, "somebody confirms the link"),
    ],
)
def test_what_cannot_be_linked_is_refused_in_one_line(
    installation: Settings, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, sentence: str
) -> None:
    """And nothing is written."""
    assert main(["alerts", "link", ALERT.alert_id, *arguments]) == status
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert links(installation) == []
