"""The reference of mappings says what is so: its examples are run, and it has every key."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.files.mapping import ColumnMapping
from deploy.files.mapping.conditions import RowCondition
from deploy.files.mapping.field_source import FieldSource
from deploy.files.mapping.pseudonyms import PseudonymKey
from deploy.files.mapping.row_records import RowRecord
from deploy.files.row_reader import FileRow
from schemas.rows import write_json
from tests.deploy.files.kinds.written_tables import as_xlsx, as_zip
from tests.deploy.files.mapping.crime_rows import EXAMPLES, READ_AT, mapping_of, rows_of

TEXT = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
_BLOCKS = re.compile(r"```toml\n([^`]*)```\n+```(csv|json|jsonl|xml)\n([^`]*)```\n+```json\n([^`]*)```")


@pytest.mark.parametrize(("mapping", "kind", "table", "records"), _BLOCKS.findall(TEXT))
def test_each_example_comes_to_what_stands_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapping: str, kind: str, table: str, records: str
) -> None:
    """Each row to its record, to none or to the reason why it is set aside."""
    monkeypatch.setenv("PSEUDONYM_KEY", "a key of sixteen bytes and more")
    file = tmp_path / f"crimes.{kind}"
    read = mapping_of(mapping)
    file.write_text(table, encoding=read.encoding)
    if read.sheet is not None and read.members is not None:
        rows = [row.split(",") for row in table.splitlines()]
        file.write_bytes(as_zip({"notes.txt": b"read me", "night/crimes.xlsx": as_xlsx(rows, read.sheet)}))
    os.utime(file, (0, READ_AT // 1000))
    expected: list[dict[str, Any] | None] = json.loads(records)
    assert [fields(row, named) for row, named in zip(rows_of(read, file), expected, strict=True)] == expected


def fields(row: FileRow, named: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the fields of a row's record that are named; None where it has no record."""
    if row.refusal is not None:
        return {"refused": row.refusal.reason}
    if row.record is None:
        return None
    stated = json.loads(write_json(row.record))
    return {name: stated[name] for name in named or stated}


def test_every_example_is_tried() -> None:
    """None stands there that this module cannot read, but the first, which is a whole mapping."""
    assert len(_BLOCKS.findall(TEXT)) == TEXT.count("```toml") - 1 > 10


@pytest.mark.parametrize("part", [ColumnMapping, RowRecord, FieldSource, RowCondition, PseudonymKey])
def test_every_key_is_there(part: type[msgspec.Struct]) -> None:
    """A key that nobody can look up is a key that nobody uses."""
    for field in msgspec.structs.fields(part):
        assert f"\n| `{field.name}` |" in TEXT
