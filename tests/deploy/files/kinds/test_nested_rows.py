"""Objects and elements as rows: what they lack is blank, and lists stay lists."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from deploy.files.record_files import FileRefusedError
from deploy.files.row_reader import FileRow, RowReader
from schemas.rows import write_json
from tests.deploy.files.kinds.written_tables import as_zip
from tests.deploy.files.mapping.crime_rows import READ_AT, mapping_of, rows_of
from tests.streams.world import crime

TOPIC = "cis.crimes.v1"


def read(tmp_path: Path, value: object, mapping: str) -> list[FileRow]:
    """Return the rows of a JSON file."""
    (tmp_path / "crimes.json").write_text(json.dumps(value))
    return rows_of(mapping_of(mapping), tmp_path / "crimes.json")


def stated(row: FileRow, name: str) -> Any:
    """Return a field of a row's record."""
    return getattr(row.record, name, row.refusal)


def test_an_id_of_all_columns_tells_rows_apart_by_their_names(tmp_path: Path) -> None:
    """Whatever the order of keys, and whether what is blank stands there."""
    objects = [
        {"a": "x", "Ref": "C"},
        {"b": "x", "Ref": "C"},
        {"Ref": "C", "a": "x"},
        {"a": "x", "b": None, "Ref": "C"},
    ]
    ids = [stated(row, "event_id") for row in read(tmp_path, objects, '[fields]\ncrime_ref = "Ref"')]
    assert ids[0] == ids[2] == ids[3] != ids[1]


def test_a_list_goes_as_it_is_into_a_list_and_as_text_elsewhere(tmp_path: Path) -> None:
    """A sign that separates items elsewhere is none in it."""
    mapping = (
        '[fields]\nincident_refs = "L"\nteam = "L"\nflags = { column = "L", extract = "[0-9]", replace = { 1 = "X" } }'
    )
    (row,) = read(tmp_path, [{"L": ["L;1", " L2 ", "", None, 3]}], mapping)
    assert stated(row, "incident_refs") == ("L;1", "L2", "3")
    assert stated(row, "team") == "L;1; L2 ;3"
    assert stated(row, "flags") == ("X", "2", "3")


def test_a_column_that_no_row_states_is_named(tmp_path: Path) -> None:
    """With where it seems to be; where a row may lack it the mapping says so."""
    objects = [{"Ref": "C-1"}, {"Ref": "C-2", "Beat": "B1"}]
    rows = read(tmp_path, objects, '[fields]\ncrime_ref = "Ref"\nbeat = "Beat"')
    assert [stated(row, "beat") for row in rows] == [None, "B1"]
    with pytest.raises(FileRefusedError, match=r"'Beet' is in none of the first rows; where rows may"):
        read(tmp_path, objects * 500, '[fields]\ncrime_ref = "Ref"\nbeat = "Beet"')
    with pytest.raises(FileRefusedError, match=r'there is data\.Ref: rows = "data" reads what is in data'):
        read(tmp_path, {"data": objects}, '[fields]\ncrime_ref = "Ref"')


