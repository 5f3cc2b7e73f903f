"""The Kafka that this machine's services use, embedded or not, and its topics."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from agents.kafka.connectivity import connection_problem
from agents.kafka.topic_differences import check_topics, describe
from agents.kafka.topics import create_topics
from deploy.local.kafka import EmbeddedKafka
from deploy.local.kafka.ports import is_free
from streams.topology.topics import TOPICS

if TYPE_CHECKING:
    from agents.settings.settings import Settings

ADDRESS = "kafka.address"
"""The file, in the data folder, that has the address of the embedded Kafka while it runs."""
_TIMEOUT_SECONDS = 30.0


class ServicesFailedError(Exception):
    """The services cannot go on; the message says why, for a user."""


class Cluster(NamedTuple):
    """The Kafka that services use."""

    bootstrap: str
    embedded: EmbeddedKafka | None = None
    """The broker, where this process runs it."""

    def require_running(self) -> None:
        """Raise ServicesFailedError where the embedded broker has ended."""
        broker = self.embedded
        if broker is not None and not broker.is_running:
            raise ServicesFailedError(f"the embedded Kafka has ended: see {broker.log_file}; its data is kept")


@contextlib.contextmanager
def kafka(data: Path, on_progress: Callable[[str], None]) -> Iterator[Cluster]:
    """Yield the cluster that CDI_KAFKA names, or else an embedded one that keeps its data in the folder.

    Raises KafkaUnavailableError.
    """
    if bootstrap := os.environ.get("CDI_KAFKA"):
        yield Cluster(bootstrap)
        return
    with EmbeddedKafka(data / "kafka", on_progress=on_progress) as broker, announced(data, broker.bootstrap):
        yield Cluster(broker.bootstrap, broker)


@contextlib.contextmanager
def announced(data: Path, bootstrap: str) -> Iterator[None]:
    """Let other commands find a Kafka by its data folder, unless one is announced there already."""
    address = data / ADDRESS
    if running_kafka(data) is not None:
        yield
        return
    data.mkdir(parents=True, exist_ok=True)
    address.write_text(bootstrap, encoding="ascii")
    try:
        yield
    finally:
        address.unlink(missing_ok=True)


def running_kafka(data: Path) -> str | None:
    """Return the address of the Kafka that another process runs on a data folder; None if there is none."""
    try:
        bootstrap = (data / ADDRESS).read_text(encoding="ascii").strip()
    except OSError:
        return None
    _, _, port = bootstrap.rpartition(":")
    return bootstrap if port.isdigit() and not is_free(int(port)) else None


def require_kafka(settings: Settings) -> None:
    """Raise ServicesFailedError, with the reason, where Kafka does not answer."""
    if (reason := connection_problem(settings)) is not None:
        raise ServicesFailedError(f"Kafka at {settings.kafka} {reason}")


def provide_topics(settings: Settings) -> None:
    """Create the topics that are missing.

    Raises ServicesFailedError where one is there and not as it must be.
    """
    require_kafka(settings)
    try:
        create_topics(settings)
        differences = check_topics(settings, periods=False)
    except KafkaException as failure:
        raise ServicesFailedError(f"Kafka at {settings.kafka}: {failure.args[0].str()}") from None
    if differences:
        raise ServicesFailedError(f"the topics are not as they must be: {'; '.join(map(describe, differences[:3]))}")


def delete_topics(settings: Settings) -> None:
    """Delete every topic of an installation with a prefix; without one, another's could be meant."""
    if not settings.prefix:
        raise ValueError("only topics with a prefix are deleted")
    admin = AdminClient(settings.client())
    existing = admin.list_topics(timeout=_TIMEOUT_SECONDS).topics
    ours = [name for name in map(settings.topic, TOPICS) if name in existing]
    for outcome in admin.delete_topics(ours).values() if ours else ():
        outcome.result()
