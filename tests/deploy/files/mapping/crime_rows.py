"""Rows of a table as crimes, by a mapping whose fields are constants where a test says nothing of them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from deploy.files.mapping import ColumnMapping
from deploy.files.mapping.mapping_files import with_code_tables
from deploy.files.row_reader import FileRow, RowReader

EXAMPLES = Path(__file__).parents[4] / "deploy" / "mappings" / "examples"
READ_AT = 1_893_456_000_000
"""2030-01-01."""
_MOMENT = {"constant": "2026-06-01T12:00:00Z"}
_FIELDS: dict[str, Any] = {
    "event_id": {"digest": []},
    "force": {"constant": "LEICS"},
    "source": {"constant": "CIS"},
    "event_time": _MOMENT,
    "recorded_at": _MOMENT,
    "crime_ref": {"constant": "C-1"},
    "offence_code": {"constant": "039"},
    "offence_class": {"constant": "THEFT"},
    "status": {"constant": "RECORDED"},
}


def mapping_of(stated: str, folder: Path = EXAMPLES) -> ColumnMapping:
    """Return a mapping of crimes that states what the text says, and constants otherwise.  Raises ValueError."""
    mapping = {"topic": "cis.crimes.v1"} | tomllib.loads(stated)
    if mapping["topic"] == "cis.crimes.v1":
        mapping["fields"] = _FIELDS | mapping.get("fields", {})
    return with_code_tables(msgspec.convert(mapping, ColumnMapping), folder)


def rows_of(mapping: ColumnMapping, file: Path) -> list[FileRow]:
    """Return the rows of a file."""
    return list(RowReader(mapping.topic, mapping, READ_AT, 1000).rows(file))