def test_few_rows_may_all_lack_a_column(tmp_path: Path) -> None:
    """As on a quiet night: they are read, and it is said; unless they have none of the mapping's columns."""
    mapping = mapping_of('[fields]\ncrime_ref = "Ref"\nbeat = "Beat"')
    (tmp_path / "crimes.json").write_text('[{"Ref": "C-1"}]')
    reader = RowReader(TOPIC, mapping, READ_AT, 1000)
    (row,) = reader.rows(tmp_path / "crimes.json")
    assert stated(row, "crime_ref") == "C-1"
    assert "the mapping's column 'Beat' is in none of the first rows" in reader.remarks.popitem()[1]
    with pytest.raises(FileRefusedError, match="'Beat' is in none"):
        read(tmp_path, [{"Other": "C-1"}], '[fields]\ncrime_ref = "Ref"\nbeat = "Beat"')


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"Ref": "C-2", "Ref": "C-3"}', "a key is stated twice in one object"),
        ('{"Ref": "C-2", "a": {"b": 1}, "a.b": 2}', "two of its keys are one column"),
        ('{"Ref": C-2}', "not one JSON object"),
        ('"C-2"', "not one JSON object"),
        ('{"Ref": ' + "[" * 5_000 + "]" * 5_000 + "}", "not one JSON object"),
        ('{"Ref": "C-2", "n": ' + '{"n": ' * 40 + "1" + "}" * 41, "objects within objects"),
    ],
)
def test_an_object_that_cannot_be_meant_costs_itself(tmp_path: Path, text: str, problem: str) -> None:
    """And no other."""
    (tmp_path / "crimes.json").write_text(f'[{{"Ref": "C-1"}}, {text}, {{"Ref": "C-4"}}]')
    rows = rows_of(mapping_of('[fields]\ncrime_ref = "Ref"'), tmp_path / "crimes.json")
    assert [row.line for row in rows] == [1, 2, 3]
    assert [stated(row, "crime_ref") for row in (rows[0], rows[2])] == ["C-1", "C-4"]
    assert problem in str(rows[1].refusal)


@pytest.mark.parametrize("number", ["1e400", "1E-400", "123456789012345678901234567890", "-0.0", "1.10"])
def test_any_number_is_a_text_or_a_bad_row(tmp_path: Path, number: str) -> None:
    """It is read as it is written, and never as another number."""
    (tmp_path / "crimes.json").write_text(f'[{{"Ref": "C-1", "n": {number}}}]')
    (row,) = rows_of(mapping_of('[fields]\ncrime_ref = "Ref"\nteam = "n"'), tmp_path / "crimes.json")
    assert float(stated(row, "team")) == float(number)


def test_other_names_of_a_key_are_known(tmp_path: Path) -> None:
    """Both in one object are one too many."""
    objects = [{"ref": "C-1"}, {"Ref": "C-2"}, {"ref": "C-3", "Ref": "C-4"}]
    rows = read(tmp_path, objects, 'aliases = { Ref = ["ref"] }\n[fields]\ncrime_ref = "Ref"')
    assert [stated(row, "crime_ref") for row in rows[:2]] == ["C-1", "C-2"]
    assert "the column 'Ref' stands twice" in str(rows[2].refusal)


def test_rows_that_xml_does_not_have_are_said(tmp_path: Path) -> None:
    """A mistyped name of an element is no empty file."""
    (tmp_path / "crimes.xml").write_text("<a><Crime><Ref>C-1</Ref></Crime></a>")
    reader = RowReader(TOPIC, mapping_of('rows = "Crimes"\n[fields]\ncrime_ref = "Ref"'), READ_AT, 1000)
    assert list(reader.rows(tmp_path / "crimes.xml")) == []
    assert "no element in it whose path ends as the mapping's rows says, Crimes" in reader.remarks.popitem()[1]


def test_json_of_the_record_s_own_shape_needs_no_mapping(tmp_path: Path) -> None:
    """A list, lines in an archive, gzipped; anything else does."""
    lines = [write_json(crime("2016-03-01 09:00", crime_ref=f"C-{number}")) for number in range(3)]
    contents = {
        "a.json": b"[" + b",".join(lines) + b"]",
        "a.zip": as_zip({"a.jsonl": b"\n".join(lines[:2]), "b.jsonl": lines[2]}),
        "a.jsonl.gz": gzip.compress(b"\n".join(lines)),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        rows = list(RowReader(TOPIC, None, READ_AT, 1000).rows(tmp_path / name))
        assert [stated(row, "crime_ref") for row in rows] == ["C-0", "C-1", "C-2"], name
    (tmp_path / "a.json").write_text("<a><b/></a>")
    with pytest.raises(FileRefusedError, match="needs a --mapping"):
        list(RowReader(TOPIC, None, READ_AT, 1000).rows(tmp_path / "a.json"))
