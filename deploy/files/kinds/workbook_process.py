"""Read a sheet of the workbook on standard input, and write a JSON array a row.

It is a process of its own: what somebody else made may make the library that reads it fail, or ask for more memory than
there is, and ends this process and no other.  The first line says which sheet it is, the last that it was read to its
end.  Nothing of ``cdi`` is imported here, so that it starts at once.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import msgspec

MOST_MEMORY: Final = 3 << 30
"""Bytes that a workbook may take to be read."""
_MOST_DIGITS: Final = 1e15
"""Beyond it a workbook has lost digits: such a number is written so that it is no reference."""
_LONGEST_NUMBER: Final = 40
"""Digits up to which a number is written without an exponent."""


def number_text(number: Decimal) -> str:
    """Return a number as a person writes it: 12345.0 as 12345, and no exponent."""
    if not number.is_finite() or abs(number.adjusted()) > _LONGEST_NUMBER:
        return str(number)
    return f"{number.to_integral_value() if number == number.to_integral_value() else number:f}"


def cell_text(cell: object) -> str:
    """Return a cell as a person reads it: a date in ISO 8601, a formula's value."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float() | int():
            return str(cell) if abs(cell) >= _MOST_DIGITS else number_text(Decimal(repr(cell)))
        case dt.datetime():
            return cell.isoformat(" ")
        case dt.timedelta():
            minutes, seconds = divmod(cell // dt.timedelta(seconds=1), 60)
            return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        case dt.date() | dt.time():
            return cell.isoformat()
        case _:
            return str(cell)


def _lines(wanted: str | None) -> Iterator[Any]:
    """Yield what is written, a line each."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, WorksheetNotFound  # noqa: PLC0415

    try:
        book = CalamineWorkbook.from_filelike(sys.stdin.buffer)
        names = book.sheet_names
        if not names:
            yield {"fault": "a workbook without a sheet"}
        elif wanted is not None and wanted not in names:
            yield {"fault": f"no sheet is called {wanted!r}; there are {', '.join(map(repr, names))}"}
        else:
            sheet = book.get_sheet_by_name(wanted or names[0])
            yield {"sheet": sheet.name, "others": [name for name in names if name != sheet.name]}
            for row in sheet.iter_rows():
                yield [cell_text(cell) for cell in row]
            yield {"end": True}
    except PasswordError:
        yield {"fault": "a workbook encrypted by a password: save it without one"}
    except WorksheetNotFound:
        yield {"fault": "a workbook whose first sheet holds no rows"}
    except CalamineError as fault:
        yield {"fault": f"not a workbook that can be read: {' '.join(str(fault).split())}"}


def main() -> None:
    """Read the sheet that the first argument names; the first sheet without one."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - Unix has it

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    encode = msgspec.json.Encoder().encode
    with contextlib.suppress(BrokenPipeError):
        for line in _lines(sys.argv[1] if len(sys.argv) > 1 else None):
            sys.stdout.buffer.write(encode(line) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
