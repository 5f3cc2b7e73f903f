"""A file is read as what it is, whatever its name says, and comes to the same records in whatever kind it is."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.files.record_files import FileRefusedError
from deploy.files.row_reader import FileRow, RowReader
from schemas.rows import write_json
from tests.deploy.files.kinds.written_tables import KINDS, as_csv, as_xlsx, as_zip, write
from tests.deploy.files.mapping.crime_rows import READ_AT, mapping_of, rows_of

MAPPING = """[fields]
event_id = { digest = ["Ref", "Beat", "Logs"] }
crime_ref = "Ref"
beat = "Beat"
incident_refs = { column = "Logs", split = ";" }
recorded_at = { column = "At", time = ["iso", "%d/%m/%Y %H:%M"], zone = "Europe/London" }
"""
NAMES = ("Ref", "Beat", "Logs", "At")
CELLS = st.sampled_from(["", "C-1", "00123", "12345.0", "B 4", "A;B", "a,b", 'say "x"', "<&>", "é£", "2E+11", "[1]"])
TIMES = st.sampled_from(["2026-06-01T09:30:00", "31/05/2026 24:00", "soon", ""])
TABLES = st.lists(st.tuples(CELLS, CELLS, CELLS, TIMES), min_size=1, max_size=9)


def outcomes(rows: list[FileRow]) -> list[bytes | str]:
    """Return each row's record, or why it has none; blank rows are left out."""
    return [write_json(row.record) if row.record is not None else str(row.refusal) for row in rows if not row.is_blank]


@pytest.mark.parametrize("packed", ["", ".gz", ".zip"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(table=TABLES)
def test_a_table_comes_to_the_same_records_in_every_kind(
    tmp_path: Path, packed: str, table: list[tuple[str, ...]]
) -> None:
    """CSV, JSON, JSON Lines, XML and workbooks, as they are, gzipped and in an archive."""
    filled = [row if any(row) else ("C-1", *row[1:]) for row in table]
    mapping = mapping_of(MAPPING)
    read = {kind: outcomes(rows_of(mapping, write(tmp_path, kind, [NAMES, *filled], packed))) for kind in KINDS}
    for kind in KINDS:
        assert read[kind] == read["csv"], kind


def test_the_name_of_a_file_says_nothing(tmp_path: Path) -> None:
    """A workbook that somebody called CSV is read as a workbook."""
    table = [NAMES, ("C-1", "B1", "", "2026-06-01T09:30:00")]
    file = tmp_path / "export.csv"
    file.write_bytes(as_xlsx(table))
    (row,) = rows_of(mapping_of(MAPPING), file)
    assert getattr(row.record, "crime_ref", None) == "C-1"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<!DOCTYPE html>\n<html><body>Please sign in</body></html>", "an HTML page"),
        (b"\xef\xbb\xbf <HTML>", "an HTML page"),
        (b"%PDF-1.7 ...", "a PDF: ask its source"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"SQLite format 3\0", "an SQLite database"),
        (as_zip({"word/document.xml": b"<x/>"}), "a Word document"),
        (as_zip({}), "an archive with no member"),
        (as_zip({"a.zip": as_zip({"b.csv": b"Ref\n"})}), "an archive within an archive"),
        (as_zip({"a.csv": b"0" * 200_000_000}), "a ZIP bomb"),
        (b"PK\x03\x04 and no more", "an archive that is not whole, or damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "not a workbook that can be read"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "a workbook encrypted by a password",
        ),
        (b'{"data": [\n{"Ref": "C-1"}]}', "the mapping's rows says where"),
        (b'[{"Ref": "C-1", "Beat": "B1"}, {"Ref": "C-2"', "it ends in the middle"),
        (b'[{"Ref": "C-1"}] [{"Ref": "C-2"}]', "something stands behind the end"),
        (b'[{"Ref": "C-1"}}', "its brackets do not pair"),
        (b"<?xml version='1.0'?><rows><row><Ref>C-1</Ref></row>", "not XML from line 1, column 53 on"),
        (b'<!DOCTYPE a [<!ENTITY b "bomb">]><a><r><Ref>&b;</Ref></r></a>', "XML that defines entities is not read"),
        (
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a><r><Ref>&b;</Ref></r></a>',
            "XML that defines entities is not read",
        ),
        ("[".encode("utf-16"), "UTF-16 text"),
    ],
)  # fmt: skip
def test_what_holds_no_rows_is_named(tmp_path: Path, content: bytes, sentence: str) -> None:
    """In one line that says what it is, and begins with the file."""
    file = tmp_path / "export.csv"
    file.write_bytes(content)
    with pytest.raises(FileRefusedError) as refusal:
        rows_of(mapping_of('[fields]\ncrime_ref = "Ref"'), file)
    assert str(refusal.value).startswith(str(file))
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_document_type_of_somewhere_else_is_not_fetched(tmp_path: Path) -> None:
    """The rows are read without it."""
    file = tmp_path / "export.xml"
    file.write_text('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a><r><Ref>C-1</Ref></r></a>')
    (row,) = rows_of(mapping_of('[fields]\ncrime_ref = "Ref"'), file)
    assert getattr(row.record, "crime_ref", None) == "C-1"


