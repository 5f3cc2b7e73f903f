"""The data folder of one broker, and its preparation for a start."""

from __future__ import annotations

import base64
import fcntl
import os
import shutil
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from deploy.local.kafka.errors import KafkaUnavailableError

LEAST_FREE_BYTES = 200 * 1024 * 1024
LOCK_WAIT_S = 15.0
"""How long to wait for the folder: the broker of a killed owner closes its logs before it ends."""


@dataclass(frozen=True, slots=True)
class NodeFolder:
    """The data folder of one broker: settings, logs, last port, output."""

    root: Path

    @property
    def logs(self) -> Path:
        """Kafka's own folder: every topic's data, and the cluster id."""
        return self.root / "logs"

    @property
    def settings(self) -> Path:
        """The settings of the last start."""
        return self.root / "server.properties"

    @property
    def output(self) -> Path:
        """The file of what the broker wrote since its last start."""
        return self.root / "broker.log"

    @property
    def scratch(self) -> Path:
        """The JVM's temporary files; a broker that was killed leaves its unpacked native libraries here."""
        return self.root / "scratch"

    def prepare(self) -> None:
        """Make the folder, and check that it can be written.  Raises KafkaUnavailableError."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(self.scratch, ignore_errors=True)
            self.scratch.mkdir()
            self.output.write_bytes(b"")
            free = shutil.disk_usage(self.root).free
        except OSError as failure:
            raise KafkaUnavailableError(
                f"The data folder {self.root} cannot be written ({failure.strerror}): mend it, or name another."
            ) from failure
        if free < LEAST_FREE_BYTES:
            raise KafkaUnavailableError(
                f"The disk of the data folder {self.root} is nearly full ({free // 2**20} MB free, "
                f"{LEAST_FREE_BYTES // 2**20} needed): make room, or name another folder."
            )

    def lock(self) -> int:
        """Lock the folder for one broker; the returned descriptor holds it until every copy is closed."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as failure:
            raise KafkaUnavailableError(
                f"The data folder {self.root} cannot be written ({failure.strerror}): mend it, or name another."
            ) from failure
        give_up_at = time.monotonic() + LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > give_up_at:
                    os.close(lock)
                    raise KafkaUnavailableError(
                        f"Another Kafka is running on the data folder {self.root}: stop it, or name another folder."
                    ) from None
                time.sleep(0.1)
            else:
                return lock

    def last_port(self) -> int | None:
        """Return the port of the last start, so that clients that remember it find the broker again."""
        try:
            return int((self.root / "port").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def remember_port(self, port: int) -> None:
        """Keep the port for the next start."""
        (self.root / "port").write_text(f"{port}\n", encoding="ascii")

    def last_output(self, lines: int = 3) -> str:
        """Return the end of the broker's output, without stack traces, as one line."""
        output = self.output.read_text(encoding="utf-8", errors="replace").splitlines()
        messages = [line.strip() for line in output if line.strip() and not line.lstrip().startswith(("at ", "..."))]
        return " | ".join(messages[-lines:]) or "it wrote nothing"

    def format(self, java: list[str]) -> None:
        """Give new storage its cluster id, whole or not at all; storage that has one keeps it.

        ``java`` is the command line up to the class's name; the settings must have been written.
        """
        if self.logs.exists():
            return
        unfinished = self.root / "logs.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        settings = self.root / "format.properties"
        settings.write_text(
            self.settings.read_text(encoding="ascii") + f"log.dirs={unfinished}\n",  # the last one counts
            encoding="ascii",
        )
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        tool = [*java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", f"--config={settings}"]
        formatted = subprocess.run(tool, stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True)
        if formatted.returncode != 0:
            self.output.write_text(formatted.stdout + formatted.stderr, encoding="utf-8")
            raise KafkaUnavailableError(f"Kafka's storage in {self.root} could not be made: {self.last_output()}")
        unfinished.rename(self.logs)
        settings.unlink()
