"""Compare the package's own Avro encoding with fastavro's, on the snapshots of one generated day."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

import fastavro
import msgspec

from schemas.avro import OURS, Schema
from schemas.binary import Layout, layout_of, read, write
from schemas.records import Snapshot
from tests.bench import generate

Figures = dict[str, float | int | str]
Sample = tuple[Schema, Layout, dict[str, Any], bytes]
"""A snapshot's schema, its layout, its plain fields and its Avro body."""

START = 1_756_684_800_000
"""2025-09-01T00:00Z."""
ROUNDS = 5


def avro(messages: int) -> Figures:
    """Measure the microseconds to decode and encode a message, and how many times as long fastavro takes."""
    samples = sample(messages)
    seconds = {work.__name__: _least(work, samples) for work in (own_decode, own_encode, fast_decode, fast_encode)}
    return {
        "messages": len(samples),
        **{f"{name}_us": round(took / len(samples) * 1_000_000, 2) for name, took in seconds.items()},
        "decode_ratio": round(seconds["fast_decode"] / seconds["own_decode"], 2),
        "encode_ratio": round(seconds["fast_encode"] / seconds["own_encode"], 2),
    }


def sample(messages: int) -> list[Sample]:
    """Return the first so many snapshots of a generated day of one force."""
    samples: list[Sample] = []
    layouts = {record: layout_of(schema) for record, schema in OURS.items()}
    for snapshot in _snapshots():
        if len(samples) == messages:
            break
        record_type = type(snapshot)
        fields = msgspec.to_builtins(snapshot, builtin_types=(bytes,))
        body = bytearray()
        write(layouts[record_type], fields, body)
        samples.append((OURS[record_type], layouts[record_type], fields, bytes(body)))
    return samples


def own_decode(samples: Iterable[Sample]) -> None:
    """Decode every body by :mod:`schemas.binary`."""
    deque((read(layout, body, 0) for _, layout, _, body in samples), maxlen=0)


def own_encode(samples: Iterable[Sample]) -> None:
    """Encode all fields by :mod:`schemas.binary`."""
    for _, layout, fields, _ in samples:
        write(layout, fields, bytearray())


def fast_decode(samples: Iterable[Sample]) -> None:
    """Decode every body by fastavro, whose schema needs no resolving."""
    for schema, _, _, body in samples:
        fastavro.schemaless_reader(BytesIO(body), schema, None)


def fast_encode(samples: Iterable[Sample]) -> None:
    """Encode all fields by fastavro."""
    for schema, _, fields, _ in samples:
        fastavro.schemaless_writer(BytesIO(), schema, fields)


def _snapshots() -> Iterable[Snapshot]:
    for _, snapshots in generate.month(1, 30, 1.0, START, 1):
        yield from snapshots


def _least(work: Callable[[Iterable[Sample]], None], samples: Iterable[Sample]) -> float:
    """Return the CPU seconds of the quickest of several rounds: other processes only ever add to it."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work(samples)
        rounds.append(time.process_time() - started)
    return min(rounds)
