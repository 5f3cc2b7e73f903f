"""``cdi reviews`` and ``cdi assess``: what to read next, and what was said of it."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import msgspec
import pytest

from agents.kafka.producer import KafkaProducer
from agents.kafka.reader import messages
from agents.settings.settings import Settings
from agents.topics.assessments import ASSESSMENTS, assessments_by
from agents.topics.audit_log import verify
from deploy.cli import main
from deploy.cli.reviews import WHATEVER_ITS_RANK, ReviewFormat, _write
from deploy.inspect.reviews import force_queue, in_words
from deploy.local.cluster import provide_topics
from schemas.codec import Codec
from schemas.products import Case, ForceClock, Product, Review
from schemas.records import Assessment
from streams.policy import PolicyBook
from streams.topology.topics import CASES, CLOCKS, REVIEWS, Topic
from tests.deploy.installed import use

NOON = 1_457_611_200_000
HOUR = 3_600_000


def review(ref: str, probability: float, status: str = "WAITING", due_at: int = NOON) -> Review:
    """Return an entry of the queue."""
    return Review(
        force="LEICS",
        system="STORM",
        ref=ref,
        normalised_ref=ref,
        team="T1",
        reported_at=NOON - 24 * HOUR,
        due_at=due_at,
        probability=probability,
        reasons=("opened as domestic", "no officer was sent"),
        status=status,  # type: ignore[arg-type]
    )


REVIEWS_HELD = (
    review("I-3", 0.2),
    review("I-7", 0.4),
    review("I-1", 0.9, "ASSESSED"),
    review("I-9", 0.3, due_at=NOON * 2),
)


def test_the_first_of_a_queue_are_said_with_what_they_are_expected_to_hold() -> None:
    """Of all that wait; one whose limit is ahead counts twice."""
    queue = force_queue("LEICS", REVIEWS_HELD, NOON + HOUR, PolicyBook.built_in().reviews, 2)
    assert [entry.ref for entry in queue.reviews] == ["I-9", "I-7", "I-3"]
    assert in_words(queue) == "LEICS: 3 reports wait; the first 2 are expected to hold 0.7 of 0.9 unrecorded crimes"


def test_what_is_read_whatever_its_rank_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """In the table; the published entry does not change by it."""
    policy = msgspec.structs.replace(PolicyBook.built_in().reviews, blind_share=100, daily_number=10)
    queue = force_queue("LEICS", REVIEWS_HELD, NOON + HOUR, policy)
    _write([(queue, 3)], ReviewFormat.TEXT, NOON)
    assert [WHATEVER_ITS_RANK in line for line in capsys.readouterr().out.splitlines()[-3:]] == [True, False, False]
    _write([(queue, 3)], ReviewFormat.JSONL, NOON)
    assert WHATEVER_ITS_RANK not in capsys.readouterr().out


@pytest.fixture
def installation(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation whose workers have published a clock, a case and the queue."""
    settings = Settings(
        kafka=kafka, prefix=f"reviews-{uuid.uuid4().hex[:8]}.", partitions=2, clock="stream", data=tmp_path, worker="t"
    )
    provide_topics(settings)
    producer, codec = KafkaProducer(settings.client(), deliver_within_seconds=30.0), Codec()

    def put(topic: Topic, key: str, product: Product) -> None:
        producer.put(settings.topic(topic), key.encode(), codec.encode(product), settings.partition_of("LEICS"))

    case = Case(
        force="LEICS",
        system="STORM",
        ref="I/7",
        normalised_ref="I-7",
        topic="storm.incidents.v1",
        event_id="e",
        event_time=NOON,
        first_event_time=NOON,
        snapshots=1,
    )
    put(CLOCKS, "LEICS", ForceClock(force="LEICS", clock=NOON + HOUR, mode="STREAM"))
    put(CASES, "LEICS|STORM|incident|I-7", case)
    crime = {"system": "CIS", "ref": "C/7", "normalised_ref": "C-7", "topic": "cis.crimes.v1"}
    put(CASES, "LEICS|CIS|crime|C-7", msgspec.structs.replace(case, **crime))
    for entry in REVIEWS_HELD:
        put(REVIEWS, f"LEICS|STORM|incident|{entry.ref}", entry)
    producer.deliver()
    use(settings, monkeypatch)
    return settings


def assessments(settings: Settings) -> list[Assessment]:
    """Return every assessment on its topic."""
    records = (Codec().decode(Assessment.TOPIC, message.value or b"") for message in messages(settings, ASSESSMENTS))
    return [record for record in records if isinstance(record, Assessment)]


