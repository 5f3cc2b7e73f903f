"""Open files that may be gzipped, and the members of ZIP archives."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Final, NamedTuple, cast

from deploy.files.kinds.recognition import HEAD_BYTES, FileKind, ForeignFileError, kind_of
from deploy.files.record_files import FileRefusedError, failing
from deploy.files.spools import open_bytes

MOST_MEMBERS: Final = 10_000
LARGEST_WORKBOOK: Final = 1 << 29
"""Bytes that a workbook may have unpacked, since it is read into memory."""
_GREATEST_RATIO: Final = 500
"""How many times as large as its packed form a large member may be; text comes to less than 100."""
_ENCRYPTED: Final = 1
"""The flag of an encrypted member."""
_LARGE: Final = 1 << 26
_WORKBOOK_PARTS: Final = ("xl/workbook.xml", "xl/workbook.bin")
_SPREADSHEET: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_OFFICE: Final = {"word/document.xml": "a Word document", "ppt/presentation.xml": "a PowerPoint presentation"}


class Content(NamedTuple):
    """What holds rows: a file, or a member of an archive."""

    name: Path
    """What messages call it."""
    kind: FileKind
    """Neither zip nor gzip."""
    opened: Callable[[], AbstractContextManager[BinaryIO]]
    """Opens it at its beginning, unpacked."""
    is_member: bool = False
    """Whether it is one of those of an archive."""


def contents(path: Path, members: str | None = None) -> Iterator[Content]:
    """Yield what holds rows in a file; of an archive the members whose names are as ``members`` says.

    Raises FileRefusedError, also at a kind that holds none.
    """
    kind = _kind(path, lambda: plain(path))
    if kind == "gzip":
        with _unzipped(path) as (kind, opened):
            if kind == "gzip":
                raise FileRefusedError(f"{path}: a gzip file within a gzip file")
            yield from _of(Content(path, kind, opened), members)
    else:
        yield from _of(Content(path, kind, lambda: plain(path)), members)


@contextmanager
def plain(path: Path) -> Iterator[BinaryIO]:
    """Open a file as it is.  Raises FileRefusedError, also out of the ``with`` block."""
    with failing(path), open_bytes(path) as content:
        yield content


def _kind(name: Path, opened: Callable[[], AbstractContextManager[BinaryIO]]) -> FileKind:
    with opened() as content:
        try:
            return kind_of(content.read(HEAD_BYTES))
        except ForeignFileError as foreign:
            raise FileRefusedError(f"{name}: {foreign}") from None


@contextmanager
def _unzipped(path: Path) -> Iterator[tuple[FileKind, Callable[[], AbstractContextManager[BinaryIO]]]]:
    """Yield what a gzip file holds; archives and workbooks are unpacked to a temporary file."""

    @contextmanager
    def streamed() -> Iterator[BinaryIO]:
        with plain(path) as packed, gzip.open(packed, "rb") as content:
            yield cast("BinaryIO", content)

    kind = _kind(path, streamed)
    if kind not in ("zip", "workbook"):
        yield kind, streamed
        return
    with streamed() as content, _temporary(content, path) as copy:

        @contextmanager
        def copied() -> Iterator[BinaryIO]:
            with failing(path):
                copy.seek(0)
                yield copy

        yield kind, copied


@contextmanager
def _temporary(content: IO[bytes], name: Path) -> Iterator[BinaryIO]:
    """Copy what can be read once to a file that goes with the process."""
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(_Bounded(content, name), copy)
        copy.seek(0)
        yield cast("BinaryIO", copy)


class _Bounded:
    """Reads no more than a workbook may have."""

    def __init__(self, content: IO[bytes], name: Path) -> None:
        self._content = content
        self._name = name
        self._left = LARGEST_WORKBOOK

    def read(self, size: int = -1) -> bytes:
        """Read a block.  Raises FileRefusedError at the end of what there may be."""
        block = self._content.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise too_large(self._name)
        return block


def too_large(name: Path) -> FileRefusedError:
    """Return the refusal of a workbook or an archive in an archive that is too large."""
    return FileRefusedError(f"{name}: more than {LARGEST_WORKBOOK >> 20} MB unpacked; save it as CSV")


def _of(content: Content, members: str | None) -> Iterator[Content]:
    if content.kind != "zip":
        yield content
        return
    with failing(content.name), content.opened() as packed, zipfile.ZipFile(packed) as archive:
        infos = archive.infolist()
        names = {info.filename.replace("\\", "/").lower() for info in infos}
        if names.intersection(_WORKBOOK_PARTS) or _is_spreadsheet(archive, names):
            if sum(info.file_size for info in infos) > LARGEST_WORKBOOK:
                raise too_large(content.name)
            if any(info.flag_bits & _ENCRYPTED for info in infos) or _names_encryption(archive):
                raise FileRefusedError(f"{content.name}: an encrypted workbook: save it without a password")
            if (damaged := archive.testzip()) is not None:
                raise FileRefusedError(f"{content.name}: a workbook whose part {_printable(damaged)} is damaged")
            yield content._replace(kind="workbook")
            return
        if office := next((what for part, what in _OFFICE.items() if part in names), None):
            raise FileRefusedError(f"{content.name}: {office}")
        chosen = [info for info in infos if _is_chosen(info.filename, members)]
        if not chosen:
            named = "no member" if members is None else f"no member that is called {members}"
            raise FileRefusedError(f"{content.name}: an archive with {named}")
        if len(chosen) > MOST_MEMBERS:
            raise FileRefusedError(f"{content.name}: an archive with more than {MOST_MEMBERS} members")
        for info in chosen:
            yield from _member(content.name, archive, info)


def _is_spreadsheet(archive: zipfile.ZipFile, names: set[str]) -> bool:
    if "mimetype" not in names:
        return False
    with archive.open("mimetype") as part:
        return part.read(len(_SPREADSHEET)) == _SPREADSHEET


def _names_encryption(archive: zipfile.ZipFile) -> bool:
    """Return whether an OpenDocument says that its parts are encrypted."""
    try:
        with archive.open("META-INF/manifest.xml") as part:
            return b"encryption-data" in part.read(_LARGE)
    except KeyError:
        return False


def _printable(name: str) -> str:
    """Return the name of a member as it may stand in a line."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)


