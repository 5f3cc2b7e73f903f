"""Read messages as rows: through a mapping to records, or set aside, or noticed as deleted."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import msgspec
import structlog

from deploy.connect.topic.cells import cells_of, shape_of
from deploy.connect.topic.changes import Change, ChangeKind, change_of, is_key_alone
from deploy.connect.topic.column_texts import TYPES, text_of
from deploy.files.mapping import RowOrder, RowTimes
from deploy.files.row_reader import FileRow
from schemas.records import Snapshot
from schemas.refusals import BadRecordError

if TYPE_CHECKING:
    from deploy.connect.topic.decoding import DecodedValue, MessageDecoder
    from deploy.connect.topic.definition import TopicFeed
    from deploy.connect.topic.vouching import Vouching
    from deploy.files.mapping import ColumnMapping
    from deploy.files.row_reader import RowReader
    from streams.topology.messages import TopicMessage

_NAMED_AT_MOST: Final = 5
"""Deleted rows that are named one by one of each batch; the others are counted."""
_ONLY_KEY: Final = (
    "it was deleted, and the database sent its key alone: with REPLICA IDENTITY FULL it sends the whole row"
)
_log: Final = structlog.get_logger("cdi.connect")


@dataclass(slots=True)
class MessageReader:
    """Reads the messages of one feed's topic."""

    feed: str
    definition: TopicFeed
    mapping: ColumnMapping
    decoder: MessageDecoder
    vouching: Vouching
    first_place: int = 0
    """Where the topic's first row stands in the order of feeding."""
    deleted_keys: dict[int, str] = field(default_factory=dict)
    """By partition, a digest of the last message's key where its row was deleted: a tombstone follows."""
    deletions: int = 0
    """How many rows were deleted at their source, of all that were read."""

    def rows(self, messages: Iterable[TopicMessage], reader: RowReader) -> Iterator[FileRow]:
        """Yield the rows of one partition's messages.  Raises RegistryError."""
        before = self.deletions
        for message in messages:
            yield from self._of_message(message, reader, name=self.deletions - before < _NAMED_AT_MOST)
        if (unnamed := self.deletions - before - _NAMED_AT_MOST) > 0:
            _log.warning("more_rows_deleted", feed=self.feed, rows=unnamed)

    def heartbeat(self, message: TopicMessage) -> bool:
        """Note what a message of the heartbeat topic vouches for; return whether it does for anything."""
        if message.value is None:
            return False
        try:
            change = change_of(self.decoder.decode(message.value), self.definition.shape)
        except BadRecordError:
            return False
        self.vouching.note_commit(change, message.ingest_time)
        return change.committed_at is not None

    def _of_message(self, message: TopicMessage, reader: RowReader, *, name: bool) -> list[FileRow]:
        after = self.deleted_keys.pop(message.partition, None)
        key_digest = hashlib.sha256(message.key or b"").hexdigest()[:16]
        if message.value is None:
            return [FileRow(message.offset, "")] if after == key_digest else self._deleted(message, None, name=name)
        decoded: DecodedValue | None = None
        try:
            decoded = self.decoder.decode(message.value)
            change = change_of(decoded, self.definition.shape)
            rows = self._of_change(change, message, decoded, reader, name=name)
        except RecursionError:
            refusal = BadRecordError("WRONG_TYPE", "rows within rows, too deep to be read")
            return [FileRow(message.offset, _written(message.value, None), refusal=refusal)]
        except BadRecordError as refusal:
            return [FileRow(message.offset, _written(message.value, decoded), refusal=refusal)]
        self._vouch(change, message, rows)
        if change.kind is ChangeKind.DELETED:
            self.deleted_keys[message.partition] = key_digest
        return rows

    def _of_change(
        self, change: Change, message: TopicMessage, decoded: DecodedValue, reader: RowReader, *, name: bool
    ) -> list[FileRow]:
        if change.kind is ChangeKind.NO_ROW:
            return [FileRow(message.offset, "")]
        if change.kind is ChangeKind.TRUNCATED:
            return self._deleted(message, decoded, name=name, what="every row of the table was deleted (TRUNCATE)")
        if change.kind is ChangeKind.DELETED:
            if self.definition.deleted != "record":
                return self._deleted(message, decoded, name=name)
            if is_key_alone(change, self._key(message)):
                raise BadRecordError("MISSING_FIELD", _ONLY_KEY)
        zone = None if self.definition.time_zone is None else ZoneInfo(self.definition.time_zone)
        types = {column: TYPES[name] for column, name in self.definition.types.items()}
        cells = cells_of(change, types, self._places(message), zone=zone, aliases=self.mapping.aliases)
        order = RowOrder(self.first_place + message.offset, message.offset, message.offset)
        place = order, RowTimes(message.ingest_time, message.ingest_time)
        rows = reader.of_cells(message.offset, cells, self.mapping, place, lambda: _written(message.value, decoded))
        if change.kind is ChangeKind.DELETED and all(row.record is None and row.refusal is None for row in rows):
            return self._deleted(message, decoded, name=name)
        return rows

    def _deleted(
        self,
        message: TopicMessage,
        decoded: DecodedValue | None,
        *,
        name: bool,
        what: str = "it was deleted",
    ) -> list[FileRow]:
        """Name a row that its source deleted, and set it aside where the definition has it so."""
        self.deletions += 1
        key = shape_of(self._key(message))
        if name:
            _log.warning(
                "row_deleted",
                feed=self.feed,
                what=what,
                topic=message.topic,
                partition=message.partition,
                offset=message.offset,
                key=key,
            )
        if self.definition.deleted == "notice":
            return [FileRow(message.offset, "", is_deleted=True)]
        refusal = BadRecordError("WRONG_RECORD", f"{what} at its source; its key: {key}")
        return [FileRow(message.offset, _written(message.value or message.key or b"", decoded), refusal=refusal)]

    def _vouch(self, change: Change, message: TopicMessage, rows: list[FileRow]) -> None:
        self.vouching.note_snapshot(change.snapshot)
        match self.definition.vouching:
            case "source":
                self.vouching.note_commit(change, message.ingest_time)
            case "event_time":
                for row in rows:
                    if isinstance(row.record, Snapshot):
                        self.vouching.note(row.record.event_time, message.ingest_time)

    def _key(self, message: TopicMessage) -> Mapping[str, Any]:
        """Return the columns of a message's key; none where it has none, or one that is no row."""
        try:
            value = self.decoder.decode(message.key).value if message.key else {}
        except BadRecordError:
            return {}
        return value if isinstance(value, Mapping) else {"key": value}

    def _places(self, message: TopicMessage) -> dict[str, str]:
        """Return what a message says beside its value, by names that begin with two underscores."""
        return {
            "__kafka_partition": str(message.partition),
            "__kafka_offset": str(message.offset),
            "__kafka_time": str(message.ingest_time),
            **{f"__key_{name}": text_of(value) for name, value in self._key(message).items()},
        }


def _written(content: bytes | None, decoded: DecodedValue | None) -> str:
    """Return a message as text, without its schema where it was decoded."""
    if decoded is not None:
        return msgspec.json.encode(decoded.value, enc_hook=str).decode()
    content = content or b""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()
