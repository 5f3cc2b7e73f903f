"""Batches of messages are decompressed within bounds: 300 KB on the wire may be 300 MB in memory.

aiokafka decompresses a batch whole, whatever comes of it.  Here a batch that is larger than any of ours becomes one
message in its place: its bytes as the broker has them, still compressed.  Of one answer of the broker no more is
decompressed at a time than a batch may be; the rest is fetched again.

Nor does aiokafka get past a header whose name is not UTF-8, which brokers take.  From that message on the batch is read
without headers.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

import aiokafka.consumer.fetcher as aiokafka_fetcher
import cramjam
from aiokafka.codec import snappy_decode
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBase, DefaultRecordBatch
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import decode_varint

from agents.kafka.large_content import OversizedBatch
from streams.topology.topics import LARGEST_MESSAGE_BYTES

_MIB: Final = 1 << 20
MOST_BYTES: Final = LARGEST_MESSAGE_BYTES + _MIB
"""The most that a batch may hold: a message of the state's changelog, and what goes with it."""

_LENGTH_AT: Final = 8
_ATTRIBUTES_AT: Final = DefaultRecordBase.ATTRIBUTES_OFFSET
_HEADER_BYTES: Final = DefaultRecordBase.HEADER_STRUCT.size
_BEFORE_LENGTH_COUNTS: Final = DefaultRecordBase.AFTER_LEN_OFFSET
_GZIP_WINDOW: Final = 31
_XERIAL_MAGIC: Final = b"\x82SNAPPY\x00"
_XERIAL_HEADER_BYTES: Final = 16
_NAMES: Final = {1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}
_NO_ROOM: Final = "failed to write whole buffer"


class BatchTooLargeError(ValueError):
    """A batch holds more than it may."""


def bound_fetches() -> None:
    """Have aiokafka's consumers of this process decompress within bounds; a second time changes nothing."""
    aiokafka_fetcher.MemoryRecords = BoundedRecords


class BoundedRecords:
    """Goes through the batches of a fetched partition as aiokafka's ``MemoryRecords`` does."""

    def __init__(self, fetched: bytes, most: int = MOST_BYTES) -> None:
        """``most`` is how many bytes a batch may hold."""
        self._most = most
        self._fetched = fetched
        self._batches = MemoryRecords(fetched)
        self._position = 0
        self._decompressed = 0

    def size_in_bytes(self) -> int:
        """Return the size of what was fetched."""
        return len(self._fetched)

    def has_next(self) -> bool:
        """Return whether another batch is there, and may be decompressed; the first always may."""
        return self._batches.has_next() and self._decompressed < self._most

    def next_batch(self) -> Any:  # noqa: ANN401 - aiokafka's batch, or ours in its place
        """Return the next batch; None where there is none."""
        batch = self._batches.next_batch()
        if batch is None:
            return None
        length = int.from_bytes(self._fetched[self._position + _LENGTH_AT : self._position + _BEFORE_LENGTH_COUNTS])
        end = self._position + _BEFORE_LENGTH_COUNTS + length
        content = memoryview(self._fetched)[self._position : end]
        self._position = end
        if not isinstance(batch, DefaultRecordBatch) or batch.is_control_batch:
            return batch
        return BoundedBatch(batch, content, self._most, self._note)

    def _note(self, decompressed: int) -> None:
        self._decompressed += decompressed


class BoundedBatch:
    """A batch, of which aiokafka asks what it asks of its own."""

    def __init__(
        self,
        batch: Any,  # noqa: ANN401
        content: memoryview,
        most: int,
        on_decompressed: Callable[[int], None],
    ) -> None:
        """Bound it to ``most`` bytes.

        ``on_decompressed`` is called with how many bytes came of it.
        """
        self._most = most
        self._batch = batch
        self._content = content
        self._on_decompressed = on_decompressed

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the batch's header says
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        codec = self._batch.compression_type
        if not codec:
            yield from self._records(self._batch, self._content[_HEADER_BYTES:])
            return
        try:
            plain = decompressed(codec, self._content[_HEADER_BYTES:], self._most)
        except BatchTooLargeError:
            yield self._oversized(codec)
            return
        self._on_decompressed(len(plain))
        header = bytearray(self._content[:_HEADER_BYTES])
        attributes = self._batch.attributes & ~DefaultRecordBase.CODEC_MASK
        header[_ATTRIBUTES_AT : _ATTRIBUTES_AT + 2] = attributes.to_bytes(2, "big", signed=True)
        length = len(header) + len(plain) - _BEFORE_LENGTH_COUNTS
        header[_LENGTH_AT:_BEFORE_LENGTH_COUNTS] = length.to_bytes(4, "big")
        yield from self._records(DefaultRecordBatch(bytes(header) + plain), plain)

    def _records(self, batch: Any, plain: bytes | memoryview) -> Iterator[Any]:  # noqa: ANN401 - aiokafka's batch
        read = 0
        try:
            for record in batch:
                yield record
                read += 1
        except UnicodeDecodeError:
            yield from islice(self._without_headers(bytearray(plain)), read, None)

    def _without_headers(self, plain: bytearray) -> Iterator[_Record]:
        """Go through all records of the batch, and past their headers."""
        batch, position = self._batch, 0
        while position < len(plain):
            length, start = decode_varint(plain, position)
            position = start + length
            _, at = decode_varint(plain, start)  # attributes, of which there are none
            time_delta, at = decode_varint(plain, at)
            offset_delta, at = decode_varint(plain, at)
            key, at = _sized(plain, at)
            value, _ = _sized(plain, at)
            time = batch.max_timestamp if batch.timestamp_type else batch.first_timestamp + time_delta
            yield _Record(batch.base_offset + offset_delta, time, batch.timestamp_type, key, value)

    def _oversized(self, codec: int) -> Any:  # noqa: ANN401 - a record of aiokafka's
        value = OversizedBatch(self._content)
        last = self._batch.next_offset - 1
        value.detail = (
            f"the {_NAMES[codec]} batch of offsets {self._batch.base_offset} to {last} holds more than {self._most} "
            "bytes; the value is the batch as the broker has it"
        )
        time = self._batch.max_timestamp
        return _Record(self._batch.base_offset, time, self._batch.timestamp_type, None, value)


