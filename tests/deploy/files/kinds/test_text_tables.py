"""Separators and encodings are recognised where they are certain, and named where they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.files.csv_rows import LARGEST_ROW
from deploy.files.record_files import FileRefusedError
from deploy.files.row_reader import FileRow, RowReader
from tests.deploy.files.mapping.crime_rows import READ_AT, mapping_of

MAPPING = '[fields]\ncrime_ref = "Ref"\nbeat = "Beat"\n'


def read(tmp_path: Path, content: bytes, mapping: str = MAPPING) -> tuple[list[FileRow], dict[Path, str]]:
    """Return the rows of a text, and what is to be said of it."""
    file = tmp_path / "crimes.csv"
    file.write_bytes(content)
    reader = RowReader("cis.crimes.v1", mapping_of(mapping), READ_AT, 1000)
    return list(reader.rows(file)), reader.remarks


def stated(rows: list[FileRow]) -> list[tuple[str, str | None]]:
    """Return the reference and the beat of each row's record."""
    return [(getattr(row.record, "crime_ref", ""), getattr(row.record, "beat", None)) for row in rows]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_separator_and_a_byte_order_mark_are_recognised(tmp_path: Path, separator: str, encoding: str) -> None:
    """The other signs may stand in cells."""
    text = f"Ref{separator}Beat\nC-1{separator}B é\n"
    rows, remarks = read(tmp_path, text.encode(encoding))
    assert stated(rows) == [("C-1", "B é")]
    assert remarks == {}


def test_a_separator_that_two_may_be_is_named(tmp_path: Path) -> None:
    """Where both lead to the mapping's columns."""
    with pytest.raises(FileRefusedError, match=r"separated by a semicolon and by a tab: the mapping's delimiter"):
        read(tmp_path, b"x;2\t3\n", 'header_row = 0\n[fields]\ncrime_ref = "2"')


def test_a_column_that_is_not_there_is_named_whatever_separates_the_others(tmp_path: Path) -> None:
    """And not one that is there, as with a comma none would be."""
    with pytest.raises(FileRefusedError, match="column 'Zone' is not in the first row"):
        read(tmp_path, b"Ref;Beat\nC-1;B1\n", f'{MAPPING}team = "Zone"')


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_names_below_titles_are_found(tmp_path: Path, separator: str) -> None:
    """The refusal says what to write into the mapping, and with it the file is read."""
    content = f"Crimes of May\nprinted by Smith, J\nRef{separator}Beat\nC-1{separator}B1\n".encode()
    with pytest.raises(FileRefusedError, match=r"with header_row = 3 in the mapping all of them are found$"):
        read(tmp_path, content)
    rows, _ = read(tmp_path, content, f"header_row = 3\n{MAPPING}")
    assert stated(rows) == [("C-1", "B1")]


def test_a_column_that_is_called_much_like_one_is_named(tmp_path: Path) -> None:
    """A name that is unlike stays unsaid: where a file has no names it is somebody's data."""
    with pytest.raises(FileRefusedError, match=r"column 'Beat' is not in the first row; one is called 'Beats'$"):
        read(tmp_path, b"Ref,Beats\nC-1,B1\n")
    with pytest.raises(FileRefusedError) as refusal:
        read(tmp_path, b"C-1,Smith,Smith\nC-2,Jones,Jones\n")
    assert "Smith" not in str(refusal.value)


def test_a_stated_separator_is_the_only_one(tmp_path: Path) -> None:
    """No other is read by; where one would do it is named."""
    with pytest.raises(FileRefusedError, match="column 'Beat' is not in the first row") as refusal:
        read(tmp_path, b"Ref,Beat\nC-1,B1\n", f'delimiter = ";"\n{MAPPING}')
    assert str(refusal.value).endswith('(nor 1 other); with delimiter = "," in the mapping all of them are found')
    with pytest.raises(FileRefusedError) as refusal:
        read(tmp_path, b"May\nRef\tBeat\nC-1\tB1\n", f'delimiter = ";"\n{MAPPING}')
    assert '; with delimiter = "\\t" and header_row = 2 in the mapping' in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        ("£50 taken", "windows-1252", 'write encoding = "windows-1252" into the mapping'),
        ("“smart” – 5°", "windows-1252", 'write encoding = "windows-1252" into the mapping'),
        ("Преступление совершено в городе и это было вечером", "windows-1251", 'write encoding = "'),
    ],
)
def test_text_in_another_encoding_is_never_guessed(tmp_path: Path, text: str, encoding: str, said: str) -> None:
    """Its rows are set aside, the others are read, and what to write into the mapping is said."""
    content = f"Ref,Beat\nC-1,{text}\nC-2,B2\n".encode(encoding)
    rows, remarks = read(tmp_path, content)
    assert [row.refusal is None for row in rows] == [False, True]
    (remark,) = remarks.values()
    assert remark.startswith("not utf-8 throughout; ")
    assert said in remark
    rows, remarks = read(tmp_path, content, f'encoding = "{encoding}"\n{MAPPING}')
    assert stated(rows) == [("C-1", text), ("C-2", "B2")]
    assert remarks == {}


def test_a_column_s_name_in_another_encoding_is_explained(tmp_path: Path) -> None:
    """It is not found, and the encoding is why."""
    with pytest.raises(FileRefusedError, match=r"the row is not UTF-8; windows-1252, it seems"):
        read(tmp_path, "Ref,Beat,Value £\n".encode("windows-1252"), '[fields]\ncrime_ref = "Value £"')


@pytest.mark.parametrize("row", ["C-1,B1,,", "C-1,B1"])
def test_blank_names_above_blank_cells_are_no_columns(tmp_path: Path, row: str) -> None:
    """Spreadsheets leave separators behind the last column; rows may lack them."""
    rows, _ = read(tmp_path, f"Ref,Beat,,\n{row}\nC-2,B2,,stray\nC-3,B3,\n".encode())
    assert stated(rows[:1]) == [("C-1", "B1")]
    assert [str(row.refusal) for row in rows[1:]] == [
        "WRONG_TYPE: column 4 holds something, and the first row has no name for it",
        "WRONG_TYPE: 3 columns, the first row has 4",
    ]


def test_a_cell_of_ten_megabytes_costs_its_row(tmp_path: Path) -> None:
    """Whatever stands on its line behind it."""
    content = b"Ref,Beat\nC-1," + b"x" * (LARGEST_ROW * 2) + b',"\nC-2,B2\n'
    rows, _ = read(tmp_path, content)
    assert [row.refusal is None for row in rows] == [False, True]
    assert f"longer than {LARGEST_ROW} characters" in str(rows[0].refusal)


def test_three_hundred_columns_and_mixed_line_ends_are_read(tmp_path: Path) -> None:
    """A name may be anything: dots, braces, colons."""
    names = ["event.no.", "{", ":100:", *(f"c{number}" for number in range(297))]
    row = ["C-1", "B1", "E1", *["x"] * 297]
    content = ",".join(names) + "\r\n" + ",".join(row) + "\r" + ",".join(["C-2", *row[1:]]) + "\n"
    rows, _ = read(tmp_path, content.encode(), '[fields]\ncrime_ref = "event.no."\nbeat = "{"\nteam = ":100:"')
    assert stated(rows) == [("C-1", "B1"), ("C-2", "B1")]
