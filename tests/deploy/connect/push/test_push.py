"""Pushing over HTTP: what is answered, and what was fed by then."""

from __future__ import annotations

import gzip
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from agents.kafka.producer import NotDeliveredError
from agents.observability.metrics import Metrics
from deploy.connect.definition import ConnectedFeed
from deploy.connect.push.definition import PushFeed
from deploy.connect.push.source import PushSource
from deploy.connect.push.store import PushStore
from deploy.connect.push.tokens import PushTokens
from deploy.connect.runner import FeedRunner
from deploy.connect.sources import SourceUnavailableError
from schemas.records import Crime
from schemas.rows import write_json
from schemas.times import to_rfc3339
from streams.topology.metrics import CONNECT
from tests.agents.notifier.servers import certificate
from tests.deploy.connect.fakes import AT, TOPIC, SentRecords, crime, feed_of

LINES = {"Content-Type": "application/x-ndjson"}
MAPPING = """
topic = "cis.crimes.v1"
[fields]
event_id = { digest = [] }
force = { constant = "LEICS" }
source = { constant = "FORMS" }
event_time = { column = "When", time = ["%d/%m/%Y %H:%M"], zone = "Europe/London" }
crime_ref = "No"
recorded_at = { column = "When", time = ["%d/%m/%Y %H:%M"], zone = "Europe/London" }
offence_code = { constant = "8N" }
offence_class = { constant = "VIOLENCE" }
status = { constant = "RECORDED" }
"""


class Pushed:
    """A feed that listens, and what it has sent on."""

    def __init__(self, client: httpx.Client, sent: SentRecords, source: PushSource, token: str) -> None:
        self.client = client
        self.sent = sent
        self.source = source
        self.token = token

    def post(
        self, *records: Crime, path: str = "/records", body: bytes | None = None, **headers: str
    ) -> httpx.Response:
        """Push records as JSON Lines, or what is given instead."""
        content = b"".join(write_json(record) + b"\n" for record in records) if body is None else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(path, content=content, headers=LINES | named)


@contextmanager
def listening(folder: Path, sent: SentRecords | None = None, **keys: Any) -> Iterator[Pushed]:
    """Run a feed, on a port of its own."""
    sent = sent or SentRecords()
    opened: list[PushSource] = []

    class Definition(PushFeed, frozen=True, kw_only=True, tag="push"):
        """Keeps the source that it opens."""

        def open(self, feed: ConnectedFeed) -> PushSource:
            """Listen."""
            opened.append(super().open(feed))
            return opened[-1]

    defaults: dict[str, Any] = {"topic": TOPIC, "port": 0}
    definition = Definition(**(defaults | keys))
    token = PushTokens(PushStore(folder / "data" / "connect", "crimes")).make(AT)
    feed = feed_of(folder, definition)
    runner = FeedRunner(feed, lambda: sent, Metrics(CONNECT))
    stopped = threading.Event()
    thread = threading.Thread(target=runner.run, args=(stopped,))
    thread.start()
    try:
        while not opened:
            stopped.wait(0.01)
        with httpx.Client(
            base_url=f"http://127.0.0.1:{opened[0].port}", headers={"Authorization": f"Bearer {token}"}, timeout=20
        ) as client:
            yield Pushed(client, sent, opened[0], token)
    finally:
        stopped.set()
        thread.join()


def test_what_is_answered_with_200_is_with_the_broker(tmp_path: Path) -> None:
    """And behind it the heartbeat through which the sender vouches."""
    with listening(tmp_path) as pushed:
        answer = pushed.post(crime(1), crime(2), path=f"/records?complete_through={to_rfc3339(AT)}")
        assert (answer.status_code, answer.json()) == (200, {"fed": 2, "skipped": 0, "set_aside": 0})
        assert pushed.sent.snapshots == [crime(1), crime(2)]
        assert pushed.sent.heartbeats[-1] == (crime(1).force, crime(1).source, AT)
        assert pushed.sent.flushed[-1] == len(pushed.sent.records)


def test_an_array_and_one_object_are_read_as_lines_are(tmp_path: Path) -> None:
    """Rows are told by their place."""
    with listening(tmp_path) as pushed:
        array = b"[" + b",\n".join(write_json(crime(n)) for n in (1, 2)) + b"]"
        assert pushed.post(body=array, Content_Type="application/json; charset=utf-8").json()["fed"] == 2
        assert pushed.post(body=write_json(crime(3)), Content_Type="application/json").json()["fed"] == 1
        assert pushed.sent.snapshots == [crime(1), crime(2), crime(3)]
        bad = b"[" + write_json(crime(4)) + b", {}]"
        assert pushed.post(body=bad, Content_Type="application/json").json()["rows"][0]["row"] == 2


