"""Tables as CSV files to save."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.responses import Response

from streams.reports.spreadsheet import csv_table


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Answer with a file to save; times in it are the caller's to write (RFC 3339)."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(csv_table(header, rows), media_type="text/csv; charset=utf-8", headers=headers)
