"""Map the rows of a CSV file to records, as a TOML file says.

A mapping names the topic, and for each field of its record where the value comes from (``column``, ``template`` over
several columns, ``constant``, or ``digest``: SHA-256 over columns, which makes an id) and how it is read (``values``
for a vocabulary and ``otherwise`` for any other value, ``split`` for lists, ``time`` and ``zone`` for times).
``[[skip]]`` says which rows are no records.  ``deploy/mappings/`` holds examples.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from string import Formatter
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
_SEPARATOR = "\x1f"
"""Stands between the columns of a digest: ASCII's unit separator, which no export contains."""


class FieldSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Where the value of one field comes from, and how it is read."""

    column: str | None = None
    template: str | None = None
    """Text with ``{Column}`` in it; blank where one of its columns is."""
    constant: str | int | bool | None = None
    digest: tuple[str, ...] | None = None
    """Columns whose SHA-256 is the value; all columns where none is named."""
    values: dict[str, str] | None = None
    otherwise: str | None = None
    """What a value becomes that is not in ``values``; without it such a row is bad."""
    split: str | None = None
    """What separates the items of a list."""
    time: str | tuple[str, ...] | None = None
    """The formats, as strptime's, that a time may have."""
    zone: str | None = None
    """The time zone of a time without an offset; an hour that clocks show twice is the first of the two."""

    @cached_property
    def formats(self) -> tuple[str, ...]:
        """The formats that a time may have."""
        return (self.time,) if isinstance(self.time, str) else self.time or ()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        if self.template is not None:
            return tuple(name for _, name, _, _ in Formatter().parse(self.template) if name is not None)
        return (self.column,) if self.column is not None else self.digest or ()


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


class ColumnMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
        if len(self.delimiter) != 1:
            raise ValueError("delimiter: one character")
        "".encode(self.encoding)

    def columns(self) -> frozenset[str]:
        """Return every column that the mapping reads."""
        named = ((field,) if isinstance(field, str) else field.columns for field in self.fields.values())
        return frozenset(column for columns in named for column in columns) | {skip.column for skip in self.skip}

    def read(self, row: CsvRow) -> dict[str, object] | None:
        """Return a row's fields for :func:`schemas.rows.from_fields`; None where the row is to be skipped.

        Raises BadRecordError.
        """
        if any(skip.holds(row) for skip in self.skip):
            return None
        return {name: self._value(name, field, row) for name, field in self.fields.items()}

    def _value(self, name: str, field: str | FieldSource, row: CsvRow) -> object:
        if isinstance(field, str):
            return self._text(row[field])
        if field.constant is not None:
            return field.constant
        if field.digest is not None:
            text = _SEPARATOR.join(row[column] for column in field.digest or sorted(row))
            return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:_ID_DIGITS]
        parts = {column: self._text(row[column]) for column in field.columns}
        text = parts[field.column] if field.column is not None else _filled(field.template or "", parts)
        if not text:
            return ""
        if field.split is not None:
            return [_translated(name, field, part.strip()) for part in text.split(field.split) if part.strip()]
        text = _translated(name, field, text)
        return to_rfc3339(_moment(name, field, text)) if field.formats else text

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
        return msgspec.toml.decode(text, type=ColumnMapping)
    except FileNotFoundError:
        raise FileRefusedError(f"{named}: there is no such mapping file") from None
    except OSError as failure:
        raise FileRefusedError(f"{named}: {failure.strerror or failure}") from None
    except (msgspec.DecodeError, ValueError, LookupError, re.error) as refusal:
        raise FileRefusedError(f"{named}: not a mapping: {' '.join(str(refusal).split())}") from None


def _check(name: str, field: FieldSource) -> None:
    sources = [field.column, field.template, field.constant, field.digest]
    if sum(source is not None for source in sources) != 1:
        raise ValueError(f"fields.{name}: exactly one of column, template, constant and digest")
    if field.otherwise is not None and field.values is None:
        raise ValueError(f"fields.{name}: otherwise without values")
    if field.zone is not None:
        ZoneInfo(field.zone)
    for form in field.formats:
        if field.zone is None and "%z" not in form:
            raise ValueError(f"fields.{name}: a time without %z needs a zone")


def _filled(template: str, parts: Mapping[str, str]) -> str:
    return template.format_map(parts) if all(parts.values()) else ""


def _translated(name: str, field: FieldSource, text: str) -> str:
    if field.values is None:
        return text
    value = field.values.get(text, field.otherwise)
    if value is None:
        raise BadRecordError("UNKNOWN_VALUE", f"{name}: not among the mapping's values")
    return value


def _moment(name: str, field: FieldSource, text: str) -> int:
    for form in field.formats:
        try:
            read = datetime.strptime(text, form)  # noqa: DTZ007 - the zone, where there is none, follows
        except ValueError:
            continue
        aware = read if read.tzinfo is not None else read.replace(tzinfo=ZoneInfo(field.zone or "UTC"))
        return (aware.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
    raise BadRecordError("IMPOSSIBLE_DATE", f"{name}: not a time of the mapping's format")