@pytest.mark.kafka
def test_the_queue_is_listed_in_the_order_in_which_it_is_read(
    installation: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a table, as JSON Lines and as CSV; only what waits."""
    assert installation.prefix
    assert main(["reviews", "--format", "jsonl", "--first", "2"]) == 0
    output = capsys.readouterr()
    assert [json.loads(line)["ref"] for line in output.out.splitlines()] == ["I-9", "I-7"]
    assert "the first 2 are expected to hold 0.7 of 0.9" in output.err
    assert main(["reviews", "--format", "csv"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.startswith("force,system,ref,normalised_ref,team,reported_at,due_at,probability,reasons,status")
    assert len(rows) == 3
    assert rows[0].endswith(",0.3,opened as domestic; no officer was sent,WAITING")
    assert main(["reviews"]) == 0
    assert "no officer was sent" in capsys.readouterr().out
    assert main(["reviews", "--force", "LEISC"]) == 1


@pytest.mark.kafka
def test_an_assessment_is_noted_written_and_taken_back(
    installation: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each by an entry of the audit log; the reference may be typed as anybody types it."""
    stated = ["--crimes", "2", "--class", "violence", "--role", "ddm", "--by", "D1"]
    assert main(["assess", "storm: i 7", *stated]) == 0
    (given,) = assessments(installation)
    assert (given.system, given.crimes, given.offence_class, given.assessed_role) == ("STORM", 2, "VIOLENCE", "DDM")
    assert (given.force, given.assessed_by, given.assessed_at) == ("LEICS", "D1", given.event_time)
    assert assessments_by(installation, "LEICS", "STORM", "I-7", "d1") == [given]
    assert main(["assess", "STORM:I-7", "--revoke", "--by", "D1"]) == 0
    lines = [line.partition(" (request")[0] for line in capsys.readouterr().err.splitlines()]
    assert [line.rpartition(" assessed by ")[2] for line in lines[:1]] == ["D1 as DDM"]
    assert "taken back by D1 as DDM" in lines[1]
    revoked = assessments(installation)[-1]
    assert (revoked.revoked, revoked.assessed_at) == (True, given.assessed_at)
    assert revoked.event_time >= given.event_time
    assert assessments_by(installation, "LEICS", "STORM", "I-7", "D1") == []
    assert main(["assess", "STORM:I-7", "--revoke", "--by", "D1"]) == 1
    verification, faults = verify(installation)
    assert (verification.entries, faults) == (2, [])


@pytest.mark.kafka
@pytest.mark.parametrize(("role", "is_told"), [("supervisor", True), ("deputy-fcr", False)])
def test_who_may_not_decide_that_there_is_no_crime_is_told_so(
    installation: Settings, capsys: pytest.CaptureFixture[str], role: str, *, is_told: bool
) -> None:
    """A role that was forgotten is noticed at once."""
    assert main(["assess", "STORM:I-7", "--crimes", "0", "--rationale", "Read", "--role", role, "--by", "D1"]) == 0
    assert len(assessments(installation)) == 1
    assert ("somebody has looked" in capsys.readouterr().err) is is_told


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("stated", "is_told"),
    [
        (["--class", "theft", "--rationale", "No force was used", "--role", "ddm"], False),
        (["--class", "theft", "--rationale", "No force was used"], True),
        (["--class", "theft", "--role", "ddm"], True),
    ],
)
def test_a_crime_is_assessed_by_its_class_and_why(
    installation: Settings, capsys: pytest.CaptureFixture[str], stated: list[str], *, is_told: bool
) -> None:
    """Whoever gives one that settles no reclassification is told so."""
    assert main(["assess", "CIS:C 7", *stated, "--by", "D1"]) == 0
    (given,) = assessments(installation)
    assert (given.system, given.crimes, given.offence_class) == ("CIS", None, "THEFT")
    assert ("settles no reclassification" in capsys.readouterr().err) is is_told


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["STORM:I-8", "--crimes", "1"], 1, "nothing is known of STORM I-8 of LEICS"),
        (["I-7", "--crimes", "1"], 2, "SYSTEM:REF"),
        (["STORM:I-7"], 2, "how many crimes"),
        (["STORM:I-7", "--crimes", "0", "--role", "fcr"], 2, "needs a rationale"),
        (["STORM:I-7", "--crimes", "1", "--role", "ops"], 2, "--role: one of fcr"),
        (["STORM:I-7", "--crimes", "1", "--class", "MISCHIEF"], 2, "an offence class is one of"),
        (["STORM:I-7", "--crimes", "1", "--force", "KENT"], 1, "nothing is known of KENT"),
    ],
)
def test_what_cannot_be_assessed_is_refused_in_one_line(
    installation: Settings, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, sentence: str
) -> None:
    """And nothing is written."""
    assert main(["assess", *arguments]) == status
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert assessments(installation) == []
