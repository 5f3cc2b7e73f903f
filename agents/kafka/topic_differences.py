"""How the topics on the broker differ from what they must be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from streams.topology.topics import FOREVER, TOPICS, Topic

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_TIMEOUT_SECONDS: Final = 30.0
_PERIODS: Final = ("retention.ms", "max.compaction.lag.ms", "delete.retention.ms")
"""The settings that say how long messages are kept."""
_HIDDEN: Final = KafkaError.TOPIC_AUTHORIZATION_FAILED

Kind = Literal["MISSING", "HIDDEN", "PARTITIONS", "SETTINGS_HIDDEN", "SETTING"]
"""HIDDEN: we may not see the topic; SETTINGS_HIDDEN: we may not read its settings."""


class TopicDifference(NamedTuple):
    """One thing about a topic that is not as it must be."""

    topic: str
    """As it is named on the broker."""
    kind: Kind
    key: str = ""
    """The setting, by its Kafka name."""
    actual: str | None = None
    wanted: str = ""

    @property
    def is_unusable(self) -> bool:
        """Whether nothing can be read or written until it is mended."""
        return self.kind in {"MISSING", "HIDDEN", "PARTITIONS"}

    @property
    def is_period(self) -> bool:
        """Whether it is about how long messages are kept: ``set_periods`` mends that."""
        return self.key in _PERIODS or (self.key, self.wanted) == ("cleanup.policy", "compact,delete")

    @property
    def only_keeps_longer(self) -> bool:
        """Whether messages are kept for longer than they should be, and nothing else is wrong."""
        if self.key == "cleanup.policy":
            return (self.actual, self.wanted) == ("delete", "compact,delete")
        if self.key != "retention.ms" or self.actual is None:
            return self.key in _PERIODS
        actual, wanted = int(self.actual), int(self.wanted)
        return actual == FOREVER or (wanted != FOREVER and actual > wanted)


def describe(difference: TopicDifference) -> str:
    """Return a difference as a sentence for whoever looks after the topics."""
    match difference.kind:
        case "MISSING":
            return f"{difference.topic}: missing"
        case "HIDDEN":
            return f"{difference.topic}: may not be seen: see 'cdi topics acls'"
        case "SETTINGS_HIDDEN":
            return f"{difference.topic}: its settings may not be read: see 'cdi topics acls'"
        case "PARTITIONS":
            return f"{difference.topic}: partitions are {difference.actual}, should be {difference.wanted}"
        case "SETTING":
            return f"{difference.topic}: {difference.key} is {difference.actual}, should be {difference.wanted}"


def check_topics(settings: Settings, *, periods: bool = True) -> list[TopicDifference]:
    """Return every difference between our topics and the broker's, by topic.  Raises KafkaException.

    Without ``periods`` those are left out that only keep messages for too long: they stop nobody's work.
    """
    admin = AdminClient(settings.client())
    topics = admin.list_topics(timeout=_TIMEOUT_SECONDS).topics
    names = {settings.topic(topic): topic for topic in TOPICS}
    present = [name for name in names if name in topics]
    differences = list(_absent(admin, [name for name in names if name not in topics]))
    for name in present:
        partitions = len(topics[name].partitions)
        if partitions != settings.partitions:
            differences.append(TopicDifference(name, "PARTITIONS", "", str(partitions), str(settings.partitions)))
    for name, config in _configs(admin, present).items():
        if config is None:
            differences.append(TopicDifference(name, "SETTINGS_HIDDEN"))
        else:
            differences += [
                difference
                for difference in setting_differences(settings, names[name], config)
                if periods or not difference.only_keeps_longer
            ]
    return sorted(differences, key=describe)


def setting_differences(settings: Settings, topic: Topic, config: Mapping[str, str]) -> list[TopicDifference]:
    """Return the settings of a topic that are not as they must be."""
    wanted = settings.config(topic)
    compacted = wanted["cleanup.policy"] == "compact"  # then the retention has no effect
    return [
        TopicDifference(settings.topic(topic), "SETTING", key, config.get(key), value)
        for key, value in wanted.items()
        if config.get(key) != value and not (compacted and key == "retention.ms")
    ]


def config_of(settings: Settings, topics: Iterable[Topic]) -> dict[Topic, Mapping[str, str]]:
    """Return the broker's settings of the topics that exist; empty where we may not read them."""
    names = {settings.topic(topic): topic for topic in topics}
    admin = AdminClient(settings.client())
    existing = admin.list_topics(timeout=_TIMEOUT_SECONDS).topics
    configs = _configs(admin, [name for name in names if name in existing])
    return {names[name]: config or {} for name, config in configs.items()}


def _absent(admin: AdminClient, names: list[str]) -> Iterator[TopicDifference]:
    """Tell topics that are missing from those that are hidden from us."""
    answers = admin.describe_topics(TopicCollection(names), request_timeout=_TIMEOUT_SECONDS) if names else {}
    for name, answer in answers.items():
        failure = answer.exception()
        hidden = isinstance(failure, KafkaException) and failure.args[0].code() == _HIDDEN
        yield TopicDifference(name, "HIDDEN" if hidden else "MISSING")


def _configs(admin: AdminClient, names: Iterable[str]) -> dict[str, dict[str, str] | None]:
    """Return the topics' settings; None for a topic whose settings are hidden from us."""
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    if not resources:
        return {}
    configs: dict[str, dict[str, str] | None] = {}
    for resource, answer in admin.describe_configs(resources, request_timeout=_TIMEOUT_SECONDS).items():
        try:
            configs[resource.name] = {key: entry.value for key, entry in answer.result().items()}
        except KafkaException as failure:
            if failure.args[0].code() != _HIDDEN:
                raise
            configs[resource.name] = None
    return configs
