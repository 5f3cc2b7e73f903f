"""A feed that runs: what is confirmed, what is tried again, and what is shown of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.kafka.producer import NotDeliveredError
from agents.observability.metrics import Metrics
from deploy.connect import runner as runner_module
from deploy.connect.batch import NOT_YET, Batch
from deploy.connect.cursors import FeedCondition
from deploy.connect.definition import ConnectedFeed
from deploy.connect.runner import FeedRunner
from deploy.connect.sources import SourceUnavailableError
from schemas.records import Snapshot
from streams.topology.metrics import (
    CONNECT,
    FEED_COMPLETE_THROUGH,
    FEED_LAST_LOOK,
    FEED_LAST_SUCCESS,
    FEED_ROWS,
    FEED_UP,
)
from tests.deploy.connect.fakes import AT, TOPIC, ListFeed, ListSource, SentRecords, bad_row, crime, feed_of, row

LEVELS = ("debug", "info", "warning")


class UnsteadyProducer(SentRecords):
    """A producer that is refused a record now and then, as if the broker were away."""

    def __init__(self, refusals: list[int]) -> None:
        super().__init__()
        self._refusals = refusals

    def send(self, record: Snapshot) -> None:
        """Keep it, or raise."""
        if self._refusals and self._refusals.pop(0):
            raise NotDeliveredError("cis.crimes.v1: Broker: Not available")
        super().send(record)


class UnsteadySource(ListSource):
    """A source that cannot be read at first."""

    failures = 2

    def batches(self, stopped: threading.Event, *, once: bool) -> Iterator[Batch]:
        """Fail, and then yield what is there."""
        if self.failures:
            self.failures -= 1
            raise SourceUnavailableError("the database does not answer")
        yield from super().batches(stopped, once=once)


def runner_of(feed: ConnectedFeed, producer: SentRecords) -> tuple[FeedRunner, Metrics]:
    """Return what runs a feed, and its metrics."""
    metrics = Metrics(CONNECT)
    return FeedRunner(feed, lambda: producer, metrics), metrics


def batches() -> list[Batch]:
    """Return two batches."""
    return [
        Batch("a", [row(crime(1)), bad_row(2)], complete_through=AT - 9),
        Batch("b", [row(crime(3)), row(None)], complete_through=AT - 3),
    ]


def logged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """Return the events and reasons that are logged from now on."""
    lines: list[tuple[str, object]] = []
    monkeypatch.setattr(
        runner_module,
        "_log",
        type(
            "Log",
            (),
            {
                level: staticmethod(lambda event, **fields: lines.append((event, fields.get("reason"))))
                for level in LEVELS
            },
        ),
    )
    return lines


@pytest.fixture
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(runner_module, "LONGEST_PAUSE_SECONDS", 0.001)


def test_each_batch_is_sent_and_then_confirmed_and_all_of_it_is_counted(tmp_path: Path) -> None:
    """What people see of a feed is how much came, when, and through when it vouches."""
    source, sent = ListSource(batches()), SentRecords()
    source.remark = "a file waits"
    feed = feed_of(tmp_path, ListFeed(topic=TOPIC, sources=(source,)))
    runner, metrics = runner_of(feed, sent)
    assert not runner.is_up
    assert runner.run(threading.Event(), once=True)
    assert [origin for origin, _ in source.confirmed] == ["a", "b"]
    assert sent.snapshots == [crime(1), crime(3)]
    assert (runner.is_up, source.closed) == (True, 1)
    assert feed.cursors.condition("crimes") == FeedCondition(AT, AT, AT - 3, remark="a file waits")
    rows = {outcome: metrics.value(FEED_ROWS, "crimes", outcome) for outcome in ("sent", "skipped", "refused")}
    assert rows == {"sent": 2, "skipped": 1, "refused": 1}
    for metric, value in ((FEED_UP, 1), (FEED_LAST_SUCCESS, AT / 1000), (FEED_COMPLETE_THROUGH, AT / 1000 - 0.003)):
        assert metrics.value(metric, "crimes") == value, metric
    assert metrics.value(FEED_LAST_LOOK, "crimes") == AT / 1000


@pytest.mark.usefixtures("_no_pauses")
def test_what_the_broker_does_not_take_is_read_and_sent_again(tmp_path: Path) -> None:
    """A batch that failed in its middle is not confirmed, and no other overtakes it."""

    class TwiceReadable(ListSource):
        """Makes its batches anew whenever it is opened."""

        def batches(self, stopped: threading.Event, *, once: bool) -> Iterator[Batch]:
            self.all = batches()
            for batch in super().batches(stopped, once=once):
                if len(self.confirmed) == 2:
                    stopped.set()
                yield batch

    source, producer = TwiceReadable([]), UnsteadyProducer([0, 1, 1, 0])
    feed = feed_of(tmp_path, ListFeed(topic=TOPIC, sources=(source,)))
    runner, _ = runner_of(feed, producer)
    assert runner.run(threading.Event())
    assert [origin for origin, _ in source.confirmed] == ["a", "b"]
    assert producer.snapshots == [crime(1), crime(3)]
    assert source.closed == 3


@pytest.mark.usefixtures("_no_pauses")
def test_a_failure_is_named_once_and_gone_when_it_has_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours of the same trouble are one line, and the doctor reads since when."""
    lines = logged(monkeypatch)
    source = UnsteadySource(batches())
    feed = feed_of(tmp_path, ListFeed(topic=TOPIC, sources=(source,)))
    runner, _ = runner_of(feed, SentRecords())
    stopped = threading.Event()
    thread = threading.Thread(target=runner.run, args=(stopped,))
    thread.start()
    while not runner.is_up:
        stopped.wait(0.01)
    stopped.set()
    thread.join()
    assert [line for line in lines if line[0].startswith("feed_")] == [
        ("feed_failed", "the database does not answer"),
        ("feed_recovered", None),
    ]
    assert feed.cursors.condition("crimes").trouble is None


