"""Map the rows of a CSV file to records, as a TOML file says.

A mapping names the topic, and for each field of its record where the value comes from (``column``, ``template`` over
several columns, ``constant``, or ``digest``: SHA-256 over columns, which makes an id) and how it is read (``values``
for a vocabulary and ``otherwise`` for any other value, ``split`` for lists, ``time`` and ``zone`` for times).
``[[skip]]`` says which rows are no records.  ``deploy/mappings/`` holds examples, and its README every key.

An export that holds the last state of each record alone may state one event_time for two states.  Which of them is the
later the mapping says: ``revision = { feeding_time = true }`` (what is first fed later; in one feeding the later row),
``{ file_time = true }`` (the file changed later; in one file the later row) or ``{ row_number = true }`` (the later row
of a file, whatever the file).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from deploy.files.record_files import FileRefusedError
from schemas.records import RECORD_BY_TOPIC
from schemas.refusals import BadRecordError
from schemas.shapes import SHAPES
from schemas.times import to_rfc3339

CsvRow = Mapping[str, str]
"""A row of a CSV file: text by column."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID_DIGITS = 32
_VALUES_LISTED = 12
"""Of a longer list of values a refusal says no more than that there is one."""
_YEAR = re.compile("%[YyGcx]")
_SEPARATOR = "\x1f"
"""Stands between the columns of a digest: ASCII's unit separator, which no export contains."""


class RowOrder(NamedTuple):
    """A row's place in each of the orders that a mapping may state; the greatest is the latest."""

    feeding_time: int
    file_time: int
    row_number: int


class FieldSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Where the value of one field comes from, and how it is read."""

    column: str | None = None
    template: str | None = None
    """Text with ``{Column}`` in it; blank where one of its columns is."""
    constant: str | int | bool | None = None
    digest: tuple[str, ...] | None = None
    """Columns whose SHA-256 is the value; all columns where none is named."""
    values: dict[str, str] | None = None
    """What each value becomes; ``""`` is a blank cell, which without it stays blank."""
    otherwise: str | None = None
    """What a value becomes that is not in ``values``, unless it is blank; without it such a row is bad."""
    split: str | None = None
    """What separates the items of a list."""
    time: str | tuple[str, ...] | None = None
    """The formats, as strptime's, that a time may have."""
    zone: str | None = None
    """The time zone of a time without an offset; an hour that clocks show twice is the first of the two."""
    feeding_time: bool = False
    """The row's place among all rows that are ever fed; of ``revision`` alone, as the next two."""
    file_time: bool = False
    """The row's place by the time at which its file was changed, and in the file."""
    row_number: bool = False
    """The line of the row in its file."""

    @cached_property
    def order(self) -> str | None:
        """The name of the row's place that it takes; None where it takes none."""
        return next((name for name in RowOrder._fields if getattr(self, name)), None)

    @cached_property
    def formats(self) -> tuple[str, ...]:
        """The formats that a time may have."""
        return (self.time,) if isinstance(self.time, str) else self.time or ()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        if self.template is not None:
            return tuple(name for _, name in self.parts if name is not None)
        return (self.column,) if self.column is not None else self.digest or ()

    @cached_property
    def parts(self) -> tuple[tuple[str, str | None], ...]:
        """The texts of the template, each with the column that follows it."""
        return tuple((text, name) for text, name, _, _ in Formatter().parse(self.template or ""))


