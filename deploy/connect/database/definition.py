"""What ``feeds.toml`` says of a feed that is read from a database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from deploy.connect.definition import FeedDefinition
from deploy.connect.secrets import SecretReference
from deploy.files.mapping import ColumnMapping
from deploy.files.mapping.field_source import FieldSource
from deploy.files.mapping.times import check_zone
from streams.policy.value_types import DurationText, milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.connect.definition import ConnectedFeed
    from deploy.connect.sources import FeedSource
    from deploy.files.mapping.row_records import FieldSources

_COMMENT: Final = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\[[^\]]*\]|/\*.*?\*/|--[^\n]*", re.DOTALL)
_READS: Final = re.compile(r"\(*\s*(?:select|with)\b", re.IGNORECASE)
_LONGEST_PAGE: Final = 50_000


class DatabaseFeed(FeedDefinition, frozen=True, kw_only=True, tag="database"):
    """A query of a database, read again and again from where its watermark has come to."""

    url: SecretReference
    """Where the address is, with the password in it; never the address itself."""
    query: str
    """One SELECT, of every column that the mapping reads, and of every row that there is."""
    watermark: str
    """The column that is greater whenever a row was changed: a time, or a growing number."""
    key: str | tuple[str, ...]
    """The columns that tell apart the rows of one watermark."""
    overlap: DurationText = "10m"
    """How long after the time of its watermark a row may become visible."""
    every: DurationText = "1m"
    """From the beginning of one look to the beginning of the next."""
    page: Annotated[int, msgspec.Meta(ge=1, le=_LONGEST_PAGE)] = 1000
    """Rows that are read, sent and confirmed at a time."""
    time_zone: str | None = None
    """The zone of times without an offset."""
    timeout: DurationText = "5m"
    """How long one query may take."""
    vanished: DurationText | None = None
    """How often every key is read, to notice rows that are no longer there; never without it."""
    vouch: bool | None = None
    """Whether it is said through when all is read; must be stated where event_time is not the watermark."""

    def check(self) -> None:
        """Raise ValueError where the keys do not go together."""
        if self.mapping is None:
            raise ValueError("mapping: required, since a row is no record of ours")
        self.url.check("url")
        if not self.keys or not all(self.keys) or len(set(self.keys)) < len(self.keys):
            raise ValueError("key: the names of columns, each once")
        for name in ("overlap", "every", "timeout", "vanished"):
            if (written := getattr(self, name)) is not None and milliseconds(written) < 1000:
                raise ValueError(f"{name}: a second or more")
        if self.time_zone is not None:
            check_zone("time_zone", self.time_zone)
        self._check_query()

    def _check_query(self) -> None:
        if _READS.match(_COMMENT.sub(" ", self.query).strip()) is None:
            raise ValueError("query: one SELECT; nothing else is run")
        if ";" in _QUOTED.sub("", self.statement):
            raise ValueError("query: one SELECT, without a semicolon within")

    @property
    def statement(self) -> str:
        """The query without a semicolon at its end."""
        return self.query.strip().rstrip(";").strip()

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the key's columns."""
        return (self.key,) if isinstance(self.key, str) else self.key

    @property
    def overlap_ms(self) -> int:
        """How far back is read again (ms)."""
        return milliseconds(self.overlap)

    @property
    def vouches(self) -> bool:
        """Whether it is ever said through when all is read."""
        return self.vouch is not False

    @property
    def default_fields(self) -> dict[str, str]:
        """The watermark gives event_time where the mapping does not say what does."""
        return {"event_time": self.watermark}

    def open(self, feed: ConnectedFeed) -> FeedSource:
        """Open the source.  Raises SourceUnavailableError, FileRefusedError."""
        from deploy.connect.database.source import DatabaseSource  # noqa: PLC0415 - SQLAlchemy, for those who read one

        return DatabaseSource(feed, self)


def takes_event_time_of(mapping: ColumnMapping, watermark: str) -> bool:
    """Return whether a record's event_time is its row's watermark."""
    field = mapping.fields.get("event_time")
    if isinstance(field, FieldSource):
        return field.column == watermark or field.order is not None
    return field == watermark


def takes_row_times(mapping: ColumnMapping) -> bool:
    """Return whether a record holds when its file was changed or fed, which of a row is its watermark."""
    return any(
        isinstance(source, FieldSource) and source.order is not None
        for fields in (mapping.fields, *(record.fields for record in mapping.record))
        for name, field in fields.items()
        for source in _sources(field)
        if name != "revision"
    )


def _sources(field: FieldSources) -> Iterator[str | FieldSource]:
    yield from field if isinstance(field, tuple) else (field,)
