"""What is sent of a batch, and in which order."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import msgspec
import pytest

from deploy.connect.batch import Batch
from deploy.connect.cursors import Voice
from deploy.connect.delivery import Delivery
from deploy.files.feed import FeedCounts
from schemas.records import Heartbeat
from schemas.times import DAY
from tests.deploy.connect.fakes import (
    AT,
    TOPIC,
    ConnectionLostError,
    ListFeed,
    SentRecords,
    bad_row,
    crime,
    feed_of,
    row,
)
from tests.deploy.files.mapping import occurrences


class SilentFeed(ListFeed, frozen=True, kw_only=True, tag="silent"):
    """A feed that never vouches."""

    @property
    def vouches(self) -> bool:
        """It does not."""
        return False


def test_a_batch_is_with_the_broker_before_its_heartbeats_are_sent(tmp_path: Path) -> None:
    """The clock must not run ahead of a record that is still on its way."""
    sent = SentRecords()
    delivery = Delivery(feed_of(tmp_path, ListFeed(topic=TOPIC)), lambda: sent)
    counts = delivery.deliver(Batch("a", [row(crime(1)), row(crime(2))], complete_through=AT))
    assert sent.heartbeats == [("LEICS", "CIS", 0), ("LEICS", "CIS", AT)]
    assert sent.snapshots == [crime(1), crime(2)]
    assert sent.flushed == [3, 4]
    assert counts == FeedCounts(snapshots=2, heartbeats=1)


def test_a_source_heard_later_begins_with_nothing_complete(tmp_path: Path) -> None:
    """Else the first source's heartbeats would drive the clock past its records."""
    sent = SentRecords()
    delivery = Delivery(feed_of(tmp_path, ListFeed(topic=TOPIC)), lambda: sent)
    delivery.deliver(Batch("a", [row(crime(1))], complete_through=AT - 5))
    delivery.deliver(Batch("b", [row(crime(2)), row(crime(3, "CIS2"))], complete_through=AT))
    assert sent.heartbeats == [
        ("LEICS", "CIS", 0),
        ("LEICS", "CIS", AT - 5),
        ("LEICS", "CIS2", 0),
        ("LEICS", "CIS", AT),
        ("LEICS", "CIS2", AT),
    ]


def test_a_batch_without_rows_vouches_for_every_source_that_was_ever_heard(tmp_path: Path) -> None:
    """A look that finds nothing new says as much as one that does, also in the next process."""
    feed = feed_of(tmp_path, ListFeed(topic=TOPIC))
    Delivery(feed, SentRecords).deliver(Batch("a", [row(crime(1)), row(crime(2, "CIS2", "DERBS"))]))
    assert feed.cursors.voices("crimes") == {Voice(TOPIC, "LEICS", "CIS"), Voice(TOPIC, "DERBS", "CIS2")}
    sent = SentRecords()
    Delivery(feed, lambda: sent).deliver(Batch("b", complete_through=AT))
    assert sent.heartbeats == [("DERBS", "CIS2", AT), ("LEICS", "CIS", AT)]


def test_a_way_that_never_vouches_opens_no_heartbeats(tmp_path: Path) -> None:
    """A heartbeat at the epoch that none follows would hold the clock for ever."""
    sent = SentRecords()
    Delivery(feed_of(tmp_path, SilentFeed(topic=TOPIC)), lambda: sent).deliver(Batch("a", [row(crime(1))]))
    assert sent.heartbeats == []


def test_a_way_that_never_vouches_passes_over_the_heartbeats_among_its_rows(tmp_path: Path) -> None:
    """Whoever sends them is not who feeds.toml says may vouch; they are counted."""
    sent = SentRecords()
    heartbeat = Heartbeat(force="LEICS", source="CIS", complete_through=AT - 1)
    delivery = Delivery(feed_of(tmp_path, SilentFeed(topic=TOPIC)), lambda: sent)
    counts = delivery.deliver(Batch("a", [row(crime(1)), row(heartbeat)]))
    assert sent.heartbeats == []
    assert counts == FeedCounts(snapshots=1, skipped=1)


