"""Files of records: which topic a file is of, and its lines, plain or gzipped."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from schemas.records import RECORD_BY_TOPIC

_TOPIC_IN_NAME = re.compile(rf"(?:.*[._-])?({'|'.join(map(re.escape, RECORD_BY_TOPIC))})(?:[._-].*)?\.jsonl(?:\.gz)?")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class FileRefused(Exception):  # noqa: N818 - it names what became of the file
    """A file that cannot be used; the sentence begins with its path."""


def topic_of(path: Path) -> str:
    """Return the source topic a file is of by its name: ``TOPIC.jsonl``, plain or with ``.gz``.

    More may stand before or behind the topic, set off by ``.``, ``-`` or ``_``, so that several files of one topic
    can lie together: ``storm.incidents.v1.2013-05.jsonl.gz``.  Raises FileRefused for any other name.
    """
    name = _TOPIC_IN_NAME.fullmatch(path.name)
    if name is None:
        raise FileRefused(f"{path}: the name is not TOPIC.jsonl or TOPIC.jsonl.gz with one of the source topics")
    return name[1]


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each line that is not blank with its number, from 1; a byte order mark is no part of the first.

    Whether the file is compressed is seen by its content.  Raises FileRefused where it cannot be read to its end.
    """
    try:
        with path.open("rb") as plain:
            compressed = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if compressed else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                said = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
                if not said.isspace() and said:
                    yield number, said
    except (EOFError, gzip.BadGzipFile, zlib.error) as failure:
        raise FileRefused(f"{path}: not a whole gzip file ({failure})") from None
    except OSError as failure:
        raise FileRefused(f"{path}: {failure.strerror or failure}") from None