def test_csv_and_json_are_read_by_the_feeds_mapping(tmp_path: Path) -> None:
    """Gzipped too."""
    (tmp_path / "forms.toml").write_text(MAPPING)
    with listening(tmp_path, mapping="forms") as pushed:
        body = gzip.compress(b"No,When\nC-1,01/06/2026 12:00\n")
        answer = pushed.post(body=body, Content_Type="text/csv", Content_Encoding="gzip")
        assert answer.json() == {"fed": 1, "skipped": 0, "set_aside": 0}
        (record,) = pushed.sent.snapshots
        assert isinstance(record, Crime)
        assert record.crime_ref == "C-1"
        json = b'[{"No": "C-2", "When": "01/06/2026 12:00"}]'
        assert pushed.post(body=json, Content_Type="application/json").json()["fed"] == 1
        assert pushed.post(body=body, Content_Type="text/plain").status_code == 415


def test_one_bad_row_refuses_all_and_is_named(tmp_path: Path) -> None:
    """The sender keeps them, and mends it."""
    with listening(tmp_path) as pushed:
        body = write_json(crime(1)) + b"\nrubbish\n"
        answer = pushed.post(body=body)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["rows"] == [{"row": 2, "reason": "NOT_JSON", "detail": "the line is not one JSON object"}]
        assert pushed.sent.records == []


def test_whoever_prefers_it_has_bad_rows_set_aside(tmp_path: Path) -> None:
    """The good ones are fed; the bad are in the answer, and kept."""
    with listening(tmp_path) as pushed:
        answer = pushed.post(body=write_json(crime(1)) + b"\nrubbish\n", Prefer="handling=lenient")
        assert answer.status_code == 200
        assert (answer.json()["fed"], answer.json()["set_aside"], answer.json()["rows"][0]["row"]) == (1, 1, 2)
        assert pushed.sent.snapshots == [crime(1)]
    (rejected,) = (tmp_path / "data" / "connect").glob("*.rejected.jsonl")
    assert msgspec.json.decode(rejected.read_bytes())["row"] == "rubbish"


def test_a_request_sent_again_with_its_key_feeds_nothing_twice(tmp_path: Path) -> None:
    """After a restart too; with another body it is refused."""
    with listening(tmp_path) as pushed:
        first = pushed.post(crime(1), Idempotency_Key='"k-1"')
    with listening(tmp_path) as pushed:
        again = pushed.post(crime(1), Idempotency_Key="k-1")
        assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
        assert pushed.sent.records == []
        assert pushed.post(crime(2), Idempotency_Key="k-1").status_code == 422
        assert pushed.post(crime(2), Idempotency_Key="").status_code == 400
        assert pushed.post(crime(2), Idempotency_Key="k-2").json()["fed"] == 1


def test_only_a_valid_token_opens_the_feed(tmp_path: Path) -> None:
    """The description and the health page are anybody's."""
    with listening(tmp_path) as pushed:
        for authorization in ("", "Bearer", "Bearer nonsense", f"Basic {pushed.token}", f"Bearer {pushed.token}x"):
            answer = pushed.post(crime(1), Authorization=authorization)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert pushed.sent.records == []
        del pushed.client.headers["Authorization"]
        assert pushed.client.get("/openapi.json").status_code == 200
        assert pushed.client.get("/healthy").text == "ok\n"
        assert pushed.client.post("/complete").status_code == 401


def test_how_far_a_sender_is_can_be_said_without_records(tmp_path: Path) -> None:
    """Once there is a source to vouch for, and never of a time to come."""
    with listening(tmp_path) as pushed:
        assert pushed.post(path=f"/complete?through={to_rfc3339(AT)}").status_code == 409
        pushed.post(crime(1))
        assert pushed.post(path=f"/complete?through={to_rfc3339(AT)}").json()["fed"] == 0
        assert pushed.sent.heartbeats[-1] == (crime(1).force, crime(1).source, AT)
        for through in ("", "?through=yesterday", "?through=2126-01-01T00:00:00Z"):
            assert pushed.post(path=f"/complete{through}").status_code == 400


