"""A watched folder: which files are read, in which order, and what becomes of them."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from agents.observability.metrics import Metrics
from deploy.connect.folder.definition import FolderFeed
from deploy.connect.runner import FeedRunner
from schemas.records import Crime, Heartbeat
from schemas.rows import write_json
from streams.topology.metrics import CONNECT
from tests.deploy.connect.fakes import AT, TOPIC, SentRecords, crime, feed_of

STILL = 0.05


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
    assert run_once(tmp_path, folder_feed(tmp_path)).records == []
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
