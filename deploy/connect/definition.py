"""What ``feeds.toml`` says of one feed, and what a way in has at hand to read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec

from agents.settings.clock import wall_clock
from deploy.files.mapping import ColumnMapping, read_mapping
from deploy.files.record_files import FileRefusedError
from deploy.files.row_reader import RowReader
from schemas.records import RECORD_BY_TOPIC

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from deploy.connect.cursors import Cursors
    from deploy.connect.sources import FeedSource
    from deploy.files.feedings import Feedings
    from streams.policy import PolicyBook


class FeedDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="way"):
    """The table of a feed; each way adds its own keys and says how it is opened."""

    several_topics: ClassVar[bool] = False
    """Whether the feed may be of several topics: each of its batches says of which."""

    topic: str | None = None
    mapping: str | tuple[str, ...] | None = None
    """By name, or a path beside ``feeds.toml``; None for JSON Lines in the shape of our own records."""
    set_aside_most: float = 0.05
    """The largest part of the rows since the feed last vouched that may be set aside where it vouches all the same; ten
    always may, unless it is 0."""

    def check(self) -> None:
        """Raise ValueError where the keys do not go together."""

    def open(self, feed: ConnectedFeed) -> FeedSource:
        """Open the source.  Raises SourceUnavailableError."""
        raise NotImplementedError

    @property
    def way(self) -> str:
        """The way it comes in by."""
        return str(self.__struct_config__.tag)

    @property
    def claims(self) -> str | None:
        """What no other feed of the file may read as well, in words; None where any number may."""
        return None

    @property
    def vouches(self) -> bool:
        """Whether the way ever says that its sources are complete; one that never does opens no heartbeats."""
        return True

    @property
    def default_fields(self) -> dict[str, str]:
        """The columns of fields that its mapping need not state."""
        return {}

    @property
    def mappings(self) -> tuple[str, ...]:
        """The names of its mappings."""
        if self.mapping is None:
            return ()
        return (self.mapping,) if isinstance(self.mapping, str) else self.mapping

    def check_keys(self) -> None:
        """Raise ValueError where a topic or mapping is missing, one too many or unknown."""
        if not self.several_topics:
            if self.topic is None:
                raise ValueError("topic: required, and not there")
            if len(self.mappings) > 1:
                raise ValueError("mapping: one, since the feed is of one topic")
        if self.topic is not None and self.topic not in RECORD_BY_TOPIC:
            raise ValueError(f"topic: {self.topic} is no source topic: these are {', '.join(RECORD_BY_TOPIC)}")
        if not 0 <= self.set_aside_most <= 1:
            raise ValueError("set_aside_most: a part from 0 to 1, such as 0.05")
        self.check()


@dataclass(frozen=True)
class ConnectedFeed:
    """One feed of ``feeds.toml`` in its installation."""

    name: str
    definition: FeedDefinition
    beside: Path
    """The folder of ``feeds.toml``, from which its paths are told."""
    settings: Settings
    book: PolicyBook
    cursors: Cursors
    feedings: Feedings | None = None
    """What was fed before, for mappings that take the order of feedings; None where it cannot be known."""
    clock: Callable[[], int] = wall_clock
    prepared: Callable[[ColumnMapping], ColumnMapping] = lambda mapping: mapping
    """Makes of a mapping what reads rows, such as one that counts the values without a code."""

    @cached_property
    def mappings(self) -> tuple[ColumnMapping, ...]:
        """The mappings that its table names.  Raises FileRefusedError."""
        defaults = self.definition.default_fields
        mappings = tuple(read_mapping(str(self._mapping_file(name)), defaults) for name in self.definition.mappings)
        for name, mapping in zip(self.definition.mappings, mappings, strict=True):
            if self.definition.topic not in (None, *mapping.topics):
                topics = " and ".join(mapping.topics)
                raise FileRefusedError(f"{name}: a mapping for {topics}, not for {self.definition.topic}")
        return mappings

    @property
    def topic(self) -> str:
        """The topic of a feed that has one."""
        if self.definition.topic is None:
            raise ValueError(f"{self.name} is of several topics")
        return self.definition.topic

    def path(self, written: str) -> Path:
        """Return a path of ``feeds.toml``: one that is not absolute begins beside it."""
        return self.beside / Path(written).expanduser()

    def reader(self, topic: str | None = None, mapping: ColumnMapping | None = None) -> RowReader:
        """Return what reads rows now: by the feed's only mapping, unless another topic and mapping are given.

        A new one for each batch, since it admits no record that is far ahead of the clock.  Raises FileRefusedError.
        """
        if topic is None:
            topic, mapping = self.topic, self.mappings[0] if self.mappings else None
        if mapping is not None:
            mapping = self.prepared(mapping)
        return RowReader(topic, mapping, self.clock(), self.book.far_future, feedings=self.feedings)

    def _mapping_file(self, name: str) -> Path | str:
        candidates = (self.path(name), self.path(f"{name}.toml"))
        return next((path for path in candidates if path.is_file()), name)