def _is_chosen(name: str, members: str | None) -> bool:
    path = PurePosixPath(name)
    if name.endswith("/") or path.name.startswith(".") or path.parts[:1] == ("__MACOSX",):
        return False
    return members is None or fnmatchcase(name, members) or fnmatchcase(path.name, members)


@contextmanager
def _unpacking() -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error):
        raise zipfile.BadZipFile("its data is damaged") from None


def _member(archive_name: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[Content]:
    name = archive_name / _printable(PurePosixPath(info.filename).name)
    if info.flag_bits & _ENCRYPTED:
        raise FileRefusedError(f"{name}: encrypted; unpack the archive with its password first")
    if info.file_size > max(_LARGE, _GREATEST_RATIO * info.compress_size):
        raise FileRefusedError(f"{name}: {info.file_size:,} bytes packed into {info.compress_size:,}: a ZIP bomb")

    @contextmanager
    def streamed() -> Iterator[BinaryIO]:
        with failing(name), _unpacking(), archive.open(info) as content:
            yield cast("BinaryIO", content)

    kind = _kind(name, streamed)
    if kind == "gzip":
        raise FileRefusedError(f"{name}: a gzip file within an archive; unpack the archive first")
    if kind not in ("zip", "workbook"):
        yield Content(name, kind, streamed, is_member=True)
        return
    with streamed() as content, _temporary(content, name) as copy:

        @contextmanager
        def copied() -> Iterator[BinaryIO]:
            copy.seek(0)
            yield copy

        for within in _of(Content(name, kind, copied, is_member=True), None):
            if within.kind != "workbook":
                raise FileRefusedError(f"{name}: an archive within an archive")
            yield within