@pytest.mark.usefixtures("_no_pauses")
def test_looking_at_what_is_there_does_not_show_that_sending_works_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a broker that is away for hours would be named at every attempt, and the feed be up in between."""
    lines: list[str] = []
    log = type("Log", (), {level: staticmethod(lambda event, **_: lines.append(event)) for level in LEVELS})
    monkeypatch.setattr(runner_module, "_log", log)

    class SlowSource(ListSource):
        """Looks at its batches for a while before it yields them."""

        def batches(self, stopped: threading.Event, *, once: bool) -> Iterator[Batch]:
            yield NOT_YET
            assert not sent or not runner.is_up
            sent.append(1)
            self.all = batches()
            yield from super().batches(stopped, once=once)
            stopped.set()

    sent: list[int] = []
    source, stopped = SlowSource([]), threading.Event()
    feed = feed_of(tmp_path, ListFeed(topic=TOPIC, sources=(source,)))
    runner, _ = runner_of(feed, UnsteadyProducer([1, 1, 1]))
    monkeypatch.setattr(stopped, "wait", lambda *_: stopped.is_set())
    assert runner.run(stopped)
    assert [line for line in lines if line.startswith("feed_")] == ["feed_failed", "feed_recovered"]
    assert len(sent) == 4


def test_once_ends_at_the_first_failure_and_keeps_its_reason(tmp_path: Path) -> None:
    """Whoever calls it from a timetable must see that it did not work."""
    source = UnsteadySource(batches())
    feed = feed_of(tmp_path, ListFeed(topic=TOPIC, sources=(source,)))
    runner, metrics = runner_of(feed, SentRecords())
    assert not runner.run(threading.Event(), once=True)
    condition = feed.cursors.condition("crimes")
    assert (condition.trouble, condition.trouble_since) == ("the database does not answer", AT)
    assert metrics.value(FEED_UP, "crimes") == 0


def test_a_process_that_meets_what_the_one_before_met_names_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever starts a feed by hand reads in its log why it fails."""
    lines = logged(monkeypatch)
    for _ in range(2):
        feed = feed_of(tmp_path, ListFeed(topic=TOPIC, sources=(UnsteadySource(batches()),)))
        runner, _ = runner_of(feed, SentRecords())
        assert not runner.run(threading.Event(), once=True)
    assert lines == [("feed_failed", "the database does not answer")] * 2