class _Record:
    """A record without headers; aiokafka's own takes no subclass of bytes for its value."""

    checksum = None
    headers: tuple[tuple[str, bytes], ...] = ()

    def __init__(
        self, offset: int, timestamp: int, timestamp_type: int, key: bytes | None, value: bytes | None
    ) -> None:
        self.offset = offset
        self.timestamp = timestamp
        self.timestamp_type = timestamp_type
        self.key = key
        self.value = value


def _sized(plain: bytearray, position: int) -> tuple[bytes | None, int]:
    """Return the bytes that stand at a position behind their length, and where they end."""
    length, start = decode_varint(plain, position)
    end = start + max(0, length)
    return (None if length < 0 else bytes(plain[start:end])), end


def decompressed(codec: int, content: memoryview, most: int) -> bytes | memoryview:
    """Decompress what a batch holds, by Kafka's number of the codec.

    Raises BatchTooLargeError before more than ``most`` bytes come of it, CorruptRecordException where it is no such
    content.
    """
    try:
        match _NAMES.get(codec):
            case "gzip":
                return _gunzipped(content, most)
            case "snappy":
                return _unsnapped(content, most)
            case "lz4":
                return _filled(cramjam.lz4.decompress_into, content, most)
            case "zstd":
                return _filled(cramjam.zstd.decompress_into, content, most)
            case _:
                raise CorruptRecordException(f"codec {codec}, which Kafka has not")
    except (cramjam.DecompressionError, zlib.error):
        raise CorruptRecordException("content that cannot be decompressed") from None


def _unsnapped(content: memoryview, most: int) -> bytes:
    """Decompress snappy, which says beforehand how long it is."""
    if _snappy_length(content) > most:
        raise BatchTooLargeError
    plain: bytes = snappy_decode(bytes(content))
    return plain


def _gunzipped(content: memoryview, most: int) -> bytes:
    """Decompress gzip, of which several may follow one another."""
    plain = bytearray()
    rest: Any = content
    while rest:
        member = zlib.decompressobj(_GZIP_WINDOW)
        plain += member.decompress(rest, most + 1 - len(plain))
        if len(plain) > most:
            raise BatchTooLargeError
        if not member.eof:
            raise CorruptRecordException("gzip that is cut short")
        rest = member.unused_data
    return bytes(plain)


def _snappy_length(content: memoryview) -> int:
    """Return how long snappy's content says it is: one block or, by the Java library, several."""
    if bytes(content[: len(_XERIAL_MAGIC)]) != _XERIAL_MAGIC:
        return int(cramjam.snappy.decompress_raw_len(bytes(content)))
    total, position = 0, _XERIAL_HEADER_BYTES
    while position < len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        position += 4
        total += int(cramjam.snappy.decompress_raw_len(bytes(content[position : position + length])))
        position += length
    return total


def _filled(decompress_into: Callable[[bytes, bytearray], int], content: memoryview, most: int) -> memoryview:
    """Decompress into room that grows up to ``most`` bytes."""
    compressed, size = bytes(content), min(most, max(_MIB, 16 * len(content)))
    while True:
        room = bytearray(size)
        try:
            return memoryview(room)[: decompress_into(compressed, room)]
        except cramjam.DecompressionError as failure:
            if _NO_ROOM not in str(failure):
                raise
        if size == most:
            raise BatchTooLargeError
        size = min(most, size * 8)
