"""Batches that hold more than they may, by every codec: never decompressed, and never in the way of others."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import (
    DefaultRecordBase,
    DefaultRecordBatchBuilder,
    _DefaultRecordBatchBuilderPy,
)
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

from agents.kafka.bounded_records import (
    MOST_BYTES,
    BatchTooLargeError,
    BoundedRecords,
    bound_fetches,
    decompressed,
)
from agents.kafka.large_content import OversizedBatch

MIB = 1 << 20
CODECS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "gzip": (1, gzip_encode),
    "two members of gzip": (1, lambda plain: gzip_encode(plain[:-1]) + gzip_encode(plain[-1:])),
    "snappy in blocks": (2, snappy_encode),
    "snappy": (2, lambda plain: snappy_encode(plain, xerial_compatible=False)),
    "lz4": (3, lz4_encode),
    "zstd": (4, zstd_encode),
}


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("size", [1, 1000, 5 * MIB])
def test_what_may_be_decompressed_is(name: str, size: int) -> None:
    """Byte for byte, up to the bound itself."""
    codec, encode = CODECS[name]
    plain = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    compressed = memoryview(bytes(encode(plain)))
    assert bytes(decompressed(codec, compressed, size)) == plain
    with pytest.raises(BatchTooLargeError):
        decompressed(codec, compressed, size - 1)


@pytest.mark.parametrize("name", CODECS)
def test_what_is_too_large_takes_no_more_memory_than_may_be_decompressed(name: str) -> None:
    """300 MB of zeros in some KB."""
    codec, encode = CODECS[name]
    compressed = memoryview(bytes(encode(bytes(300_000_000))))
    tracemalloc.start()
    try:
        with pytest.raises(BatchTooLargeError):
            decompressed(codec, compressed, 8 * MIB)
        assert tracemalloc.get_traced_memory()[1] < 40 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("codec", [1, 2, 3, 4, 7])
def test_rubbish_is_refused_as_aiokafka_refuses_it(codec: int) -> None:
    """Brokers take none, so this is a broken disk or wire."""
    with pytest.raises(CorruptRecordException):
        decompressed(codec, memoryview(b"rubbish that is no content of any codec"), MIB)


def batch(codec: int, *values: bytes, base_offset: int = 0) -> bytes:
    """Return a batch as a broker has it."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 30)
    for number, value in enumerate(values):
        builder.append(number, 1000, b"LEICS", value, [("name", b"header")])
    return base_offset.to_bytes(8, "big") + bytes(builder.build())[8:]


def read(records: Any) -> list[tuple[int, bytes, bytes]]:
    """Return what aiokafka would make of fetched records: offset, key and value of each."""
    found = []
    while records.has_next():
        next_batch = records.next_batch()
        assert next_batch.validate_crc()
        found += [(record.offset, record.key, record.value) for record in next_batch]
        assert next_batch.next_offset > 0
    return found


@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4])
def test_batches_are_read_as_aiokafka_reads_them(codec: int) -> None:
    """Offsets, keys, values and check sums, one batch after another."""
    data = batch(codec, *[b"value %d" % n * 50 for n in range(20)]) + batch(codec, b"x" * 500, base_offset=20)
    assert read(BoundedRecords(data)) == read(MemoryRecords(data))
    assert len(read(BoundedRecords(data))) == 21


def test_a_batch_that_is_too_large_is_one_message_and_what_follows_is_read() -> None:
    """In its place stands what the broker has, with the offsets that it was."""
    large = batch(4, bytes(MIB), bytes(MIB), base_offset=3)
    (first, second) = read(BoundedRecords(large + batch(4, b"sound" * 100, base_offset=5), MIB))
    assert first[0] == 3
    assert isinstance(first[2], OversizedBatch)
    assert first[2] == large
    assert "the zstd batch of offsets 3 to 4" in first[2].detail
    assert second == (5, b"LEICS", b"sound" * 100)


class Latin(str):
    """A text that is written as Latin-1, as clients do that take a header's name for bytes."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        """Return bytes that are no UTF-8."""
        return str.encode(self, "latin-1")


@pytest.mark.parametrize("timestamp_type", [0, 1])
@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4])
def test_a_header_with_a_name_that_is_not_utf_8_stands_in_no_messages_way(codec: int, timestamp_type: int) -> None:
    """Brokers take it and aiokafka fails at it; the batch is read whole, from that message on without headers."""
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, -1, 1 << 30)
    values = b"before", b"with it" * 100, None, b"behind"
    for number, value in enumerate(values):
        name = Latin("Größe") if number == 1 else "name"
        builder.append(number, 1000 + number, b"LEICS" if number else None, value, [(name, b"header")])
    data = bytearray(builder.build())
    data[DefaultRecordBase.ATTRIBUTES_OFFSET + 1] |= timestamp_type * DefaultRecordBase.TIMESTAMP_TYPE_MASK
    with pytest.raises(UnicodeDecodeError):
        read(MemoryRecords(_with_check_sum(data)))
    records = list(BoundedRecords(_with_check_sum(data)).next_batch())
    assert [(record.offset, record.key, record.value) for record in records] == [
        (number, b"LEICS" if number else None, value) for number, value in enumerate(values)
    ]
    taken_at = [1003] * 4 if timestamp_type else [1000, 1001, 1002, 1003]
    assert [(record.timestamp, record.timestamp_type) for record in records] == [
        (at, timestamp_type) for at in taken_at
    ]
    assert [tuple(record.headers) for record in records] == [(("name", b"header"),), (), (), ()]


def _with_check_sum(data: bytearray) -> bytes:
    crc = calc_crc32c(memoryview(data)[DefaultRecordBase.ATTRIBUTES_OFFSET :])
    data[DefaultRecordBase.CRC_OFFSET : DefaultRecordBase.ATTRIBUTES_OFFSET] = crc.to_bytes(4, "big")
    return bytes(data)


def test_of_one_answer_no_more_is_decompressed_than_a_batch_may_hold() -> None:
    """What is left is fetched again; one batch is always read, or nothing ever would be."""
    data = b"".join(batch(4, bytes(2 * MIB), base_offset=offset) for offset in range(5))
    records = BoundedRecords(data, 3 * MIB)
    assert [offset for offset, _, _ in read(records)] == [0, 1]
    assert records.size_in_bytes() == len(data)


def test_aiokafkas_consumers_are_bound() -> None:
    """The library's own reading is replaced, by the name under which it looks it up."""
    bound_fetches()
    assert fetcher.MemoryRecords is BoundedRecords
    assert MOST_BYTES < 70 * MIB
