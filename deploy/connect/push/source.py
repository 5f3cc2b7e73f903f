"""The way in of pushed records: each request is a batch, answered once the broker has it."""

from __future__ import annotations

import queue
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from deploy.connect.batch import NOTHING_NEW, Batch
from deploy.connect.delivery import FOLDER
from deploy.connect.push.app import PushApp, unavailable
from deploy.connect.push.kept_answers import KeptAnswer, KeptAnswers
from deploy.connect.push.openapi import description
from deploy.connect.push.problems import ProblemError, bad_rows
from deploy.connect.push.requests import Answer, PushRequest
from deploy.connect.push.server import PushServer
from deploy.connect.push.store import PushStore
from deploy.connect.push.tokens import PushTokens
from deploy.connect.sources import SourceUnavailableError
from deploy.files.record_files import FileRefusedError
from deploy.files.row_reader import FileRow

if TYPE_CHECKING:
    from deploy.connect.definition import ConnectedFeed
    from deploy.connect.push.definition import PushFeed
    from deploy.files.feed import FeedCounts

_LOOK_SECONDS: Final = 0.2
_JSON: Final = "application/json"
_JSON_LINES: Final = "application/x-ndjson"
_MAPPED: Final = ("text/csv", _JSON, _JSON_LINES, "application/xml")
"""What a mapping reads; which of them it is its content says, as of a file."""

_log: Final = structlog.get_logger("cdi.push")


