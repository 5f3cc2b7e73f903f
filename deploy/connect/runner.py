"""Run one feed: deliver and confirm its batches, and try again where Kafka or its source fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog
from confluent_kafka import KafkaException

from agents.kafka.producer import NotDeliveredError
from agents.settings.schema_registry import RegistryError
from deploy.connect.batch import NOT_YET, NOTHING_NEW, Batch
from deploy.connect.cursors import CursorsUnavailableError, FeedCondition
from deploy.connect.delivery import Delivery
from deploy.connect.sources import SourceUnavailableError
from deploy.files.feedings import FeedingsUnavailableError
from deploy.files.record_files import FileRefusedError
from schemas.times import to_rfc3339
from streams.topology.metrics import (
    FEED_COMPLETE_THROUGH,
    FEED_LAST_LOOK,
    FEED_LAST_SUCCESS,
    FEED_REMARK,
    FEED_ROWS,
    FEED_UP,
)

if TYPE_CHECKING:
    from agents.observability.metrics import Metrics
    from deploy.connect.definition import ConnectedFeed
    from deploy.files.feed import FeedCounts, Producer
    from deploy.files.row_reader import FileRow

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0
_KEPT_EVERY_MS: Final = 30_000
"""How often it is kept that the process gets on."""
_CLOCK_EVERY: Final = 100
"""Rows from one look at the clock to the next."""
_NAMED_REFUSED: Final = 3
"""Rows of a batch that are named in the log; all are kept with their reasons."""
FAILURES: Final = (
    SourceUnavailableError,
    FileRefusedError,
    NotDeliveredError,
    RegistryError,
    KafkaException,
    CursorsUnavailableError,
    FeedingsUnavailableError,
)
"""What passes by itself or is mended from outside: the source is opened anew after a pause."""

_log: Final = structlog.get_logger("cdi.connect")


class _StoppedError(Exception):
    """The process is told to stop in the middle of a batch, which is sent again by the next."""


class FeedRunner:
    """Runs one feed until it is told to stop."""

    def __init__(self, feed: ConnectedFeed, connect: Callable[[], Producer], metrics: Metrics) -> None:
        """``connect`` makes a producer.  Raises CursorsUnavailableError."""
        self._feed = feed
        self._delivery = Delivery(feed, connect)
        self._metrics = metrics
        self._condition = feed.cursors.condition(feed.name)
        self._named_trouble: str | None = None
        """What this process has named last, while it has not passed."""
        self._kept_at = 0
        self._batch, self._rows, self._refused = NOTHING_NEW, 0, 0
        self._pause = FIRST_PAUSE_SECONDS
        self.is_up = False
        """Whether the last look and the last sending worked."""
        self._show()
        metrics.set(FEED_UP, 0, feed.name)
        metrics.begin(FEED_ROWS, [feed.name], ("sent", "skipped", "refused", "deleted"))

    def run(self, stopped: threading.Event, *, once: bool = False) -> bool:
        """Deliver batches until ``stopped`` is set, or with ``once`` until there are no more.

        Return whether all went well.  Without ``once`` what fails is tried again, after pauses that grow from a
        second to a minute.
        """
        while not stopped.is_set():
            try:
                self._run(stopped, once=once)
            except _StoppedError:
                _log.info("stopped_within", feed=self._feed.name, origin=self._batch.origin)
                return True
            except FAILURES as failure:
                self._fail(failure)
                if once:
                    return False
                stopped.wait(self._pause)
                self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
            else:
                if once:
                    return True
        return True

    def _run(self, stopped: threading.Event, *, once: bool) -> None:
        source = self._feed.definition.open(self._feed)
        try:
            for batch in source.batches(stopped, once=once):
                if batch is NOT_YET and self._condition.trouble is not None:
                    self._note_progress()  # whether it has passed shows when what is there is sent
                    continue
                if batch not in (NOTHING_NEW, NOT_YET):
                    self._batch, self._rows, self._refused = batch, 0, 0
                    counts = self._delivery.deliver(batch, partial(self._note_row, stopped))
                    source.confirm(batch, counts)
                    self._note_success(batch, counts)
                remarks = [remark for remark in (source.remark, self._delivery.remark) if remark is not None]
                self._recover("; ".join(remarks) or None)
                if stopped.is_set():
                    return
        finally:
            source.close()

    def _note_row(self, stopped: threading.Event, row: FileRow) -> None:
        """Name the first rows that are refused, and say every half minute how far a batch is.

        Raises _StoppedError.
        """
        self._rows += 1
        if row.refusal is not None:
            self._refused += 1
            if self._refused <= _NAMED_REFUSED:
                _log.warning(
                    "row_refused",
                    feed=self._feed.name,
                    origin=self._batch.origin,
                    line=row.line,
                    reason=str(row.refusal),
                )
        if self._rows % _CLOCK_EVERY:
            return
        if stopped.is_set():
            raise _StoppedError
        if self._note_progress():
            of = {} if self._batch.total is None else {"of": self._batch.total}
            _log.info("feeding", feed=self._feed.name, origin=self._batch.origin, rows=self._rows, **of)

    def _note_progress(self) -> bool:
        """Keep every half minute that the process gets on; return whether it was kept now."""
        at = self._feed.clock()
        due = at - self._kept_at >= _KEPT_EVERY_MS
        if due:
            self._keep(self._condition._replace(looked_at=at))
        return due

    def _note_success(self, batch: Batch, counts: FeedCounts) -> None:
        name = self._feed.name
        outcomes = {
            "sent": counts.snapshots,
            "skipped": counts.skipped,
            "refused": counts.refused,
            "deleted": counts.deleted,
        }
        for outcome, rows in outcomes.items():
            self._metrics.count(FEED_ROWS, name, outcome, by=rows)
        at = self._feed.clock()
        known = [batch.complete_through, self._condition.complete_through]
        through = max((moment for moment in known if moment is not None), default=None)
        self._keep(self._condition._replace(looked_at=at, succeeded_at=at, complete_through=through))
        if batch.refused is not None:
            _log.warning("origin_refused", feed=name, origin=batch.origin, reason=batch.refused)
            return
        is_quiet = batch.remark is None and not any(outcomes.values())  # a heartbeat alone
        (_log.debug if is_quiet else _log.info)(
            "fed",
            feed=name,
            origin=batch.origin,
            sent=counts.snapshots,
            skipped=counts.skipped,
            refused=counts.refused,
            **({"deleted": counts.deleted} if counts.deleted else {}),
            heartbeats=counts.heartbeats,
            complete_through=None if batch.complete_through is None else to_rfc3339(batch.complete_through),
            **({} if batch.remark is None else {"remark": batch.remark}),
        )

    def _fail(self, failure: Exception) -> None:
        """Name what went wrong, unless it was named last."""
        reason = failure.args[0].str() if isinstance(failure, KafkaException) else str(failure)
        self.is_up = False
        self._metrics.set(FEED_UP, 0, self._feed.name)
        if reason == self._named_trouble:
            return
        self._named_trouble = reason
        _log.warning("feed_failed", feed=self._feed.name, reason=reason)
        since = self._condition.trouble_since or self._feed.clock()
        self._keep(self._condition._replace(trouble=reason, trouble_since=since))

    def _recover(self, remark: str | None) -> None:
        """Note that the feed gets on, and what is to be seen to nevertheless."""
        self._pause = FIRST_PAUSE_SECONDS
        self._named_trouble = None
        before = self._condition
        if before.trouble is not None:
            _log.info("feed_recovered", feed=self._feed.name)
        if remark is not None and remark != before.remark:
            _log.warning("feed_remark", feed=self._feed.name, remark=remark)
        if before.trouble is not None or remark != before.remark:
            looked_at = self._feed.clock()
            self._keep(FeedCondition(looked_at, before.succeeded_at, before.complete_through, remark=remark))
        self.is_up = True
        self._metrics.set(FEED_UP, 1, self._feed.name)
        self._metrics.set(FEED_REMARK, remark is not None, self._feed.name)
        self._note_progress()

    def _keep(self, condition: FeedCondition) -> None:
        self._condition = condition
        self._kept_at = self._feed.clock()
        self._show()
        try:
            self._feed.cursors.keep_condition(self._feed.name, condition)
        except CursorsUnavailableError as failure:
            _log.warning("condition_not_kept", feed=self._feed.name, reason=str(failure))

    def _show(self) -> None:
        moments = (
            (FEED_LAST_LOOK, self._condition.looked_at),
            (FEED_LAST_SUCCESS, self._condition.succeeded_at),
            (FEED_COMPLETE_THROUGH, self._condition.complete_through),
        )
        for metric, moment in moments:
            if moment is not None:
                self._metrics.set(metric, moment / 1000, self._feed.name)
