"""Files of records: which topic a file is of, and its lines, plain or gzipped."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from agents.settings.files import write_whole
from deploy.files.csv_rows import LARGEST_ROW
from deploy.files.spools import is_spooled, open_bytes
from schemas.records import RECORD_BY_TOPIC

JSON_OR_ARCHIVE = ("json", "zip")
"""Of these, the endings of what a mapping need not read."""
TABLE_ENDINGS = ("csv", "json", "ods", "tsv", "txt", "xls", "xlsb", "xlsm", "xlsx", "xml", "zip")
"""How the names of files end that a mapping reads, before a .gz; what they are their content says."""
_TOPIC_IN_NAME = re.compile(
    rf"(?:.*[._-])?({'|'.join(map(re.escape, RECORD_BY_TOPIC))})(?:[._-].*)?"
    rf"\.(?:jsonl|{'|'.join(TABLE_ENDINGS)})(?:\.gz)?"
)
SET_ASIDE = ".rejected.jsonl"
"""The end of the name of a file of bad rows; before it stands the name of the file they come from."""
NEEDS_MAPPING = "a CSV file needs a --mapping, and so does all but JSON of the record's own shape"
"""What to tell of a file that no mapping reads."""
NO_ROW = "there is no row in it: is the file whole?"
"""What to tell of a file that could be read and holds nothing."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"{\0", b"\0{")
"""How text in UTF-16 begins, with a byte order mark or, as JSON, without."""
_GZIP = b"\x1f\x8b"


class FileRefusedError(Exception):
    """A file that cannot be used; the message begins with its path."""


class FileNotWholeError(FileRefusedError):
    """A file that ends too early, as one does that is still being written."""


def topic_in_name(path: Path) -> str | None:
    """Return the source topic that a file is named after, whatever its kind; None where it names none.

    More may stand before or after the topic, set off by ``.``, ``-`` or ``_``, so that several files of one topic
    can lie in one folder: ``storm.incidents.v1.2013-05.jsonl.gz``.
    """
    name = _TOPIC_IN_NAME.fullmatch(path.name)
    return None if name is None else name[1]


def is_table(path: Path) -> bool:
    """Return whether a file's name says that it needs a mapping."""
    ending = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    return ending in TABLE_ENDINGS and ending not in JSON_OR_ARCHIVE


def topic_of(path: Path) -> str:
    """Return the topic that a file of JSON Lines is named after: ``TOPIC.jsonl``, plain or with ``.gz``.

    Raises FileRefusedError for any other name.
    """
    topic = topic_in_name(path)
    if topic is None and is_spooled(path):
        raise FileRefusedError(f"{path}: no name says which topic these JSON Lines are of; of CSV a --mapping does")
    if topic is None or not path.name.removesuffix(".gz").endswith(".jsonl"):
        raise FileRefusedError(
            f"{path}: the name is not TOPIC.jsonl or TOPIC.jsonl.gz with one of the source topics: "
            f"{', '.join(RECORD_BY_TOPIC)}"
        )
    return topic


def is_set_aside(path: Path) -> bool:
    """Return whether a file holds bad rows, as :class:`deploy.files.feed.RejectedRows` writes them."""
    return path.name.removesuffix(".gz").endswith(SET_ASIDE)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, gzipped or plain as its content says.

    Raises FileRefusedError, also out of the ``with`` block, where it cannot be read to its end.
    """
    with failing(path):
        with open_bytes(path) as plain:
            compressed = plain.read(len(_GZIP)) == _GZIP
        with open_bytes(path) as plain:
            if not compressed:
                yield plain
                return
            with gzip.open(plain, "rb") as content:
                yield cast("BinaryIO", content)


@contextmanager
def failing(path: Path) -> Iterator[None]:
    """Raise FileRefusedError where what ``path`` names cannot be read to its end."""
    try:
        yield
    except EOFError:
        raise FileNotWholeError(f"{path}: not a whole gzip file: it ends too early; copy it again") from None
    except (gzip.BadGzipFile, zlib.error) as failure:
        raise FileRefusedError(f"{path}: {_gzip_fault(failure)}") from None
    except UnicodeError as failure:
        encoding = getattr(failure, "encoding", "its encoding")
        raise FileRefusedError(f"{path}: not text in {encoding}, or not whole") from None
    except OSError as failure:
        raise FileRefusedError(f"{path}: {failure.strerror or failure}") from None
    except zipfile.BadZipFile as failure:
        fault = " ".join(str(failure).split())
        raise FileNotWholeError(f"{path}: an archive that is not whole, or damaged: {fault}") from None
    except NotImplementedError as failure:
        raise FileRefusedError(f"{path}: an archive that cannot be read: {failure}") from None


def _gzip_fault(failure: Exception) -> str:
    """Say what is wrong with a gzip file; its own library quotes the bytes that follow it."""
    if str(failure).startswith("Not a gzipped file"):
        return "behind the end of its gzip data stand bytes that are no gzip data: was something appended to it?"
    return "not a whole gzip file: its data is damaged; copy it again"


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each line that is not blank with its number, from 1; a line ends with LF, CR or both.

    A byte order mark is no part of the first.

    Raises FileRefusedError where the file cannot be read to its end, and where it is UTF-16.
    """
    with opened(path) as content:
        yield from numbered(path, content)


def numbered(path: Path, content: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield each line of a content that ``path`` names, as :func:`numbered_lines` does of a file."""
    for number, line in enumerate(lines_of(content), 1):
        if number == 1 and line.startswith(_UTF_16):
            raise FileRefusedError(f"{path}: UTF-16 text, where JSON Lines are UTF-8")
        text = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
        if text and not text.isspace():
            yield number, text


def lines_of(content: BinaryIO) -> Iterator[bytes]:
    """Yield lines, each with its end; no JSON holds a CR but between its parts.

    Of a line that is longer than a row may be, yield a beginning that is too long, too.
    """
    while line := content.readline(LARGEST_ROW + 1):
        if line.find(b"\r", 0, -2) >= 0:
            yield from line.splitlines(keepends=True)
        else:
            yield line
        while len(line) > LARGEST_ROW and not line.endswith(b"\n"):
            line = content.readline(LARGEST_ROW + 1)


def write_lines(lines: Iterable[bytes], out: Path) -> None:
    """Write lines, each of which gets its end; ``out`` is there whole or as it was before.

    Raises FileRefusedError.
    """
    try:
        write_whole(out, (line + b"\n" for line in lines))
    except OSError as failure:
        raise FileRefusedError(f"{out}: {failure.strerror or failure}") from None
