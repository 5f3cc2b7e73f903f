"""A watched folder: which files are read, in which order, and what becomes of them."""

from __future__ import annotations

import gzip
import json
import os
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.observability.metrics import Metrics
from deploy.connect.folder import arrivals
from deploy.connect.folder.definition import FolderFeed
from deploy.connect.runner import FeedRunner
from schemas.records import Crime, Heartbeat
from schemas.rows import write_json
from schemas.times import from_rfc3339
from streams.topology.metrics import CONNECT
from tests.deploy.connect.fakes import AT, TOPIC, ConnectionLostError, SentRecords, crime, feed_of

STILL = 0.05
MAPPING = """
topic = "cis.crimes.v1"

[fields]
crime_ref = "Ref"
force = { constant = "LEICS" }
source = { constant = "CIS" }
event_id = { digest = [] }
event_time = "At"
FIELDS
"""
FIELDS = {
    TOPIC: """
recorded_at = "At"
offence_code = { constant = "8N" }
offence_class = { constant = "VIOLENCE" }
status = { constant = "RECORDED" }
""",
    "cis.no-crimes.v1": """
decided_at = "At"
decided_by = { constant = "FCR" }
reason = { constant = "C1" }
offence_class = { constant = "VIOLENCE" }
""",
}


def folder_feed(tmp_path: Path, **keys: Any) -> FolderFeed:
    """Return a feed of the folder ``drop``."""
    (tmp_path / "drop").mkdir(exist_ok=True)
    return FolderFeed(folder="drop", still_seconds=STILL, look_seconds=STILL, **({"topic": TOPIC} | keys))


def run_once(tmp_path: Path, feed: FolderFeed, sent: SentRecords | None = None) -> SentRecords:
    """Read what is in the folder."""
    sent = sent or SentRecords()
    assert FeedRunner(feed_of(tmp_path, feed), lambda: sent, Metrics(CONNECT)).run(threading.Event(), once=True)
    return sent


def drop(tmp_path: Path, name: str, records: list[Crime | Heartbeat], age: int = 0) -> Path:
    """Drop a file of records that was changed so many seconds ago."""
    file = tmp_path / "drop" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"".join(write_json(record) + b"\n" for record in records))
    os.utime(file, (AT / 1000 - age, AT / 1000 - age))
    return file


def receipts(tmp_path: Path, folder: str = "done") -> list[dict[str, Any]]:
    """Return the receipts of a folder."""
    return [json.loads(file.read_text()) for file in sorted((tmp_path / "drop" / folder).glob("*.receipt.json"))]


def test_a_whole_file_is_sent_vouched_for_and_moved_with_a_receipt(tmp_path: Path) -> None:
    """The receipt says what became of its rows."""
    file = drop(tmp_path, "crimes.jsonl", [crime(1), crime(2)])
    with file.open("ab") as out:
        out.write(b"rubbish\n\n")
    os.utime(file, (AT / 1000, AT / 1000))
    sent = run_once(tmp_path, folder_feed(tmp_path))
    assert sent.snapshots == [crime(1), crime(2)]
    newest = crime(2).event_time
    assert sent.heartbeats == [("LEICS", "CIS", 0), ("LEICS", "CIS", newest - 1)]
    done = tmp_path / "drop" / "done"
    assert sorted(path.name for path in done.iterdir()) == [
        "20260601T120000Z-crimes.jsonl",
        "20260601T120000Z-crimes.jsonl.receipt.json",
        "20260601T120000Z-crimes.jsonl.rejected.jsonl",
    ]
    (receipt,) = receipts(tmp_path)
    assert {name: receipt[name] for name in ("file", "feed", "topic", "rows", "sent", "set_aside", "refused")} == {
        "file": "crimes.jsonl",
        "feed": "crimes",
        "topic": TOPIC,
        "rows": 3,
        "sent": 2,
        "set_aside": 1,
        "refused": None,
    }
    assert receipt["complete_through"] == "2026-06-01T11:59:00.001Z"
    assert len(receipt["sha256"]) == 64


