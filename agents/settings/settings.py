"""The settings of a process: environment variables that begin with ``CDI_``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from agents.settings.kafka_log import KAFKA_LOGGER
from agents.settings.schema_registry import RegistryAddress
from agents.settings.security import Security
from streams.policy.calendar import DAY
from streams.topology.topics import (
    ACTIONS,
    AUDIT_LOG,
    DEAD_LETTERS,
    DEFAULT_PARTITIONS,
    ERASURES,
    FOREVER,
    GROUP,
    SOURCES,
    Topic,
    partition_for,
    prefixed,
)

MOST_PARTITIONS = 1024
_ERASURES_OUTLIVE_DAYS = 30
"""Erasures outlive what they are about: the broker deletes whole files, and those of a source may be the older ones."""

ClientConfig = dict[str, Any]
"""Settings of a librdkafka client: text, numbers, truth values, and the logger of which its types do not know."""


class Settings(BaseSettings):
    """The settings of one installation, and of this worker in it."""

    model_config = SettingsConfigDict(env_prefix="CDI_", env_nested_delimiter="__", frozen=True, extra="ignore")

    kafka: str = "localhost:9092"
    """Bootstrap servers, ``host:port`` with commas between."""
    security: Security = Field(default_factory=Security)
    """How to authenticate to Kafka, and check who it is: ``CDI_SECURITY__...``."""
    schema_registry: str | None = Field(default=None, pattern=r"^https?://[^\s@]+$")
    """URL of a Confluent-compatible schema registry; without one, ids are those of the schemas folder."""
    schema_registry_username: str | None = None
    schema_registry_password: SecretStr | None = None
    schema_registry_ca: Path | None = None
    """Certificates of the authorities that sign the registry's."""
    schema_registry_certificate: Path | None = None
    schema_registry_key: Path | None = None
    prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,64}$")
    """In front of every topic's and group's name, so that several installations share a cluster."""
    partitions: int = Field(default=DEFAULT_PARTITIONS, ge=1, le=MOST_PARTITIONS)
    """Of every topic; fixed once the topics are there."""
    replication: int = Field(default=-1, ge=-1)
    """Copies of every topic; -1 leaves it to the broker."""
    source_retention_days: int | None = Field(default=None, ge=1)
    """How long the source topics keep their messages; for ever without it.  State can be rebuilt no further back, so it
    is never less than the policy's ``forget_after``."""
    action_retention_days: int = Field(default=2557, ge=1)
    """How long actions on alerts are kept: seven years, longer than anything published stays."""
    dead_letter_retention_days: int = Field(default=90, ge=1)
    """How long messages that could not be read are kept, whole as they are."""
    audit_retention_days: int | None = Field(default=None, ge=1)
    """How long the audit log is kept; for ever without it.  ``cdi audit-log verify`` reports what was deleted."""
    tombstone_seconds: float = Field(default=86_400.0, gt=0)
    """How often a worker deletes what was published longer ago than the policy's ``published_for``."""
    force_map: Annotated[dict[str, int], NoDecode] = Field(default_factory=dict)
    """Partition by force where murmur2 shall not decide: ``LEICS=0,DERBS=1``."""
    clock: Literal["live", "stream"] = "live"
    """What moves time: the wall clock, or the feeds' completeness alone."""
    policy: Path | None = None
    """A policy file; without one, commands take policy.toml of ``data`` if it is there, else the built-in policy."""
    worker: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,128}$")
    """This worker's own name, the same again after a restart: then it gets its partitions back at once."""
    feeds: Path | None = None
    """Where feeds come from, which ``cdi connect`` runs; ``feeds.toml`` in ``data`` without it."""
    data: Path = Path("~/.local/share/cdi")
    """Folder for what a process keeps between runs."""
    session_seconds: float = Field(default=15.0, ge=6.0, le=300.0)
    """How long a silent worker keeps its partitions; also how old a batch may be when its state is written."""
    commit_seconds: float = Field(default=1.0, gt=0, le=60.0)
    batch_messages: int = Field(default=2000, ge=1, le=100_000)
    """The most messages judged, and persisted, at a time."""
    batch_seconds: float = Field(default=0.05, gt=0, le=5.0)
    """How long a batch waits to fill."""
    tick_seconds: float = Field(default=1.0, gt=0, le=3600.0)
    """How often a worker in live mode writes the wall clock to each partition that has caught up."""
    stuck_seconds: float = Field(default=120.0, ge=2.0, le=3600.0)
    """How long work may stand still before /live fails: then somebody should end the worker."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_levels: Path | None = None
    """A file of levels that hold in place of that one while it is there, looked at as the process runs (see
    :mod:`agents.observability.log_levels`); ``log-levels.toml`` in ``data`` without it."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """``auto``: for people where standard error is a terminal, JSON elsewhere."""
    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    """Port for /metrics, /ready and /live; none without it, any free one for 0."""
    metrics_host: str = "127.0.0.1"
    """Where that port listens; it asks nobody who they are, so anything but loopback needs a network policy."""

    @field_validator("force_map", mode="before")
    @classmethod
    def _read_force_map(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        entries = [entry.partition("=") for entry in value.split(",") if entry.strip()]
        return {force.strip(): partition.strip() for force, _, partition in entries}

    @field_validator("data")
    @classmethod
    def _expand_home(cls, folder: Path) -> Path:
        return folder.expanduser()

    @model_validator(mode="after")
    def _check_force_map(self) -> Settings:
        for force, partition in self.force_map.items():
            if not 0 <= partition < self.partitions:
                message = f"force_map: {force} = {partition} is not from 0 to {self.partitions - 1}"
                raise ValueError(message)
        return self

    @property
    def group(self) -> str:
        """The workers' consumer group."""
        return f"{self.prefix}{GROUP}"

    @property
    def registry(self) -> RegistryAddress | None:
        """Where the schema registry is; None where there is none."""
        if self.schema_registry is None:
            return None
        return RegistryAddress(
            self.schema_registry,
            self.schema_registry_username,
            self.schema_registry_password,
            self.schema_registry_ca,
            self.schema_registry_certificate,
            self.schema_registry_key,
        )

    @property
    def levels_file(self) -> Path:
        """Where levels are changed while processes run."""
        return self.log_levels or self.data / "log-levels.toml"

    def topic(self, topic: Topic) -> str:
        """Return the name of a topic on the broker."""
        return prefixed(self.prefix, topic)

    def config(self, topic: Topic) -> dict[str, str]:
        """Return a topic's configuration on the broker, by Kafka's names."""
        config = dict(topic.config)
        if topic in self._kept_days:
            days = self._kept_days[topic]
            config["retention.ms"] = str(FOREVER if days is None else days * DAY)
        return config

    @property
    def _kept_days(self) -> dict[Topic, int | None]:
        sources = self.source_retention_days
        return {
            **dict.fromkeys(SOURCES, sources),
            ERASURES: None if sources is None else sources + _ERASURES_OUTLIVE_DAYS,
            ACTIONS: self.action_retention_days,
            DEAD_LETTERS: self.dead_letter_retention_days,
            AUDIT_LOG: self.audit_retention_days,
        }

    def partition_of(self, force: str) -> int:
        """Return the partition of a force, the same in every topic."""
        return partition_for(force, self.partitions, self.force_map)

    def client(self, **more: str | float | bool) -> ClientConfig:
        """Return the settings of a librdkafka client, and ``more`` (dots spelled ``_``)."""
        config: ClientConfig = {
            "bootstrap.servers": self.kafka,
            "client.id": self.group,
            "log_level": 4,  # warnings
            "logger": KAFKA_LOGGER,  # else it writes to standard error by itself
            **self.security.librdkafka(),
        }
        return config | {name.replace("_", "."): value for name, value in more.items()}
