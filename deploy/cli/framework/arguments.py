"""Arguments that several commands have, and how each is read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.output import printable, tell
from deploy.files.mapping import ColumnMapping, read_mapping
from deploy.files.record_files import NO_ROW, FileRefusedError, is_set_aside
from deploy.files.spools import is_stream, name_of_stream, spool
from schemas.quantities import counted
from schemas.times import from_rfc3339
from streams.policy import PolicyBook, PolicyError

if TYPE_CHECKING:
    from deploy.files.loading import LoadedRecords

MappingsOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--mapping",
        metavar="MAPPING",
        help="what a file's columns mean: a TOML file, or one of deploy/mappings by name; again for each topic",
    ),
]


def moment(option: str, text: str) -> int:
    """Read an RFC 3339 time (ms since the epoch)."""
    try:
        return from_rfc3339(text)
    except ValueError as refusal:
        raise UsageError(f"{option}: {refusal}") from None


def require_forces(forces: Iterable[str], known: Collection[str], hint: str = "") -> None:
    """Raise CommandError at a force that is not among those known: most likely it is mistyped."""
    for force in forces:
        if force not in known:
            names = ", ".join(map(printable, sorted(known))) or "nothing at all"
            raise CommandError(f"nothing is known of {printable(force)}; known: {names}{hint}")


def record_files(files: Sequence[Path]) -> list[Path]:
    """Return the files of records among those named, before any is read.

    Read standard input and pipes to their end.  Leave out files of bad rows, and tell the user: ``*.jsonl`` matches
    what ``cdi feed`` set aside beside a file.
    Raises UsageError at a folder or a missing file.
    """
    usable: list[Path] = []
    for path in files:
        if is_set_aside(path):
            tell(f"{path} is left out: it holds rows that were set aside; mend them in the file they come from")
        elif is_stream(path):
            usable.append(_spooled(path, usable))
        elif path.is_dir():
            raise UsageError(f"{path}: a folder; name the files in it, such as {path / '*.jsonl'}")
        elif not path.exists():
            raise UsageError(f"{path}: no such file")
        else:
            usable.append(path)
    if not usable:
        raise UsageError("no file of records is left to read")
    return usable


def _spooled(path: Path, before: Sequence[Path]) -> Path:
    """Read a stream, and return its name.  Raises UsageError, also where it is named a second time."""
    name = name_of_stream(path)
    if name in before:
        raise UsageError(f"{name} is named twice, and can be read once")
    try:
        spool(path)
    except OSError as failure:
        raise UsageError(f"{name}: {failure.strerror or failure}") from None
    return name


def read_mappings(names: Sequence[str] | None) -> list[ColumnMapping]:
    """Read the mappings of CSV files.  Raises UsageError, also where two are for one topic."""
    try:
        mappings = [read_mapping(name) for name in names or ()]
    except FileRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    topics = [mapping.topic for mapping in mappings]
    if twice := next((topic for topic in topics if topics.count(topic) > 1), None):
        raise UsageError(f"--mapping: two of them are for {twice}")
    return mappings


def tell_of_empty(records: LoadedRecords) -> None:
    """Name the files that have no row, or of which something is to be said."""
    for path, remark in records.remarks.items():
        tell(f"{path}: {remark}")
    for path in records.empty:
        tell(f"{path}: {NO_ROW}")


def require_records(records: LoadedRecords) -> None:
    """Name the files without a row.  Raises CommandError where none held a record that could be read."""
    tell_of_empty(records)
    if not records.snapshots and not records.heartbeats:
        refused = f"; {counted(records.refused, 'bad row is', 'bad rows are')} named above" if records.refused else ""
        raise CommandError(f"no record could be read{refused}; nothing was judged, and nothing written")


def output_file(path: Path, inputs: Iterable[Path]) -> None:
    """Raise UsageError where a file cannot be written, or is one of the files to read."""
    if not path.parent.is_dir():
        raise UsageError(f"--out: {path.parent}: no such folder")
    if path.is_dir():
        raise UsageError(f"--out: {path}: a folder")
    if path.exists() and any(file.exists() and path.samefile(file) for file in inputs):
        raise UsageError(f"--out: {path} is one of the files to read")


def policy_book(path: Path | None) -> PolicyBook:
    """Read a policy file; the built-in policy without one."""
    if path is None:
        return PolicyBook.built_in()
    try:
        return PolicyBook.from_toml(path.read_text(encoding="utf-8"))
    except (PolicyError, UnicodeDecodeError) as refusal:
        line = str(refusal) if isinstance(refusal, PolicyError) else "not UTF-8 text"
        raise UsageError(f"{path}: {line}") from None
    except OSError as failure:
        raise UsageError(f"{path}: {failure.strerror or failure}") from None