def test_the_same_content_dropped_again_is_not_sent_again_and_its_receipt_says_so(tmp_path: Path) -> None:
    """By whatever name and however late: an old export must not undo a newer one."""
    drop(tmp_path, "a.jsonl", [crime(1)])
    run_once(tmp_path, folder_feed(tmp_path))
    drop(tmp_path, "b.jsonl", [crime(1)], age=-60)
    again = run_once(tmp_path, folder_feed(tmp_path))
    assert again.snapshots == []
    assert again.heartbeats == [("LEICS", "CIS", crime(1).event_time - 1)]
    first, second = receipts(tmp_path)
    assert first["same_as"] is None
    assert (second["same_as"]["file"], second["sent"]) == ("a.jsonl", 0)


@pytest.mark.parametrize(("order", "expected"), [("file_time", [1, 2]), ("name", [2, 1])])
def test_files_are_read_in_the_order_of_their_times_or_names(tmp_path: Path, order: Any, expected: list[int]) -> None:
    """What is fed later may correct what was fed before."""
    drop(tmp_path, "b.jsonl", [crime(1)], age=60)
    drop(tmp_path, "a.jsonl", [crime(2)])
    sent = run_once(tmp_path, folder_feed(tmp_path, order=order))
    assert [record.crime_ref for record in sent.snapshots if isinstance(record, Crime)] == [f"C{n}" for n in expected]


def test_a_file_that_cannot_be_used_is_moved_to_refused_with_its_reason(tmp_path: Path) -> None:
    """The others are read."""
    drop(tmp_path, "none.jsonl", [])
    (tmp_path / "drop" / "none.jsonl").write_text("rubbish\nmore\n")
    (tmp_path / "drop" / "link.jsonl").symlink_to("/etc/hosts")
    drop(tmp_path, "crimes.storm.incidents.v1.jsonl", [crime(5)])
    drop(tmp_path, "good.jsonl", [crime(1)])
    assert run_once(tmp_path, folder_feed(tmp_path)).snapshots == [crime(1)]
    reasons = {receipt["file"]: receipt["refused"] for receipt in receipts(tmp_path, "refused")}
    assert reasons == {
        "link.jsonl": "it is a link: put the file itself here",
        "none.jsonl": "none of its 2 rows is a record; the first: NOT_JSON: the line is not one JSON object",
        "crimes.storm.incidents.v1.jsonl": "it is named after storm.incidents.v1, and the feed is of cis.crimes.v1",
    }
    assert [receipt["file"] for receipt in receipts(tmp_path)] == ["good.jsonl"]


def test_what_is_not_whole_is_left_where_it_is(tmp_path: Path) -> None:
    """An empty file, a cut gzip, an unfinished name: each may be whole in a minute."""
    drop(tmp_path, "empty.jsonl", [])
    whole = gzip.compress(write_json(crime(1)) + b"\n")
    (tmp_path / "drop" / "cut.jsonl.gz").write_bytes(whole[:-9])
    drop(tmp_path, ".hidden.jsonl", [crime(2)])
    drop(tmp_path, "half.jsonl.part", [crime(3)])
    stopped = threading.Event()
    sent = SentRecords()
    runner = FeedRunner(feed_of(tmp_path, folder_feed(tmp_path)), lambda: sent, Metrics(CONNECT))
    thread = threading.Thread(target=runner.run, args=(stopped,))
    thread.start()
    stopped.wait(6 * STILL)
    assert (tmp_path / "drop" / "cut.jsonl.gz").exists()
    (tmp_path / "drop" / "cut.jsonl.gz").write_bytes(whole)
    (tmp_path / "drop" / "half.jsonl.part").rename(tmp_path / "drop" / "half.jsonl")
    stopped.wait(10 * STILL)
    stopped.set()
    thread.join()
    assert sorted(path.name for path in (tmp_path / "drop").iterdir()) == [".hidden.jsonl", "done", "empty.jsonl"]
    assert {record.event_id for record in sent.snapshots} == {"CIS-1", "CIS-3"}


