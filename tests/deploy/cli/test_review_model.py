"""``cdi review-model``: a model is trained on files, written to be read, and scores what waits."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from agents.kafka.reader import messages
from agents.settings.settings import Settings
from agents.topics.audit_log import verify
from deploy.cli import main
from deploy.cli.review_model import _send
from deploy.local.cluster import provide_topics
from schemas.codec import Codec
from schemas.records import Score, Snapshot
from schemas.rows import write_json
from streams.topology.topics import SOURCES
from tests.streams.world import assessment, incident

FIRST, READ, LATER = "2016-03-10 12:00", "2016-03-10 18:00", "2016-03-20 12:00"
NOW = "2016-03-21T12:00:00Z"
OLD = [incident(FIRST, f"old-{number}", opening_code="CONCERN") for number in range(12)]
JUDGED = [assessment(READ, ref=f"old-{number}", crimes=int(number < 4)) for number in range(8)]
WAITING = [incident(LATER, "new-1", opening_code="CONCERN")]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Return what makes commands judge a few logs, two thirds of which somebody read."""
    return ["--until", NOW, "--files", *written(tmp_path, *OLD, *JUDGED, *WAITING)]


def written(folder: Path, *snapshots: Snapshot) -> list[str]:
    """Write a file a topic and return their paths."""
    lines: dict[str, bytes] = {}
    for snapshot in snapshots:
        lines[snapshot.TOPIC] = lines.get(snapshot.TOPIC, b"") + write_json(snapshot) + b"\n"
    for topic, rows in lines.items():
        (folder / f"{topic}.jsonl").write_bytes(rows)
    return [str(folder / f"{topic}.jsonl") for topic in lines]


def test_a_model_is_trained_and_scores_what_waits(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its file names no report; its scores go into the topic's file, for whoever feeds them."""
    model, out = tmp_path / "model.json", tmp_path / "compliance.scores.v1.jsonl"
    assert main(["review-model", "train", "--out", str(model), *files]) == 0
    assert "learnt from 8 reports that people read" in capsys.readouterr().err
    text = model.read_text()
    assert json.loads(text)["read"] == 8
    assert "opened CONCERN" in text
    assert "old-" not in text.casefold()
    assert main(["review-model", "score", str(model), "--out", str(out), *files]) == 0
    scores = {line["ref"]: line["probability"] for line in map(json.loads, out.read_text().splitlines())}
    assert scores.keys() == {"new-1", "old-8", "old-9", "old-10", "old-11"}
    assert all(0.2 < probability < 0.8 for probability in scores.values())
    assert "reviews.score_weight is 0" in capsys.readouterr().err
    assert main(["review-model", "score", str(model), "--out", str(tmp_path / "again"), *files, str(out)]) == 0
    assert (tmp_path / "again").read_text() == ""


def test_where_nobody_read_anything_there_is_nothing_to_learn_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No file is written."""
    model = tmp_path / "model.json"
    arguments = ["--out", str(model), "--until", NOW, "--files", *written(tmp_path, *OLD)]
    assert main(["review-model", "train", *arguments]) == 1
    assert "nobody assessed a report" in capsys.readouterr().err
    assert not model.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "No such file"),
        (b"{", "not a model"),
        (b'{"format": 1}', "not a model"),
        (
            (
                b'{"format": 2, "force": "LEICS", "version": "1", "unread": 1, "read": 1,'
                b' "answered": {"without": 0, "marks": {}}, "hides": {"without": 0, "marks": {}}}'
            ),
            "this release reads format 1",
        ),
    ],
    ids=["missing", "no JSON", "another object", "another format"],
)
def test_what_is_no_model_is_refused(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, sentence: str
) -> None:
    """In one line."""
    model = tmp_path / "model.json"
    if content is not None:
        model.write_bytes(content)
    assert main(["review-model", "score", str(model), "--out", str(tmp_path / "out"), *files]) == 2
    assert sentence in capsys.readouterr().err


def test_scores_of_files_go_to_a_file(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is no topic to send them to."""
    assert main(["review-model", "score", str(tmp_path / "model.json"), *files]) == 2
    assert "--files needs --out" in capsys.readouterr().err


@pytest.mark.kafka
def test_scores_are_noted_in_the_audit_log_and_sent(kafka: str, tmp_path: Path) -> None:
    """One entry for all of a run."""
    prefix = f"scores-{uuid.uuid4().hex[:8]}."
    settings = Settings(kafka=kafka, prefix=prefix, partitions=2, clock="stream", data=tmp_path, worker="t")
    provide_topics(settings)
    given = Score(
        event_id="1", force="LEICS", source="m", event_time=1, system="STORM", ref="I-1", model="m 1", probability=0.5
    )
    _send(settings, [given], "D1")
    (topic,) = (topic for topic in SOURCES if topic.name == Score.TOPIC)
    sent = [Codec().decode(Score.TOPIC, message.value or b"") for message in messages(settings, topic)]
    assert sent == [given]
    verification, faults = verify(settings)
    assert (verification.entries, faults) == (1, [])