class PushSource:
    """Listens for the requests of one feed, and yields a batch for each."""

    def __init__(self, feed: ConnectedFeed, definition: PushFeed) -> None:
        """Listen.  Raises SourceUnavailableError."""
        self._feed = feed
        self._definition = definition
        self._waiting: queue.SimpleQueue[PushRequest] = queue.SimpleQueue()
        self._in_hand: PushRequest | None = None
        self._bad_rows: list[FileRow] = []
        self._closed = False
        self.remark: str | None = None
        """That nobody can push, where no token was made."""
        try:
            store = PushStore(feed.settings.data / FOLDER, feed.name)
            self._kept_answers = KeptAnswers(store)
            self._tokens = PushTokens(store)
        except (OSError, sqlite3.Error) as failure:
            raise SourceUnavailableError(f"{feed.settings.data / FOLDER}: {failure}") from None
        columns = feed.mappings[0].columns() if feed.mappings else ()
        self._media_types = _MAPPED if feed.mappings else (_JSON, _JSON_LINES)
        app = PushApp(
            self._wait_for,
            self._tokens,
            description(feed.name, feed.topic, self._media_types, sorted(columns)),
            most_bytes=definition.most_bytes,
            most_requests=definition.most_waiting + 1,
            clock=feed.clock,
        )
        self._server = PushServer(app.starlette(), definition.host, definition.port, self._certificate())
        _log.info("listening", feed=feed.name, host=definition.host, port=self._server.port)

    @property
    def port(self) -> int:
        """The port where it listens."""
        return self._server.port

    def batches(self, stopped: threading.Event, *, once: bool) -> Iterator[Batch]:
        """Yield a batch a request, in the order in which their bodies came."""
        while not stopped.is_set():
            try:
                request = self._waiting.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                self.remark = self._remark()
                yield NOTHING_NEW
                if once:
                    return
                continue
            if request.answer.set_running_or_notify_cancel():
                self._in_hand = request
                batch = self._batch(request)
                if batch is not None:
                    yield batch

    def confirm(self, batch: Batch, counts: FeedCounts) -> None:
        """Answer the request, and keep the answer by its idempotency key."""
        request = self._in_hand
        if request is None:
            raise SourceUnavailableError(f"{batch.origin}: no request is being answered")
        content = msgspec.json.encode(
            {
                "fed": counts.snapshots,
                "skipped": counts.skipped,
                "set_aside": counts.refused,
                **({"rows": bad_rows(self._bad_rows)} if self._bad_rows else {}),
            }
        )
        if request.idempotency_key is not None:
            self._keep_answer(request.idempotency_key, KeptAnswer(request.digest, content))
        self._in_hand = None
        request.answer.set_result(Answer(content))

    def close(self) -> None:
        """Listen no longer; what is not answered yet is to be sent again later."""
        self._closed = True
        if self._in_hand is not None:
            self._in_hand.answer.set_exception(unavailable())
            self._in_hand = None
        self._send_away()
        self._server.stop()

    def _send_away(self) -> None:
        """Ask those that wait to come again later."""
        while not self._waiting.empty():
            request = self._waiting.get_nowait()
            if request.answer.set_running_or_notify_cancel():
                request.answer.set_exception(unavailable())

    def _wait_for(self, request: PushRequest) -> None:
        if self._closed:
            raise unavailable()
        self._waiting.put(request)

    def _batch(self, request: PushRequest) -> Batch | None:
        """Return the batch of a request; None where it could be answered without one."""
        try:
            if (before := self._answered_before(request)) is not None:
                self._in_hand = None
                request.answer.set_result(before)
                return None
            self._require_credible(request)
            rows = self._rows(request) if request.has_rows else []
        except ProblemError as problem:
            self._in_hand = None
            request.answer.set_exception(problem)
            return None
        self._bad_rows = [row for row in rows if row.refusal is not None]
        return Batch("request", rows, request.complete_through, total=len(rows))

    def _rows(self, request: PushRequest) -> list[FileRow]:
        """Return the rows of a request.  Raises ProblemError where they are not fed."""
        if request.media_type not in self._media_types:
            raise ProblemError(415, f"Content-Type: one of {', '.join(self._media_types)}")
        with tempfile.NamedTemporaryFile() as content:
            is_array = request.media_type == _JSON and not self._feed.mappings
            content.write(_as_lines(request.body) if is_array else request.body)
            content.flush()
            try:
                read = self._feed.reader().rows(Path(content.name))
                rows = list(islice(read, self._definition.most_rows + 1))
            except FileRefusedError as refusal:
                raise ProblemError(400, str(refusal).removeprefix(f"{content.name}: ")) from None
        if len(rows) > self._definition.most_rows:
            raise ProblemError(413, f"more than {self._definition.most_rows:,} rows: send fewer at once")
        if all(row.is_blank for row in rows):
            raise ProblemError(400, "there is no row in it")
        refused = [row for row in rows if row.refusal is not None]
        if refused and not request.is_lenient:
            raise ProblemError(422, "rows are no records, so that none was fed", rows=refused)
        if self._feed.feedings is not None:
            self._feed.feedings.save_files()
        return rows

    def _require_credible(self, request: PushRequest) -> None:
        """Raise ProblemError where a request vouches for what cannot be."""
        if request.complete_through is not None and not self._definition.vouches:
            raise ProblemError(409, 'feeds.toml has nobody vouch for this feed: its complete_through is "nothing"')
        latest = self._feed.clock() + self._feed.book.far_future
        if request.complete_through is not None and request.complete_through > latest:
            raise ProblemError(400, "complete through a time that is yet to come")
        if not request.has_rows and not self._feed.cursors.voices(self._feed.name):
            raise ProblemError(409, "nothing was pushed to this feed yet, so there is nothing to be complete")

    def _answered_before(self, request: PushRequest) -> Answer | None:
        """Return what a request's idempotency key was answered.

        Raises ProblemError where it was another request's.
        """
        if request.idempotency_key is None:
            return None
        try:
            earlier = self._kept_answers.of(request.idempotency_key, self._feed.clock())
        except sqlite3.Error as failure:
            raise SourceUnavailableError(f"the answers given: {failure}") from None
        if earlier is None:
            return None
        if earlier.request != request.digest:
            raise ProblemError(422, "this Idempotency-Key was sent before, with another request")
        return Answer(earlier.answer, replayed=True)

    def _keep_answer(self, key: str, answer: KeptAnswer) -> None:
        try:
            self._kept_answers.keep(key, answer, self._feed.clock())
        except sqlite3.Error as failure:
            raise SourceUnavailableError(f"the answers given: {failure}") from None

    def _remark(self) -> str | None:
        now = self._feed.clock()
        try:
            states = self._tokens.states()
        except sqlite3.Error as failure:
            raise SourceUnavailableError(f"the tokens: {failure}") from None
        if any(token.ends_at is None or token.ends_at > now for token in states):
            return None
        return f"no token is valid, so that nobody can push: cdi push-tokens make {self._feed.name}"

    def _certificate(self) -> tuple[Path, Path] | None:
        definition = self._definition
        if definition.certificate is None or definition.certificate_key is None:
            return None
        return self._feed.path(definition.certificate), self._feed.path(definition.certificate_key)


def _as_lines(body: bytes) -> bytes:
    """Return a JSON array, or one object, as JSON Lines.  Raises ProblemError."""
    try:
        items = msgspec.json.decode(body, type=list[msgspec.Raw] | dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        raise ProblemError(400, "not a JSON array of objects") from None
    return b"\n".join(b" ".join(bytes(item).splitlines()) for item in items) if isinstance(items, list) else body
