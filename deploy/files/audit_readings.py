"""Read a file of audit readings: the CSV that ``cdi audit draw`` wrote, filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from deploy.files.filled_in_table import filled_in_rows
from deploy.files.record_files import FileRefusedError, topic_of
from schemas.records import AuditReading
from streams.audits.filled_in import ImportedReadings, ReadingFile, read_rows
from streams.audits.form import NEEDED


def read_readings(path: Path, file: ReadingFile, refuse: Callable[[int, str], None]) -> ImportedReadings:
    """Read the readings in a file, and hand each row that is none to ``refuse``, with its line.

    Raises FileRefusedError where there is no such table.
    """
    return read_rows(filled_in_rows(path, NEEDED), file, refuse)


def needs_reading(out: Path, files: Iterable[Path]) -> bool:
    """Return whether the file to write to holds readings and is not among the files to read.

    Raises FileRefusedError where its name does not say that it holds readings: no command could read it.
    """
    try:
        is_named = topic_of(out) == AuditReading.TOPIC
    except FileRefusedError:
        is_named = False
    if not is_named:
        raise FileRefusedError(f"{out}: name it {AuditReading.TOPIC}.jsonl, so that other commands can read it")
    return out.exists() and not any(path.exists() and path.samefile(out) for path in files)
