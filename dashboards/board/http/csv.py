"""Tables as CSV files to save."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from starlette.responses import Response

from streams.policy.times_in_words import london_time
from streams.reports.spreadsheet import csv_table

_ALL_FORCES: Final = "*"
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+", re.ASCII)
_LONGEST_PART: Final = 60


def csv_name(subject: str, forces: Sequence[str], period: str = "") -> str:
    """Return the name of a file: what it is about, of which forces and of what time."""
    of = "all-forces" if _ALL_FORCES in forces else "-".join(sorted(forces))
    parts = (_NOT_IN_A_NAME.sub("-", part)[:_LONGEST_PART].strip("-") for part in (subject, of, period))
    return f"{'-'.join(filter(None, parts))}.csv"


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Answer with a table as a file to save; :func:`csv_name` makes its name."""
    return csv_file(name, csv_table(header, rows))


def csv_file(name: str, content: bytes) -> Response:
    """Answer with a file to save."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def csv_field(record: object, name: str) -> object:
    """Return a field of a record as a CSV file states it.

    Times (named ``..._at``) are RFC 3339 on London's clocks, as the page has them.
    """
    value = getattr(record, name)
    return (
        london_time(value).isoformat(timespec="milliseconds")
        if name.endswith("_at") and isinstance(value, int)
        else value
    )