class SkipCondition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rows are no records: those for which every condition stated here holds."""

    column: str
    any_of: frozenset[str] | None = None
    none_of: frozenset[str] | None = None
    matches: str | None = None
    """A regular expression found anywhere in the value."""
    blank: bool | None = None

    def holds(self, row: CsvRow) -> bool:
        """Return whether a row is to be skipped."""
        value = row[self.column].strip()
        return (
            (self.any_of is None or value in self.any_of)
            and (self.none_of is None or value not in self.none_of)
            and (self.matches is None or re.search(self.matches, value) is not None)
            and (self.blank is None or self.blank == (not value))
        )


class ColumnMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What the columns of one kind of CSV file mean."""

    topic: str
    fields: dict[str, str | FieldSource]
    """By the record's field; a text names the column."""
    skip: tuple[SkipCondition, ...] = ()
    blank: frozenset[str] = frozenset()
    """Texts that stand for no value, such as ``N/A``."""
    delimiter: str = ","
    encoding: str = "utf-8-sig"

    def __post_init__(self) -> None:
        """Raise ValueError for the first fault."""
        if self.topic not in RECORD_BY_TOPIC:
            raise ValueError(f"topic: {self.topic} is no source topic")
        known = {field.name for field in msgspec.structs.fields(RECORD_BY_TOPIC[self.topic])}
        if strange := sorted(self.fields.keys() - known):
            raise ValueError(f"fields.{strange[0]}: the record has no such field")
        if missing := sorted(SHAPES[RECORD_BY_TOPIC[self.topic]].required - self.fields.keys()):
            raise ValueError(f"fields.{missing[0]}: required, and not there")
        for name, field in self.fields.items():
            if isinstance(field, FieldSource):
                _check(name, field)
        for skip in self.skip:
            re.compile(skip.matches or "")
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n\0':
            raise ValueError("delimiter: one character, neither a quote nor a line end")
        if self.encoding.encode(self.encoding).decode(self.encoding) != self.encoding:
            raise ValueError("encoding: not one of text")

    def columns(self) -> frozenset[str]:
        """Return every column that the mapping reads."""
        named = ((field,) if isinstance(field, str) else field.columns for field in self.fields.values())
        return frozenset(column for columns in named for column in columns) | {skip.column for skip in self.skip}

    @cached_property
    def order(self) -> str | None:
        """Which order of rows the revision is taken from; None where it is none."""
        revision = self.fields.get("revision")
        return revision.order if isinstance(revision, FieldSource) else None

    @property
    def orders_feedings(self) -> bool:
        """Whether two rows never have the same revision, whenever they are fed."""
        return self.order in ("feeding_time", "file_time")

    def read(self, row: CsvRow, order: RowOrder) -> dict[str, object] | None:
        """Return a row's fields for :func:`schemas.rows.from_fields`; None where the row is to be skipped.

        ``order`` is its place, for the revision.  Raises BadRecordError.
        """
        if any(skip.holds(row) for skip in self.skip):
            return None
        revision = getattr(order, self.order) if self.order is not None else None
        return {name: self._value(name, field, row, revision) for name, field in self.fields.items()}

    def _value(self, name: str, field: str | FieldSource, row: CsvRow, revision: int | None) -> object:
        if isinstance(field, str):
            return self._text(row[field])
        if field.order is not None:
            return revision
        if field.constant is not None:
            return field.constant
        if field.digest is not None:
            return _digest([*(row[column] for column in field.digest or sorted(row))], revision)
        parts = {column: self._text(row[column]) for column in field.columns}
        text = parts[field.column] if field.column is not None else _filled(field, parts)
        if not text:
            return (field.values or {}).get("", "")
        if field.split is not None:
            return [_translated(name, field, part.strip()) for part in text.split(field.split) if part.strip()]
        text = _translated(name, field, text)
        return _moment(name, field, text) if field.formats else text

    def _text(self, written: str) -> str:
        text = written.strip()
        return "" if text in self.blank else text


def read_mapping(named: str) -> ColumnMapping:
    """Read a mapping file, or the packaged mapping of this name.  Raises FileRefusedError."""
    path = Path(named)
    try:
        if path.suffix == ".toml" or path.exists():
            text = path.read_text(encoding="utf-8")
        else:
            text = files("deploy").joinpath("mappings", f"{named}.toml").read_text(encoding="utf-8")
        return _mapping(text)
    except FileNotFoundError:
        raise FileRefusedError(f"{named}: there is no such mapping file") from None
    except OSError as failure:
        raise FileRefusedError(f"{named}: {failure.strerror or failure}") from None
    except (msgspec.DecodeError, ValueError, LookupError, re.error) as refusal:
        raise FileRefusedError(f"{named}: not a mapping: {' '.join(str(refusal).split())}") from None


