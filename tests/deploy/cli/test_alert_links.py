"""``cdi alerts link``: a crime is said to be the one an alert misses, and that is taken back."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from agents.kafka.producer import KafkaProducer
from agents.kafka.reader import messages
from agents.settings.settings import Settings
from agents.topics.audit_log import verify
from agents.topics.links import LINKS
from deploy.cli import main
from deploy.local.cluster import provide_topics
from schemas.codec import Codec
from schemas.records import Link
from streams.topology.topics import ALERTS, CASES
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