def test_several_topics_lie_in_one_folder_each_with_its_mapping(tmp_path: Path) -> None:
    """The name of a file says which; JSON Lines need no mapping."""
    for topic, name in ((TOPIC, "crimes"), ("cis.no-crimes.v1", "others")):
        (tmp_path / f"{name}.toml").write_text(MAPPING.replace(TOPIC, topic).replace("FIELDS", FIELDS[topic]))
    feed = folder_feed(tmp_path, topic=None, mapping=("crimes", "others.toml"))
    (tmp_path / "drop" / f"1-{TOPIC}.csv").write_text("Ref,At\nC1,2026-05-01T10:00:00Z\n")
    (tmp_path / "drop" / "2.cis.no-crimes.v1.csv").write_text("Ref,At\nC1,2026-05-02T10:00:00Z\n")
    (tmp_path / "drop" / "3.csv").write_text("Ref,At\nC2,2026-05-02T10:00:00Z\n")
    drop(tmp_path, f"{TOPIC}.jsonl", [crime(3)])
    sent = run_once(tmp_path, feed)
    assert {record.TOPIC for record in sent.snapshots} == {TOPIC, "cis.no-crimes.v1"}
    vouched = {(topic, heartbeat.complete_through) for topic, heartbeat in sent.vouched if heartbeat.complete_through}
    assert vouched == {
        (TOPIC, from_rfc3339("2026-05-01T10:00:00Z") - 1),
        (TOPIC, crime(3).event_time - 1),
        ("cis.no-crimes.v1", from_rfc3339("2026-05-02T10:00:00Z") - 1),
    }
    (refused,) = receipts(tmp_path, "refused")
    assert refused["file"] == "3.csv"
    assert "which mapping is it read by?" in refused["refused"]


def test_a_file_that_is_read_again_after_a_kill_has_the_revisions_it_had(tmp_path: Path) -> None:
    """They are taken from when it was first read, which is kept before any row is sent."""
    (tmp_path / "crimes.toml").write_text(
        MAPPING.replace("FIELDS", FIELDS[TOPIC] + "revision = { feeding_time = true }\n")
    )
    feed = folder_feed(tmp_path, mapping="crimes")
    (tmp_path / "drop" / "a.csv").write_text("Ref,At\nC1,2026-05-01T10:00:00Z\nC2,2026-05-01T10:00:00Z\n")
    killed = SentRecords(fail_at=2)
    with pytest.raises(ConnectionLostError):
        FeedRunner(feed_of(tmp_path, feed), lambda: killed, Metrics(CONNECT)).run(threading.Event(), once=True)
    later = replace(feed_of(tmp_path, feed), clock=lambda: AT + 60_000)
    again = SentRecords()
    assert FeedRunner(later, lambda: again, Metrics(CONNECT)).run(threading.Event(), once=True)
    assert again.snapshots[0] == killed.snapshots[0]
    assert len(again.snapshots) == 2


def test_a_process_that_was_killed_while_it_filed_a_file_away_files_it_away(tmp_path: Path) -> None:
    """The receipt is written before the file is moved, and again when it is read again."""
    file = drop(tmp_path, "a.jsonl", [crime(1)])
    place = tmp_path / "drop" / "done" / "20260601T120000Z-a.jsonl.receipt.json"
    place.parent.mkdir()
    place.write_text("{}")
    run_once(tmp_path, folder_feed(tmp_path))
    assert not file.exists()
    assert receipts(tmp_path)[0]["sent"] == 1


