"""Fetching the broker's files: only what is pinned is ever kept, and whatever went wrong, the next run mends it."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from deploy.local.kafka import KafkaUnavailableError, free_port
from deploy.local.kafka.artefacts import PinnedFile, provide, read_pins
from deploy.local.kafka.broker import PINS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATH = PurePosixPath("org/example/thing/1.0/thing-1.0.jar")
CONTENT = b"the true content" * 1000
PIN = PinnedFile(PATH, hashlib.sha256(CONTENT).hexdigest())


class Repository:
    """A Maven repository on loopback that serves one file, as the test has it do."""

    def __init__(self) -> None:
        self.body = CONTENT
        self.announced_length = len(CONTENT)
        self.requests = 0
        repository = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path != f"/{PATH}":
                    self.send_error(404)
                    return
                repository.requests += 1
                self.send_response(200)
                self.send_header("Content-Length", str(repository.announced_length))
                self.end_headers()
                self.wfile.write(repository.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's word
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addresses = {"here": f"http://127.0.0.1:{self.server.server_port}"}


@pytest.fixture
def repository() -> Iterator[Repository]:
    """Serve a repository for the test."""
    served = Repository()
    thread = threading.Thread(target=served.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {".lock"}


def test_a_file_is_fetched_once(repository: Repository, tmp_path: Path) -> None:
    """The first start fetches, the second finds the file in the cache."""
    progress: list[str] = []
    for _ in range(2):
        (path,) = provide([PIN], tmp_path, repository.addresses, progress.append)
        assert path.read_bytes() == CONTENT
    assert repository.requests == 1
    assert progress == ["Fetching Kafka, once: file 1 of 1, thing-1.0.jar"]


def test_a_damaged_file_is_refused_and_fetched_again(repository: Repository, tmp_path: Path) -> None:
    """A cached file whose content changed is not used; the true one replaces it."""
    (path,) = provide([PIN], tmp_path, repository.addresses)
    path.write_bytes(b"something else")
    (path,) = provide([PIN], tmp_path, repository.addresses)
    assert path.read_bytes() == CONTENT
    assert repository.requests == 2


def test_content_other_than_pinned_is_never_kept(repository: Repository, tmp_path: Path) -> None:
    """A repository that serves other content is refused by name and hash, and leaves no file."""
    repository.body = CONTENT[::-1]
    with pytest.raises(KafkaUnavailableError, match=r"^thing-1\.0\.jar is not what was pinned: its SHA-256 is "):
        provide([PIN], tmp_path, repository.addresses)
    assert _files(tmp_path) == set()


def test_a_download_cut_short_is_made_good_by_the_next_run(repository: Repository, tmp_path: Path) -> None:
    """A connection that breaks half way fails in one sentence; the next run fetches the whole file."""
    repository.body = CONTENT[:100]
    with pytest.raises(KafkaUnavailableError, match=r"^thing-1\.0\.jar could not be downloaded: [^\n]+$"):
        provide([PIN], tmp_path, repository.addresses)
    assert _files(tmp_path) == set()
    repository.body = CONTENT
    (path,) = provide([PIN], tmp_path, repository.addresses)
    assert path.read_bytes() == CONTENT


def test_what_a_killed_download_left_is_swept_out(repository: Repository, tmp_path: Path) -> None:
    """A process killed while it downloads leaves a part that the next run neither uses nor keeps."""
    part = tmp_path / "incoming-killed" / PATH
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT[:100])
    provide([PIN], tmp_path, repository.addresses)
    assert _files(tmp_path) == {str(PATH)}


def test_a_repository_out_of_reach_is_named(tmp_path: Path) -> None:
    """Without a network the file that is wanting is named."""
    with pytest.raises(KafkaUnavailableError, match=r"^thing-1\.0\.jar could not be downloaded: "):
        provide([PIN], tmp_path, {"nowhere": f"http://127.0.0.1:{free_port()}"})


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A cache folder that cannot be made is refused with the setting that names another."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KafkaUnavailableError, match=r"^The cache folder .* cannot be used .*CDI_CACHE"):
        provide([PIN], tmp_path / "file" / "cache")


def test_every_pin_is_a_jar_and_kafka_is_among_them() -> None:
    """The list in the repository holds each file once, in Maven's layout, with a whole SHA-256."""
    pins = read_pins(PINS)
    assert len({pin.path for pin in pins}) == len(pins)
    assert {pin.path.suffix for pin in pins} == {".jar"}
    assert {len(bytes.fromhex(pin.sha256)) for pin in pins} == {32}
    assert PurePosixPath("org/apache/kafka/kafka_2.13/4.4.0/kafka_2.13-4.4.0.jar") in {pin.path for pin in pins}
