"""A workbook's cells come out as a person reads them, whatever becomes of the process that reads them."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest

from deploy.files.kinds import workbook_process
from deploy.files.record_files import FileRefusedError
from deploy.files.row_reader import RowReader
from tests.deploy.files.kinds.written_tables import as_xlsx
from tests.deploy.files.mapping.crime_rows import READ_AT, mapping_of, rows_of

NOON = dt.datetime(2026, 6, 1, 12, 0)  # noqa: DTZ001 - a workbook knows no zone
MAPPING = '[fields]\ncrime_ref = "Ref"\nteam = "Value"\n'


def written(tmp_path: Path, *cells: object, sheet: str = "Sheet") -> Path:
    """Write a workbook with an empty row, names, and a row for each cell; return its path."""
    book = openpyxl.Workbook()
    (page,) = book.worksheets
    page.title = sheet
    page.append([])
    page.append(["Ref", "Value"])
    for number, cell in enumerate(cells):
        page.append([f"C-{number}", cell])
    content = io.BytesIO()
    book.save(content)
    (tmp_path / "export.xlsx").write_bytes(content.getvalue())
    return tmp_path / "export.xlsx"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12345.0, "12345"), (201700123456, "201700123456"), (0.1, "0.1"), (-2.50, "-2.5"), ("00123", "00123"),
        ("12345.0", "12345.0"), (True, "true"), (NOON, "2026-06-01 12:00:00"),
        (dt.date(2026, 6, 1), "2026-06-01"), (dt.time(9, 30), "09:30:00"), (dt.timedelta(hours=26), "26:00:00"),
        ("  é ", "é"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_a_person_reads_it(tmp_path: Path, cell: object, text: str) -> None:
    """And its row has the number that the sheet shows."""
    (row,) = rows_of(mapping_of(MAPPING), written(tmp_path, cell))
    assert (row.line, getattr(row.record, "team", None)) == (3, text)


def test_a_reference_that_lost_its_digits_is_a_bad_row(tmp_path: Path) -> None:
    """A number of a workbook has fifteen."""
    (row,) = rows_of(mapping_of('[fields]\ncrime_ref = "Value"'), written(tmp_path, 12345678901234567890))
    assert "crime_ref: a number in a spreadsheet's spelling" in str(row.refusal)


def test_a_time_of_a_workbook_is_iso(tmp_path: Path) -> None:
    """Beside texts in the formats that people type."""
    stated = '[fields]\nrecorded_at = { column = "Value", time = ["iso", "%d/%m/%Y %H:%M"], zone = "UTC" }'
    cells = (NOON, "01/06/2026 12:00", dt.date(2026, 6, 1))
    rows = rows_of(mapping_of(stated), written(tmp_path, *cells))
    times = [getattr(row.record, "recorded_at", 0) for row in rows]
    assert times[0] == times[1] == times[2] + 43_200_000


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    """And where there are several, which one is read."""
    file = written(tmp_path, 1, sheet="May")
    with pytest.raises(FileRefusedError, match=r"no sheet is called 'June'; there are 'May'"):
        rows_of(mapping_of(f'sheet = "June"\n{MAPPING}'), file)
    book = openpyxl.load_workbook(file)
    book.create_sheet("Notes")
    book.save(file)
    reader = RowReader("cis.crimes.v1", mapping_of(MAPPING), READ_AT, 1000)
    assert len(list(reader.rows(file))) == 1
    assert reader.remarks == {file: "its first sheet, 'May', is read; the mapping's sheet can name another"}


def test_names_that_stand_elsewhere_are_found(tmp_path: Path) -> None:
    """In a lower row, and perhaps on another sheet."""
    book = openpyxl.Workbook()
    book.active.title = "Summary"
    page = book.create_sheet("Crimes")
    for cells in (["Crimes of May"], [], ["Ref", "Value"], ["C-1", 1]):
        page.append(cells)
    file = tmp_path / "export.xlsx"
    book.active.append(["printed for", "the registrar"])
    book.save(file)
    wrong_sheet = (
        r"\(nor 1 other\); this is its first sheet, 'Summary': the mapping's sheet can name another, 'Crimes'$"
    )
    with pytest.raises(FileRefusedError, match=wrong_sheet):
        rows_of(mapping_of(MAPPING), file)
    named = f'sheet = "Crimes"\n{MAPPING}'
    with pytest.raises(FileRefusedError, match=r"with header_row = 3 in the mapping all of them are found$"):
        rows_of(mapping_of(named), file)
    (row,) = rows_of(mapping_of(f"header_row = 3\n{named}"), file)
    assert getattr(row.record, "crime_ref", None) == "C-1"


def test_an_empty_sheet_is_named(tmp_path: Path) -> None:
    """It is no file without columns."""
    file = tmp_path / "export.xlsx"
    file.write_bytes(as_xlsx([], "May"))
    with pytest.raises(FileRefusedError, match=r"its sheet 'May' is empty"):
        rows_of(mapping_of(MAPPING), file)


@pytest.mark.parametrize("script", ["import os; os.abort()", 'print(\'{"sheet": "A", "others": []}\')'])
def test_a_reader_that_fails_ends_no_other_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    """The file is refused, and never taken for one that ends there."""
    (tmp_path / "reader.py").write_text(script)
    monkeypatch.setattr(workbook_process, "__file__", str(tmp_path / "reader.py"))
    with pytest.raises(FileRefusedError, match="not a workbook that can be read"):
        rows_of(
            mapping_of(f"header_row = 0\n{MAPPING.replace('Ref', '1').replace('Value', '2')}"), written(tmp_path, 1)
        )