def _mapping(text: str) -> ColumnMapping:
    """Read a mapping; a fault within a field's table is named with the field, which msgspec leaves out."""
    written = msgspec.toml.decode(text)
    fields = written.get("fields")
    for name, field in fields.items() if isinstance(fields, dict) else ():
        try:
            msgspec.convert(field, str | FieldSource)
        except msgspec.ValidationError as fault:
            raise ValueError(f"fields.{name}: {str(fault).replace(' - at `$`', '')}") from None
    return msgspec.convert(written, ColumnMapping)


def _check(name: str, field: FieldSource) -> None:
    sources = [field.column, field.template, field.constant, field.digest, field.order]
    if sum(source is not None for source in sources) != 1:
        raise ValueError(f"fields.{name}: exactly one of column, template, constant and digest")
    if field.order is not None and (name != "revision" or sum(getattr(field, order) for order in RowOrder._fields) > 1):
        raise ValueError(f"fields.{name}: one of {', '.join(RowOrder._fields)}, and in revision alone")
    if any(spec or conversion for _, _, spec, conversion in Formatter().parse(field.template or "")):
        raise ValueError(f"fields.{name}: a template has columns in braces, and no format of them")
    if field.split == "":
        raise ValueError(f"fields.{name}: split by nothing")
    if field.otherwise is not None and field.values is None:
        raise ValueError(
            f"fields.{name}: otherwise without values; values = {{}} makes it of every value that is stated"
        )
    if field.zone is not None:
        _check_zone(name, field.zone)
    for form in field.formats:
        _check_format(name, form)
        if field.zone is None and "%z" not in form:
            raise ValueError(f"fields.{name}: a time without %z needs a zone")


def _check_zone(name: str, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        raise ValueError(f"fields.{name}: no time zone is called {zone}; Europe/London is one") from None


def _check_format(name: str, form: str) -> None:
    """Refuse a format that strptime does not know, or one without a year (it would be 1900)."""
    try:
        datetime.strptime("", form)  # noqa: DTZ007 - it is the format that is tried
    except ValueError as refusal:
        if "in format" in str(refusal):
            raise ValueError(f"fields.{name}: {refusal}") from None
    if not _YEAR.search(form.replace("%%", "")):
        raise ValueError(f"fields.{name}: a time without a year")


def _digest(columns: Sequence[str], revision: int | None) -> str:
    """Return an id made of columns and of the revision, where it is the row's place.

    Each such row is a snapshot of its own.
    """
    text = _SEPARATOR.join(columns if revision is None else [*columns, str(revision)])
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:_ID_DIGITS]


def _filled(field: FieldSource, parts: Mapping[str, str]) -> str:
    """Return the template with its columns' texts; blank where one of them is."""
    if not all(parts.values()):
        return ""
    return "".join(text + (parts[name] if name is not None else "") for text, name in field.parts)


def _translated(name: str, field: FieldSource, text: str) -> str:
    if field.values is None:
        return text
    value = field.values.get(text, field.otherwise)
    if value is None:
        named = [*filter(None, field.values)]
        listed = f": {', '.join(named)}" if len(named) <= _VALUES_LISTED else ""
        raise BadRecordError("UNKNOWN_VALUE", f"{name}: not among the mapping's values{listed}")
    return value


def _moment(name: str, field: FieldSource, text: str) -> str:
    """Read a time by the first format that it has.  Raises BadRecordError."""
    for form in field.formats:
        try:
            read = datetime.strptime(text, form)  # noqa: DTZ007 - the zone, where there is none, follows
        except ValueError:
            continue
        aware = read if read.tzinfo is not None else read.replace(tzinfo=ZoneInfo(field.zone or "UTC"))
        try:
            return to_rfc3339((aware.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1))
        except (ValueError, OverflowError):  # beyond what Python counts, or what a record may state
            detail = f"{name}: outside 1900 to 9999, in column {', '.join(field.columns)}"
            raise BadRecordError("IMPOSSIBLE_DATE", detail) from None
    raise BadRecordError("IMPOSSIBLE_DATE", f"{name}: not a time of the mapping's format")
