"""An audit's readings as CSV: the form goes out, and comes back filled in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

import msgspec
from starlette.datastructures import UploadFile
from starlette.responses import Response

from dashboards.board.http.csv import csv_name, csv_response
from dashboards.board.pages.audits.plans import find, missing
from dashboards.board.pages.audits.reading import SOURCE, may_read, reader_named, send, waiting
from dashboards.board.pages.handler import Visit
from schemas.identifiers import normalise
from schemas.records import AuditReading
from streams.audits.filled_in import ReadingFile, read_rows
from streams.audits.form import COLUMNS, NEEDED, ReadingRefusedError, form_row
from streams.audits.plan import is_plan_of
from streams.audits.readings import is_same_reader
from streams.audits.results import AuditResults

LARGEST_FILE: Final = 4 * 1024 * 1024
_MOST_REFUSALS: Final = 20


class Refusal(msgspec.Struct, frozen=True):
    """A row that is no reading."""

    line: int
    reason: str


def export(visit: Visit) -> Response:
    """Give the form of what this person is still to read."""
    result, reader = find(visit), reader_named(visit, visit.request.query_params.get("reader", "first"))
    if result is None or reader is None:
        return missing(visit)
    rows = [form_row(result, one, reader) for one in waiting(visit, result, reader)]
    return csv_response(csv_name("audit-form", [result.plan.force], result.plan.audit_id), COLUMNS, rows)


def take(visit: Visit) -> Response:
    """Take the readings of a filled-in form: this person's own; bad rows are named, the others taken."""
    result = find(visit)
    if result is None:
        return missing(visit)
    try:
        rows = list(_rows(visit))
    except ValueError as refusal:
        return _page(visit, result, str(refusal), [], 422)
    refusals: list[Refusal] = []
    file = ReadingFile(
        results_of=lambda audit_id: result if is_plan_of(result.plan, audit_id) else None,
        by=visit.person.name,
        wall=visit.board.clock(),
        longest_note=visit.board.book.actions.text_longest,
        source=SOURCE,
        require=lambda reading, results: _require_own(visit, reading, results),
    )
    imported = read_rows(rows, file, lambda line, reason: refusals.append(Refusal(line, reason)))
    if (failure := send(visit, imported.readings)) is not None:
        return _page(visit, result, failure, refusals, 503)
    words = (
        f"{len(imported.readings)} readings taken, {imported.already_known} were there already, "
        f"{imported.empty} rows have none, {imported.refused} could not be taken."
    )
    return _page(visit, result, words, refusals, 422 if refusals else 200)


def _require_own(visit: Visit, reading: AuditReading, results: AuditResults) -> None:
    """Refuse what this person may not read, or somebody else has read."""
    if not is_same_reader(reading.read_by, visit.person.name):
        raise ReadingRefusedError("read_by: on the board everybody brings their own readings")
    if reading.reader == "FCR" and not visit.person.may("override"):
        raise ReadingRefusedError("reader: the registrar rules")
    one = results.records[reading.system, normalise(reading.ref)]
    if not may_read(visit, one, reading.reader):
        raise ReadingRefusedError("ref: somebody else has read it, or it is not yours to read")


def _rows(visit: Visit) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Yield the rows of the file that was sent.  Raises ValueError, in words for whoever sent it."""
    upload = visit.form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise ValueError("Choose a file: the form, filled in and saved as CSV.")
    content = upload.file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ValueError("The file is larger than any form.")
    try:
        table = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), restval="", strict=True)
        missing_columns = [name for name in NEEDED if name not in (table.fieldnames or ())]
        rows = list(_numbered(table))
    except UnicodeDecodeError:
        raise ValueError("The file is not CSV in UTF-8.") from None
    except csv.Error:
        raise ValueError("The file is not CSV: a quote in it is not closed, or a cell is too large.") from None
    if missing_columns:
        raise ValueError(f"The file has no column {' and no column '.join(missing_columns)}.")
    yield from rows


def _numbered(table: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str] | str]]:
    for row in table:
        yield table.line_num, {name: cell for name, cell in row.items() if isinstance(name, str)}


def _page(visit: Visit, result: AuditResults, words: str, refusals: list[Refusal], status: int) -> Response:
    return visit.page(
        "audit_taken.html",
        status,
        result=result,
        words=words,
        refusals=refusals[:_MOST_REFUSALS],
        more=max(0, len(refusals) - _MOST_REFUSALS),
        failed=status != 200,
    )