def test_a_file_that_goes_on_while_it_is_read_is_read_again_as_a_whole(tmp_path: Path) -> None:
    """It is not moved away under its writer, who would go on in a file that nobody reads."""
    file = drop(tmp_path, "a.jsonl", [crime(1)])

    class Writer(SentRecords):
        """Appends to the file when its first record is sent."""

        def flush(self) -> None:
            if len(self.flushed) == 1:
                with file.open("ab") as out:
                    out.write(write_json(crime(2)) + b"\n")
            super().flush()

    sent = run_once(tmp_path, folder_feed(tmp_path), Writer())
    assert [record.event_id for record in sent.snapshots] == ["CIS-1", "CIS-1", "CIS-2"]
    (receipt,) = receipts(tmp_path)
    assert receipt["rows"] == 2


def test_two_files_of_one_name_and_time_both_stay(tmp_path: Path) -> None:
    """The second lies beside the first, with the beginning of its hash in front."""
    for number in (1, 2):
        drop(tmp_path, "a.jsonl", [crime(number)])
        run_once(tmp_path, folder_feed(tmp_path))
    names = sorted(path.name for path in (tmp_path / "drop" / "done").glob("*.jsonl"))
    assert len(names) == 2
    assert [name.endswith("20260601T120000Z-a.jsonl") for name in names] == [True, True]


@pytest.mark.parametrize(
    ("keys", "through"),
    [
        ({}, crime(1).event_time - 1),
        ({"margin_seconds": 2.0}, crime(1).event_time - 2001),
        ({"complete_through": "file_time"}, AT - 10_000 - 1),
        ({"complete_through": "nothing"}, None),
    ],
)
def test_a_file_vouches_as_its_feed_says(tmp_path: Path, keys: dict[str, Any], through: int | None) -> None:
    """Never for the moment of its newest record itself: another of the same may still be to come."""
    drop(tmp_path, "a.jsonl", [crime(1)], age=10)
    sent = run_once(tmp_path, folder_feed(tmp_path, **keys))
    assert [moment for _, _, moment in sent.heartbeats] == ([] if through is None else [0, through])


def test_a_file_that_holds_heartbeats_vouches_by_them_alone(tmp_path: Path) -> None:
    """Whoever wrote them knows better."""
    drop(tmp_path, "a.jsonl", [crime(1), Heartbeat(force="LEICS", source="CIS", complete_through=AT - 7)])
    assert run_once(tmp_path, folder_feed(tmp_path)).heartbeats == [("LEICS", "CIS", 0), ("LEICS", "CIS", AT - 7)]


@pytest.mark.parametrize(
    ("harm", "line"),
    [
        (lambda folder: folder.rmdir(), "No such file or directory"),
        (lambda folder: (folder.rmdir(), folder.write_text("")), "it is no folder"),
        (
            lambda folder: folder.chmod(0o777),
            "everybody may put files there (mode 0777), and so records: take that right from others (chmod o-w)",
        ),
    ],
)
def test_a_folder_that_cannot_be_used_is_named_in_one_line(tmp_path: Path, harm: Any, line: str) -> None:
    """And is looked at again, since a share may be mounted late."""
    feed = feed_of(tmp_path, folder_feed(tmp_path))
    harm(tmp_path / "drop")
    runner = FeedRunner(feed, SentRecords, Metrics(CONNECT))
    assert not runner.run(threading.Event(), once=True)
    assert feed.cursors.condition("crimes").trouble == f"{tmp_path / 'drop'}: {line}"


def test_what_lies_refused_is_to_be_seen_to_until_it_is_taken_away(tmp_path: Path) -> None:
    """The remark is what people are shown of a feed that gets on."""
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "a.jsonl").write_text("rubbish\n")
    feed = feed_of(tmp_path, folder_feed(tmp_path))
    runner = FeedRunner(feed, SentRecords, Metrics(CONNECT))
    assert runner.run(threading.Event(), once=True)
    remark = feed.cursors.condition("crimes").remark or ""
    assert remark.startswith(f"1 file lies in {tmp_path / 'drop' / 'refused'} until somebody has seen to it: a.jsonl (")
    for file in (tmp_path / "drop" / "refused").iterdir():
        if not file.name.endswith(".receipt.json"):
            file.unlink()
    assert runner.run(threading.Event(), once=True)
    assert feed.cursors.condition("crimes").remark is None


