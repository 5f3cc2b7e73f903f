"""Read a CSV that a command wrote and that people filled in."""

from __future__ import annotations

from collections.abc import Collection
from itertools import zip_longest
from pathlib import Path

from deploy.files.csv_rows import CsvReader, CsvRow
from deploy.files.record_files import FileRefusedError


def filled_in_rows(path: Path, needed: Collection[str]) -> list[tuple[int, dict[str, str] | str]]:
    """Return each row's line with its cells by column, or with why it is no row.

    What a row is short of is blank.  Raises FileRefusedError where there is no table with the columns that are needed.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            table = CsvReader(lines, ",")
            rows = iter(table)
            columns = next(rows, CsvRow(1, [], [])).cells
            table.columns = len(columns)
            read = [(row.line, _row(row, columns, table)) for row in rows]
    except OSError as failure:
        raise FileRefusedError(f"{path}: {failure.strerror or failure}") from None
    except UnicodeDecodeError:
        raise FileRefusedError(f"{path}: not a CSV file in UTF-8") from None
    if missing := [column for column in needed if column not in columns]:
        raise FileRefusedError(f"{path}: no column {' and no column '.join(missing)}")
    return read


def _row(row: CsvRow, columns: list[str], table: CsvReader) -> dict[str, str] | str:
    if row.problem is not None:
        return row.problem
    if len(row.lines) > 1 and any(table.rows_within(row)):
        return f"not CSV: the quote opened on line {row.line} is closed too late: rows lie between"
    return {column: cell.strip() for column, cell in zip_longest(columns, row.cells[: len(columns)], fillvalue="")}