def test_a_feed_that_nobody_vouches_for_sends_no_heartbeat(tmp_path: Path) -> None:
    """Not even its first, after which only heartbeats would count."""
    with listening(tmp_path, complete_through="nothing") as pushed:
        assert pushed.post(crime(1)).status_code == 200
        assert pushed.post(crime(2), path=f"/records?complete_through={to_rfc3339(AT)}").status_code == 409
        assert pushed.sent.records == [crime(1)]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b"\n\n", {}, 400),
        (b"[1, 2", {"Content_Type": "application/json"}, 400),
        (b"[" * 999, {"Content_Type": "application/json"}, 400),
        (b"x" * 2000, {}, 413),
        (gzip.compress(b"\n" * 10_000_000), {"Content_Encoding": "gzip"}, 413),
        (gzip.compress(b"{}")[:-4], {"Content_Encoding": "gzip"}, 400),
        (b"no gzip", {"Content_Encoding": "gzip"}, 400),
        (b"{}", {"Content_Encoding": "br"}, 415),
        (b"{}", {"Content_Type": "text/html"}, 415),
        (b"{}\n" * 4, {}, 413),
        (b"\xff\xfe{\0}\0", {}, 400),
    ],
    ids=[
        "empty",
        "blank lines",
        "half an array",
        "deep",
        "too long",
        "bomb",
        "half a gzip",
        "no gzip",
        "brotli",
        "html",
        "too many rows",
        "utf-16",
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, body: bytes, headers: dict[str, str], status: int) -> None:
    """With the status that says whose fault it is, and nothing of it fed."""
    with listening(tmp_path, most_bytes=1000, most_rows=3) as pushed:
        answer = pushed.post(body=body, **headers)
        assert answer.status_code == status, answer.text
        assert answer.json()["detail"]
        assert pushed.sent.records == []


class Stuck(SentRecords):
    """A producer that waits in its flush until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def flush(self) -> None:
        """Wait."""
        self.go_on.wait(10)
        super().flush()


def test_who_comes_while_too_many_wait_is_asked_to_come_later(tmp_path: Path) -> None:
    """And those that wait are answered in the end."""
    stuck = Stuck()
    with listening(tmp_path, stuck, most_waiting=1) as pushed, ThreadPoolExecutor() as threads:
        waiting = [threads.submit(pushed.post, crime(number)) for number in range(3)]
        refused = next(as_completed(waiting)).result()
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        stuck.go_on.set()
        assert sorted(answer.result().status_code for answer in waiting) == [200, 200, 429]


class Refusing(SentRecords):
    """A producer that loses its broker once."""

    def flush(self) -> None:
        """Fail the first time."""
        first = not self.flushed
        super().flush()
        if first:
            raise NotDeliveredError("the broker is away")


def test_what_the_broker_does_not_take_is_to_be_sent_again(tmp_path: Path) -> None:
    """Its sender is told so, and does it."""
    with listening(tmp_path, Refusing(), port=_free_port()) as pushed:
        answer = pushed.post(crime(1), Idempotency_Key="k")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        again = httpx.Response(503)
        while again.status_code == 503:
            try:
                again = pushed.post(crime(1), Idempotency_Key="k")
            except httpx.TransportError:
                threading.Event().wait(0.1)
        assert again.json()["fed"] == 1


def test_with_a_certificate_it_is_spoken_to_encrypted(tmp_path: Path) -> None:
    """One that is not there is named, and looked for again."""
    names: dict[str, Any] = {"certificate": "certificate.pem", "certificate_key": "key.pem"}
    missing = feed_of(tmp_path, PushFeed(topic=TOPIC, port=0, **names), "other")
    assert not FeedRunner(missing, SentRecords, Metrics(CONNECT)).run(threading.Event(), once=True)
    assert "certificate" in (missing.cursors.condition("other").trouble or "")
    certificate(tmp_path)
    with listening(tmp_path, **names) as pushed:
        trusted = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
        answer = httpx.get(f"https://127.0.0.1:{pushed.source.port}/healthy", verify=trusted)
        assert answer.text == "ok\n"


def test_tokens_that_cannot_be_read_are_a_trouble_that_passes(tmp_path: Path) -> None:
    """The process does not end by it."""
    with opened_push(tmp_path) as (source, file):
        file.write_bytes(b"no database" * 100)
        with pytest.raises(SourceUnavailableError, match="not a database"):
            next(source.batches(threading.Event(), once=True))


def test_the_folder_of_tokens_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Rejected rows lie in it too."""
    PushStore(tmp_path / "data" / "connect", "crimes")
    assert stat.S_IMODE((tmp_path / "data" / "connect").stat().st_mode) == 0o700


@contextmanager
def opened_push(folder: Path) -> Iterator[tuple[PushSource, Path]]:
    """Open a feed that nobody runs, and name the file of its tokens."""
    source = PushFeed(topic=TOPIC, port=0).open(feed_of(folder, PushFeed(topic=TOPIC, port=0)))
    try:
        yield source, folder / "data" / "connect" / "crimes.push.sqlite3"
    finally:
        source.close()


def test_a_port_that_is_taken_is_named_and_tried_again(tmp_path: Path) -> None:
    """As when a former process has not ended yet."""
    with listening(tmp_path) as pushed:
        other = feed_of(tmp_path / "other", PushFeed(topic=TOPIC, port=pushed.source.port))
        runner = FeedRunner(other, SentRecords, Metrics(CONNECT))
        assert not runner.run(threading.Event(), once=True)
        assert "cannot listen" in (other.cursors.condition(other.name).trouble or "")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
