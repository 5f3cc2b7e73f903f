"""Tables as CSV files to save."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.responses import Response

from schemas.times import to_rfc3339
from streams.reports.spreadsheet import csv_table


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Answer with a file to save."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(csv_table(header, rows), media_type="text/csv; charset=utf-8", headers=headers)


def csv_field(record: object, name: str) -> object:
    """Return a field of a record as a CSV file states it: times (named ``..._at``) in RFC 3339."""
    value = getattr(record, name)
    return to_rfc3339(value) if name.endswith("_at") and isinstance(value, int) else value
