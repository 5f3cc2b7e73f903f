"""The policy file in an installation's data folder, and the one that a new installation begins with.

``cdi up`` copies the policy of two feeds there where nothing was ever fed and no policy is named: a file that is the
installation's own from then on, and that every command on the data folder reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from agents.settings.files import write_whole
from deploy.local.cluster import ServicesFailedError
from streams.topology.topics import SOURCES

if TYPE_CHECKING:
    from agents.settings.settings import Settings

STARTER: Final = Path(__file__).parents[1] / "policies" / "two-feeds.toml"
_NAME: Final = "policy.toml"
_TIMEOUT_SECONDS: Final = 30.0


def own_policy(data: Path) -> Path | None:
    """Return the policy file in a data folder; None where there is none."""
    file = data / _NAME
    return file if file.is_file() else None


def begin_with_two_feeds(settings: Settings) -> Path | None:
    """Copy the policy of two feeds into the data folder, and return the copy.

    Return None, and copy nothing, where a source topic holds or ever held a message: what was fed is judged on by the
    policy that it was judged by.  Raises ServicesFailedError.
    """
    if _was_fed(settings):
        return None
    file = settings.data / _NAME
    settings.data.mkdir(parents=True, exist_ok=True)
    write_whole(file, [STARTER.read_bytes()])  # half a policy may be one, too
    return file


def _was_fed(settings: Settings) -> bool:
    """Return whether a source topic has ever had a message."""
    newest: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    places = [
        TopicPartition(settings.topic(topic), number) for topic in SOURCES for number in range(settings.partitions)
    ]
    admin = AdminClient(settings.client())  # kept, since its answers come for as long as it is there
    try:
        answers = admin.list_offsets(dict.fromkeys(places, newest), request_timeout=_TIMEOUT_SECONDS)
        return any(answer.result().offset for answer in answers.values())
    except KafkaException as failure:
        raise ServicesFailedError(f"Kafka at {settings.kafka}: {failure.args[0].str()}") from None
