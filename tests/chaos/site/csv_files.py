"""Exports as forces send them, with a mapping: sound, torn, and with rows in them that are no records."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import msgspec

from schemas.codec import MAX_BYTES
from schemas.records import Snapshot
from schemas.rows import write_json
from schemas.shapes import SHAPES

_TIME: Final = "%d/%m/%Y %H:%M:%S.%f"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LINE_END: Final = "\r\n"
_PLACES: Final = (
    "Flat 2\nHigh Street",
    'the "Old" Mill, Mill Lane',
    "=cmd|' /C calc'!A0",
    "'; DROP TABLE alerts; --",
    ",,,",
    "1\t2",
    "\u202eteertS hgiH\u202c",
)
"""Texts that are no harm, however they look to a spreadsheet."""

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file, and what feeding it strictly should come to."""

    name: str
    content: bytes
    rows: int | None
    """How many of its rows are records; None where the file is refused whole."""
    refused: tuple[int, ...] = ()
    """The lines on which rows begin that are none."""
    status: int = 0


def mapping_of(record: type[Snapshot]) -> str:
    """Write the mapping of a topic's files: a column for each field, and British times."""
    fields = [
        f'{name} = {{ column = "{_column(name)}", time = "{_TIME}", zone = "UTC" }}'
        if name in SHAPES[record].times
        else f'{name} = "{_column(name)}"'
        for name in SHAPES[record].fields
    ]
    return "\n".join([f'topic = "{record.TOPIC}"', "[fields]", *fields, ""])


def plain(record: Snapshot, dice: Random) -> Snapshot:
    """Return a record that cells can hold: an optional text that is blank is not stated; and a place like no other."""
    optional = set(SHAPES[type(record)].fields) - SHAPES[type(record)].required
    blank = {name: None for name in optional if isinstance(text := getattr(record, name), str) and not text.strip()}
    place = {"location": dice.choice(_PLACES)} if "location" in optional else {}
    return msgspec.structs.replace(record, **blank, **place)


def sound(records: Sequence[Snapshot], dice: Random) -> CsvFile:
    """Write a file without a fault."""
    content = ("\ufeff" * dice.randint(0, 1) + _whole(records)).encode()
    return CsvFile("sound", gzip.compress(content) if dice.random() < 0.3 else content, len(records))


def torn(records: Sequence[Snapshot], dice: Random) -> CsvFile:
    """Write a file that ends in the middle of its last row."""
    *whole, last = (_row(_cells(record)) for record in records)
    text = _header(records) + "".join(whole)
    within = min(last.rindex(","), last.index("\n"))
    content = text + last[: dice.randint(1, within)]
    return CsvFile("torn", content.encode(), len(whole), (_lines(text) + 1,), status=1)


def torn_archive(records: Sequence[Snapshot], dice: Random) -> CsvFile:
    """Write a compressed file of which the end is missing: none of it is fed."""
    content = gzip.compress(_whole(records).encode())
    return CsvFile("torn archive", content[: dice.randrange(len(content) // 2, len(content) - 8)], None, status=2)


def hostile(records: Sequence[Snapshot], dice: Random) -> CsvFile:
    """Write a file in which there is a row of every bad kind among the sound ones."""
    rows: list[tuple[str, bool]] = [(_row(_cells(record)), True) for record in records]
    for spoil in _SPOILT:
        record = dice.choice(records)
        rows.insert(dice.randint(0, len(rows)), (spoil(_cells(record), SHAPES[type(record)].references[0]), False))
    text, refused = _header(records), list[int]()
    for row, is_record in rows:
        if not is_record:
            refused.append(_lines(text) + 1)
        text += row
    return CsvFile("hostile", text.encode("utf-8", "surrogateescape"), len(records), tuple(refused), status=1)


def _column(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _header(records: Sequence[Snapshot]) -> str:
    return _line([_column(name) for name in SHAPES[type(records[0])].fields])


def _whole(records: Sequence[Snapshot]) -> str:
    return _header(records) + "".join(_row(_cells(record)) for record in records)


def _cells(record: Snapshot) -> Cells:
    fields: dict[str, Any] = json.loads(write_json(record))
    times = {name: getattr(record, name) for name in SHAPES[type(record)].times}
    return {name: _time(times[name]) if name in times else _text(value) for name, value in fields.items()}


def _time(moment: int | None) -> str:
    return "" if moment is None else (_EPOCH + timedelta(milliseconds=moment)).strftime(_TIME)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _row(cells: Cells) -> str:
    return _line(list(cells.values()))


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=_LINE_END).writerow(cells)
    return out.getvalue()


def _lines(text: str) -> int:
    return text.count("\n")


# -- rows that are no records: a line each -------------------------------------------------------------------------

Spoil = Callable[[Cells, str], str]
"""Makes of a record's cells a row that is none; the second argument names a field that is a reference."""


def _time_of(written: str) -> Spoil:
    return lambda cells, _: _short(cells, event_time=written)


def _reference(written: str) -> Spoil:
    return lambda cells, reference: _short(cells, **{reference: written})


def _short(cells: Cells, **changed: str) -> str:
    """Return a row of one line with some cells changed."""
    return _line(_values({**cells, **changed}))


def _values(cells: Cells) -> list[str]:
    """Return the cells without line ends in them."""
    return [text.replace("\n", " ") for text in cells.values()]


_SPOILT: Final[tuple[Spoil, ...]] = (
    _time_of("31/12/9999 00:00:00.000000"),
    _time_of("30/12/1899 00:00:00.000000"),
    _time_of("01/01/0001 00:00:00.000000"),
    _time_of("29/02/2015 00:00:00.000000"),
    _time_of("yesterday"),
    _time_of(""),
    _reference("2.0171E+11"),
    _reference("---"),
    _reference("a\0b"),
    lambda cells, _: _short(cells, event_id=" "),
    lambda cells, _: _short(cells, event_id="\udcff\udcfe"),
    lambda cells, _: _short(cells, revision="many"),
    lambda cells, _: _short(cells, event_id="x" * 2 * MAX_BYTES),
    lambda cells, _: _line(_values(cells)[:-1]),
    lambda cells, _: _line([*_values(cells), "more"]),
    lambda cells, _: f'"ab"c,{_short(cells)}',
    lambda cells, _: f'{_line(_values(cells)[:-1]).rstrip()},"never closed{_LINE_END}',
)
