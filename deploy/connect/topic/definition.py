"""What ``feeds.toml`` says of a feed that is read from a topic, of our own cluster or another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from pydantic import SecretStr, ValidationError

from agents.settings.schema_registry import RegistryAddress
from agents.settings.security import Mechanism, Protocol, Security
from deploy.connect.definition import FeedDefinition
from deploy.connect.secrets import SecretReference, read_secret
from deploy.connect.sources import SourceUnavailableError
from deploy.files.mapping.times import check_zone
from streams.policy.value_types import DurationText, milliseconds

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from deploy.connect.definition import ConnectedFeed
    from deploy.connect.sources import FeedSource


class ClusterAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another Kafka than ours, and how to authenticate to it."""

    bootstrap: str
    """``host:port``, with commas between."""
    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str | None = None
    password: SecretReference | None = None
    ca: str | None = None
    """The file of certificates of the authorities that sign the brokers'; a path beside ``feeds.toml``, as the next."""
    certificate: str | None = None
    key: str | None = None
    key_password: SecretReference | None = None

    def check(self) -> None:
        """Raise ValueError where the keys do not go together."""
        for name in ("password", "key_password"):
            if (reference := getattr(self, name)) is not None:
                reference.check(f"cluster.{name}")
        if self.protocol.startswith("SASL_") and (self.username is None or self.password is None):
            raise ValueError("cluster: SASL needs a username and a password")
        if (self.certificate is None) != (self.key is None):
            raise ValueError("cluster: certificate and key go together")

    def settings(self, ours: Settings, folder: Path) -> Settings:
        """Return the settings of a client of this cluster.  Raises SourceUnavailableError."""
        try:
            security = Security(
                protocol=self.protocol,
                mechanism=self.mechanism,
                username=self.username,
                password=_secret("cluster.password", self.password, folder),
                ca=_path(self.ca, folder),
                certificate=_path(self.certificate, folder),
                key=_path(self.key, folder),
                key_password=_secret("cluster.key_password", self.key_password, folder),
            )
        except ValidationError as refusal:
            raise SourceUnavailableError(f"cluster: {refusal.errors()[0]['msg']}") from None
        return ours.model_copy(update={"kafka": self.bootstrap, "security": security})


class RegistryReference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schema registry of Confluent's kind, and how to authenticate to it."""

    url: str
    username: str | None = None
    password: SecretReference | None = None
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None

    def address(self, folder: Path) -> RegistryAddress:
        """Return where it is.  Raises SourceUnavailableError."""
        return RegistryAddress(
            self.url,
            self.username,
            _secret("registry.password", self.password, folder),
            _path(self.ca, folder),
            _path(self.certificate, folder),
            _path(self.key, folder),
        )


def _secret(key: str, reference: SecretReference | None, folder: Path) -> SecretStr | None:
    return None if reference is None else SecretStr(read_secret(key, reference, folder))


def _path(written: str | None, folder: Path) -> Path | None:
    return None if written is None else folder / Path(written).expanduser()


class TopicFeed(FeedDefinition, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="topic", dict=True):
    """A topic that another system writes, above all Debezium, read by a consumer group of its own."""

    from_topic: str
    """The topic's name on its cluster."""
    shape: Literal["debezium", "rows"] = "debezium"
    """Whether a message is Debezium's envelope, or a row with a member for each column."""
    format: Literal["json", "avro"] = "json"
    """How it is written; JSON with its schema or without, Avro with a registry."""
    deleted: Literal["notice", "refuse", "record"] = "notice"
    """What a row that was deleted at its source is: named and counted, set aside as a rejected row as well, or read by
    the mapping, which knows it by the column ``__deleted``."""
    vouch: Literal["source", "event_time", "none"] | None = None
    """What says through when all is read: when the source committed its changes, or the event_time of rows that come in
    its order; ``source`` with Debezium's envelope, otherwise none, unless stated."""
    heartbeat_topic: str | None = None
    """A topic into which the connector's heartbeat query writes, by which a quiet feed is vouched for."""
    overlap: DurationText = "10m"
    """How long after a row's event_time it may be committed."""
    time_zone: str | None = None
    """The zone of times without one."""
    types: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Of columns whose messages have no schema, what their numbers mean: ``MicroTimestamp``, ``Date``."""
    cluster: ClusterAddress | None = None
    """Where the topic is; on our own Kafka without it."""
    registry: RegistryReference | None = None
    """Where the schemas are; in our own registry without it."""

    def check(self) -> None:
        """Raise ValueError where the keys do not go together."""
        from deploy.connect.topic.column_texts import TYPES  # noqa: PLC0415 - one list of names

        if self.mapping is None:
            raise ValueError("mapping: required, since a message is no record of ours")
        if unknown := sorted(name for name in self.types.values() if name not in TYPES):
            raise ValueError(f"types: {unknown[0]} is none of {', '.join(sorted(TYPES))}")
        if self.vouch == "event_time" and self.shape == "debezium":
            raise ValueError("vouch: a change says itself when it was committed: source")
        if self.heartbeat_topic is not None and self.vouching != "source":
            raise ValueError('heartbeat_topic: goes with vouch = "source"')
        if self.time_zone is not None:
            check_zone("time_zone", self.time_zone)
        milliseconds(self.overlap)
        if self.cluster is not None:
            self.cluster.check()
        if self.registry is not None and self.registry.password is not None:
            self.registry.password.check("registry.password")

    @property
    def vouching(self) -> str:
        """What says through when all is read."""
        return self.vouch or ("source" if self.shape == "debezium" else "none")

    @property
    def vouches(self) -> bool:
        """Whether the way ever says that its sources are complete."""
        return self.vouching != "none"

    @cached_property
    def overlap_ms(self) -> int:
        """How long after its event_time a row may be committed (ms)."""
        return milliseconds(self.overlap)

    def open(self, feed: ConnectedFeed) -> FeedSource:
        """Open the source.  Raises SourceUnavailableError, FileRefusedError."""
        from deploy.connect.topic.source import TopicFeedSource  # noqa: PLC0415 - clients, for those who read a topic

        return TopicFeedSource.open(feed, self)
