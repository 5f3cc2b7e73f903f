"""Histories as former releases were given them, stored beside what was made of them.

A line of a stored file of records is the history's name, the topic and the record, separated by tabs; the topic
``until`` says where the history's clock ends.  Records are stored, not generated, so that a changed generator changes
nothing here.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from schemas.records import Heartbeat, Snapshot
from schemas.rows import read_json, write_json
from schemas.times import from_rfc3339, to_rfc3339

STORED = Path(__file__).parent / "stored"
SETS = ("scenario", "whole", "month", "drawn")
"""The built-in scenario, the whole scenarios, a month of load, and histories that Hypothesis drew."""


@dataclass(slots=True)
class History:
    """What the systems saved, and where the clock ends (ms)."""

    name: str
    until: int = 0
    snapshots: list[Snapshot] = field(default_factory=list)


def stored_file(name: str, part: str) -> Path:
    """Return where the ``records`` of a set are, or what a clock (``stream``, ``wall``) makes of them."""
    return STORED / f"{name}.{part}.gz"


def stored_lines(path: Path) -> list[str]:
    """Return the lines of a stored file."""
    return gzip.decompress(path.read_bytes()).decode().removesuffix("\n").split("\n")


def store_lines(path: Path, lines: Iterable[str]) -> None:
    """Store lines so that the same lines are the same bytes."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))


def read_histories(name: str) -> Iterator[History]:
    """Yield the histories of a set."""
    history: History | None = None
    for line in stored_lines(stored_file(name, "records")):
        of, topic, content = line.split("\t", 2)
        if history is None or history.name != of:
            if history is not None:
                yield history
            history = History(of)
        if topic == "until":
            history.until = from_rfc3339(content)
            continue
        record = read_json(topic, content.encode())
        assert not isinstance(record, Heartbeat)
        history.snapshots.append(record)
    if history is not None:
        yield history


def lines_of(history: History) -> Iterator[str]:
    """Yield a history as it is stored."""
    yield f"{history.name}\tuntil\t{to_rfc3339(history.until)}"
    for snapshot in history.snapshots:
        yield f"{history.name}\t{snapshot.TOPIC}\t{write_json(snapshot).decode()}"