def test_rows_heartbeats_are_sent_as_they_are(tmp_path: Path) -> None:
    """Records in our own shape may carry them."""
    sent = SentRecords()
    heartbeat = Heartbeat(force="LEICS", source="CIS", complete_through=AT - 1)
    counts = Delivery(feed_of(tmp_path, ListFeed(topic=TOPIC)), lambda: sent).deliver(Batch("a", [row(heartbeat)]))
    assert sent.records == [(TOPIC, heartbeat)]
    assert counts.heartbeats == 1


def test_rejected_rows_are_kept_with_their_origin_and_reason_and_others_are_counted(tmp_path: Path) -> None:
    """Nobody but the owner may read them: a bad row may hold anything."""
    feed = feed_of(tmp_path, ListFeed(topic=TOPIC))
    counts = Delivery(feed, SentRecords).deliver(Batch("orders/7", [bad_row(7), row(None, 8), row(crime(9), 9)]))
    assert counts == FeedCounts(snapshots=1, refused=1, skipped=1)
    file = feed.settings.data / "connect" / "crimes.rejected.jsonl"
    (line,) = map(json.loads, file.read_text().splitlines())
    assert (line["file"], line["line"], line["reason"], line["row"]) == ("orders/7", 7, "WRONG_TYPE", bad_row().text)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_rejected_rows_of_a_batch_that_was_not_sent_are_kept_once_it_is(tmp_path: Path) -> None:
    """It is read and sent again every minute while the broker is away."""
    feed = feed_of(tmp_path, ListFeed(topic=TOPIC))
    producers = iter([SentRecords(), SentRecords(fail_at=1), SentRecords(fail_at=1), SentRecords()])
    delivery = Delivery(feed, lambda: next(producers))
    delivery.deliver(Batch("orders/6", [bad_row(6)]))
    delivery = Delivery(feed, lambda: next(producers))
    for _ in range(2):
        with pytest.raises(ConnectionLostError):
            delivery.deliver(Batch("orders/7", [bad_row(7), row(crime(8))]))
    delivery.deliver(Batch("orders/7", [bad_row(7), row(crime(8))]))
    file = feed.settings.data / "connect" / "crimes.rejected.jsonl"
    assert [json.loads(line)["line"] for line in file.read_text().splitlines()] == [6, 7]


def test_a_batch_of_which_too_much_is_set_aside_vouches_for_nothing(tmp_path: Path) -> None:
    """Nor does a look that finds nothing new after it, in the next process either, until a batch is sound again."""
    feed = feed_of(tmp_path, ListFeed(topic=TOPIC))
    sent = SentRecords()
    batch = Batch("a", [row(crime(number)) for number in range(88)] + [bad_row()] * 12, complete_through=AT)
    Delivery(feed, lambda: sent).deliver(batch)
    assert sent.heartbeats == [("LEICS", "CIS", 0)]
    assert batch.complete_through is None
    assert batch.remark == ("it vouches for nothing: 12 of 100 rows were set aside, more than set_aside_most allows")
    delivery = Delivery(feed, lambda: sent)
    delivery.deliver(Batch("b", complete_through=AT))
    assert len(sent.heartbeats) == 1
    remarks = [delivery.remark]
    delivery.deliver(Batch("c", [row(crime(99))], complete_through=AT))
    remarks.append(delivery.remark)
    assert [remark is None for remark in remarks] == [False, True]
    delivery.deliver(Batch("d", complete_through=AT + 1))
    assert sent.heartbeats[1:] == [("LEICS", "CIS", AT), ("LEICS", "CIS", AT + 1)]


@pytest.mark.parametrize(
    ("most", "bad", "vouches"),
    [(0.05, 10, True), (0.05, 11, False), (0.0, 1, False), (0.2, 20, True), (0.2, 21, False), (1.0, 100, True)],
)
def test_how_much_may_be_set_aside_is_said_of_the_feed(tmp_path: Path, most: float, bad: int, vouches: bool) -> None:
    """A row set aside is as a dead letter: kept, counted, and mended later."""
    sent = SentRecords()
    delivery = Delivery(feed_of(tmp_path, ListFeed(topic=TOPIC, set_aside_most=most)), lambda: sent)
    delivery.deliver(Batch("before", [row(crime(1000))]))
    rows = [*(row(crime(number)) for number in range(100 - bad)), *[bad_row()] * bad]
    delivery.deliver(Batch("a", rows, complete_through=AT))
    assert (("LEICS", "CIS", AT) in sent.heartbeats) == vouches