def test_a_bad_row_is_kept_as_the_file_has_it(tmp_path: Path) -> None:
    """Whatever kind of file it is."""
    mapping = mapping_of('[fields]\ncrime_ref = "Ref"\nstatus = { column = "State", values = { A = "RECORDED" } }')
    rows = [("Ref", "State"), *((f"C-{number}", "A") for number in range(5)), ("C-5", "?"), ("C-6", "A")]
    texts = {kind: [r.text for r in rows_of(mapping, write(tmp_path, kind, rows)) if r.refusal] for kind in KINDS}
    assert texts == {
        "csv": ["C-5,?"], "json": ['{\n  "Ref": "C-5",\n  "State": "?"\n }'], "jsonl": ['{"Ref": "C-5", "State": "?"}'],
        "xml": ["<row><Ref>C-5</Ref><State>?</State></row>"], "xlsx": ["C-5,?"], "ods": ["C-5,?"],
    }  # fmt: skip


def test_an_encrypted_member_is_named(tmp_path: Path) -> None:
    """By the flag that says so."""
    content = bytearray(as_zip({"a.csv": as_csv([NAMES])}))
    for place in (content.index(b"PK\x03\x04") + 6, content.index(b"PK\x01\x02") + 8):
        content[place] |= 1
    (tmp_path / "export.zip").write_bytes(content)
    with pytest.raises(FileRefusedError, match=r"export\.zip/a\.csv: encrypted"):
        rows_of(mapping_of(MAPPING), tmp_path / "export.zip")


def test_rows_of_several_members_are_named_by_their_member(tmp_path: Path) -> None:
    """And each has a place of its own in the order of feeding."""
    members = {f"{name}.csv": f"Ref\n{name}-1\n{name}-2\n".encode() for name in ("A", "B")} | {"read.me": b"hello"}
    (tmp_path / "export.zip").write_bytes(as_zip(members))
    mapping = mapping_of('members = "*.csv"\n[fields]\ncrime_ref = "Ref"\nrevision = { row_number = true }')
    rows = rows_of(mapping, tmp_path / "export.zip")
    assert [(row.member, row.line) for row in rows] == [("A.csv", 2), ("A.csv", 3), ("B.csv", 2), ("B.csv", 3)]
    assert [getattr(row.record, "revision", None) for row in rows] == [2, 3, 5, 6]
    with pytest.raises(FileRefusedError, match=r"export\.zip/read\.me: the mapping's column 'Ref' is not in"):
        rows_of(mapping_of('[fields]\ncrime_ref = "Ref"'), tmp_path / "export.zip")
    with pytest.raises(FileRefusedError, match=r"no member that is called \*\.xml"):
        rows_of(mapping_of('members = "*.xml"\n[fields]\ncrime_ref = "Ref"'), tmp_path / "export.zip")


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl", "xml"])
def test_reading_takes_no_memory_in_proportion_to_the_file(tmp_path: Path, kind: str) -> None:
    """25 times the rows, of 5 MB, and about the same peak."""
    mapping, peaks = mapping_of('[fields]\ncrime_ref = "Ref"'), []
    for number in (200, 5_000):
        file = write(tmp_path, kind, [("Ref", "Text"), *((f"C-{row % 100}", "x" * 1_000) for row in range(number))])
        tracemalloc.start()
        read = sum(row.record is not None for row in RowReader(mapping.topic, mapping, READ_AT, 1000).rows(file))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert read == number
    assert peaks[1] < 1.5 * peaks[0] + 1_000_000


BASES = {
    **{kind: written([NAMES, ("C-1", "B1", "L-1;L-2", "2026-06-01T09:30:00")]) for kind, written in KINDS.items()},
    "zip": as_zip({"a.csv": as_csv([NAMES]), "b.csv": as_csv([NAMES])}),
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(sorted(BASES)),
    place=st.floats(0, 1),
    insertion=st.sampled_from([b"", b"\0", b'"', b"<", b"[", b"{", b"\xff\xff\xff\xff", b"&x;"])
    | st.binary(max_size=8),
    removed=st.integers(0, 9),
)
def test_a_damaged_file_is_rows_or_refused(
    tmp_path: Path, kind: str, place: float, insertion: bytes, removed: int
) -> None:
    """In one line that begins with the file, and with no other exception."""
    content, file = BASES[kind], tmp_path / "export"
    at = int(place * len(content))
    file.write_bytes(content[:at] + insertion + content[at + removed :])
    try:
        rows_of(mapping_of(MAPPING), file)
    except FileRefusedError as refusal:
        line = str(refusal)
    else:
        line = str(file)
    assert line.startswith(str(file))
    assert "\n" not in line
