"""Write one table in each kind of file."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl

Table = Sequence[Sequence[str]]
"""The columns' names, and rows of as many texts."""


def as_csv(table: Table) -> bytes:
    """Return a table as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    return text.getvalue().encode()


def as_json(table: Table) -> bytes:
    """Return a table as a JSON list of objects."""
    return json.dumps(_objects(table), indent=1).encode()


def as_json_lines(table: Table) -> bytes:
    """Return a table as an object a line."""
    return "".join(json.dumps(row) + "\n" for row in _objects(table)).encode()


def as_xml(table: Table) -> bytes:
    """Return a table as an element a row, with an element a cell."""
    names, *rows = table
    cells = ("".join(f"<{n}>{escape(c)}</{n}>" for n, c in zip(names, row, strict=True)) for row in rows)
    return f"<?xml version='1.0'?><rows>{''.join(f'<row>{row}</row>' for row in cells)}</rows>".encode()


def as_xlsx(table: Table, sheet: str = "Export") -> bytes:
    """Return a table as an Excel workbook of one sheet, each cell a text."""
    book = openpyxl.Workbook()
    (page,) = book.worksheets
    page.title = sheet
    for number, row in enumerate(table, 1):
        for place, text in enumerate(row, 1):
            cell = page.cell(number, place, text or None)
            cell.data_type = "s" if text else "n"
    whole = io.BytesIO()
    book.save(whole)
    return whole.getvalue()


def as_ods(table: Table) -> bytes:
    """Return a table as an OpenDocument spreadsheet, each cell a text."""
    cells = (
        "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
            for cell in row
        )
        for row in table
    )
    rows = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Export">{rows}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    return as_zip(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest.encode(),
            "content.xml": content.encode(),
        }
    )


def as_zip(members: dict[str, bytes]) -> bytes:
    """Return an archive of members by name."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return whole.getvalue()


KINDS: dict[str, Callable[[Table], bytes]] = {
    "csv": as_csv,
    "json": as_json,
    "jsonl": as_json_lines,
    "xml": as_xml,
    "xlsx": as_xlsx,
    "ods": as_ods,
}
"""How a table is written, by the ending of the file's name."""


def write(folder: Path, kind: str, table: Table, packed: str = "") -> Path:
    """Write a table as a file of a kind, gzipped or in an archive where that is asked for, and return its path."""
    content = KINDS[kind](table)
    path = folder / f"export.{kind}{packed}"
    if packed == ".gz":
        content = gzip.compress(content)
    elif packed == ".zip":
        content = as_zip({"notes/": b"", "__MACOSX/._export": b"\0", f"night/export.{kind}": content})
    path.write_bytes(content)
    return path


def _objects(table: Table) -> list[dict[str, str]]:
    names, *rows = table
    return [dict(zip(names, row, strict=True)) for row in rows]