@pytest.mark.parametrize("is_killed", [False, True])
@pytest.mark.parametrize(("sound", "vouches"), [(100, False), (200, True)])
def test_the_last_of_several_pages_vouches_for_none_where_too_much_of_all_is_set_aside(
    tmp_path: Path, sound: int, vouches: bool, is_killed: bool
) -> None:
    """A look's last page speaks for the whole look, also where the process was killed within it."""
    feed = feed_of(tmp_path, ListFeed(topic=TOPIC))
    sent = SentRecords()
    delivery = Delivery(feed, lambda: sent)
    delivery.deliver(Batch("page 1", [row(crime(number)) for number in range(88)] + [bad_row()] * 12))
    delivery = Delivery(feed, lambda: sent) if is_killed else delivery
    delivery.deliver(Batch("page 2", [row(crime(number)) for number in range(sound)], complete_through=AT))
    assert (("LEICS", "CIS", AT) in sent.heartbeats) == vouches
    delivery.deliver(Batch("page 1 of the next look", [row(crime(1))], complete_through=AT + 1))
    assert ("LEICS", "CIS", AT + 1) in sent.heartbeats


def test_records_older_than_workers_remember_are_named(tmp_path: Path) -> None:
    """Beside what else is to be said of the origin; they are sent, and vouched for, as all others."""
    delivery = Delivery(feed_of(tmp_path, ListFeed(topic=TOPIC)), SentRecords)
    old = msgspec.structs.replace(crime(1), event_time=AT - 801 * DAY)
    batch = Batch("a", [row(old), row(crime(2))], complete_through=AT, remark="the last line has no end")
    assert delivery.deliver(batch) == FeedCounts(snapshots=2, heartbeats=1)
    assert batch.remark is not None
    first, second = batch.remark.split("; ")
    assert first == "the last line has no end"
    assert second.startswith("1 snapshot is older than the policy's forget_after, 800 days, the oldest of 2024-03-22T")
    recent = Batch("b", [row(crime(3))])
    delivery.deliver(recent)
    assert recent.remark is None


def test_after_a_failure_another_producer_is_made(tmp_path: Path) -> None:
    """One that has failed raises for good."""
    producers = [SentRecords(fail_at=1), SentRecords()]
    made = iter(producers)
    delivery = Delivery(feed_of(tmp_path, ListFeed(topic=TOPIC)), lambda: next(made))
    with pytest.raises(ConnectionLostError):
        delivery.deliver(Batch("a", [row(crime(1))]))
    delivery.deliver(Batch("a", [row(crime(1))]))
    delivery.deliver(Batch("b", [row(crime(2))]))
    assert producers[1].snapshots == [crime(1), crime(2)]
    assert producers[1].heartbeats == [("LEICS", "CIS", 0)]


def test_what_rows_of_two_topics_deliver_is_vouched_for_on_both(tmp_path: Path) -> None:
    """Each begins with nothing complete, and a batch without a record of one is as complete for it."""
    (tmp_path / "m.toml").write_text(occurrences.MAPPING)
    (tmp_path / "a.csv").write_text(occurrences.TABLE)
    feed = feed_of(tmp_path, ListFeed(topic="storm.incidents.v1", mapping=str(tmp_path / "m.toml")))
    sent = SentRecords()
    delivery = Delivery(feed, lambda: sent)
    counts = delivery.deliver(Batch("a", feed.reader().rows(tmp_path / "a.csv"), complete_through=AT - 5))
    assert counts == FeedCounts(snapshots=5, heartbeats=2)
    assert {record.TOPIC for record in sent.snapshots} == {"storm.incidents.v1", TOPIC}
    delivery.deliver(Batch("b", complete_through=AT))
    assert sent.heartbeats == [("LEICS", "OCC", through) for through in (0, 0, AT - 5, AT - 5, AT, AT)]
    assert {voice.topic for voice in feed.cursors.voices("crimes")} == {"storm.incidents.v1", TOPIC}