def test_forgetting_a_feed_lets_it_read_the_same_content_again(tmp_path: Path) -> None:
    """As after a Kafka was made anew."""
    drop(tmp_path, "a.jsonl", [crime(1)])
    run_once(tmp_path, folder_feed(tmp_path))
    drop(tmp_path, "a.jsonl", [crime(1)], age=-5)
    feed_of(tmp_path, folder_feed(tmp_path)).cursors.forget("crimes")
    assert run_once(tmp_path, folder_feed(tmp_path)).snapshots == [crime(1)]


def test_another_mapping_reads_the_same_content_again(tmp_path: Path) -> None:
    """One that was mended is to take back what it said."""
    for value in ("1", "2"):
        (tmp_path / "crimes.toml").write_text(
            MAPPING.replace("FIELDS", FIELDS[TOPIC] + f'team = {{ constant = "{value}" }}\n')
        )
        (tmp_path / "drop").mkdir(exist_ok=True)
        (tmp_path / "drop" / "a.csv").write_text("Ref,At\nC1,2026-05-01T10:00:00Z\n")
        assert len(run_once(tmp_path, folder_feed(tmp_path, mapping="crimes")).snapshots) == 1


def test_a_file_that_somebody_takes_away_while_it_is_read_is_no_failure(tmp_path: Path) -> None:
    """What of it was sent stays sent."""
    file = drop(tmp_path, "a.jsonl", [crime(1)])

    class Somebody(SentRecords):
        """Takes the file away once its records are sent."""

        def flush(self) -> None:
            file.unlink(missing_ok=True)
            super().flush()

    assert run_once(tmp_path, folder_feed(tmp_path), Somebody()).snapshots == [crime(1)]
    assert receipts(tmp_path) == []


def test_a_file_that_somebody_goes_on_to_write_after_it_was_moved_away_is_read_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a network share nobody says that it is open."""
    monkeypatch.setattr(arrivals, "is_open_for_writing", lambda _: False)
    file = drop(tmp_path, "a.jsonl", [crime(1)])
    sent, stopped = SentRecords(), threading.Event()
    writer = file.open("ab")

    def go_on() -> None:
        while file.exists():
            stopped.wait(STILL)
        writer.write(write_json(crime(2)) + b"\n")
        writer.close()
        while len(sent.snapshots) < 3:
            stopped.wait(STILL)
        stopped.set()

    threading.Thread(target=go_on).start()
    assert FeedRunner(feed_of(tmp_path, folder_feed(tmp_path)), lambda: sent, Metrics(CONNECT)).run(stopped)
    assert [record.event_id for record in sent.snapshots] == ["CIS-1", "CIS-1", "CIS-2"]


def test_an_archive_is_read_as_what_it_holds_and_waited_for_while_it_is_not_whole(tmp_path: Path) -> None:
    """Its directory stands at its end."""
    (tmp_path / "crimes.toml").write_text(MAPPING.replace("FIELDS", FIELDS[TOPIC]))
    feed = folder_feed(tmp_path, mapping="crimes")
    with zipfile.ZipFile(tmp_path / "whole.zip", "w") as archive:
        archive.writestr("a.csv", "Ref,At\nC1,2026-05-01T10:00:00Z\n")
        archive.writestr("b.csv", "Ref,At\nC2,2026-05-01T10:00:00Z\nC3,never\n")
    content = (tmp_path / "whole.zip").read_bytes()
    file = tmp_path / "drop" / "crimes.zip"
    file.write_bytes(content[:-30])
    assert run_once(tmp_path, feed).records == []
    assert file.exists()
    file.write_bytes(content)
    assert len(run_once(tmp_path, feed).snapshots) == 2
    (receipt,) = receipts(tmp_path)
    assert (receipt["rows"], receipt["sent"], receipt["set_aside"]) == (3, 2, 1)
