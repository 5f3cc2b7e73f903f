"""Mappings: what a CSV file's columns mean, as a TOML file.

A mapping names the topic, and for each field of its record where the value comes from (``column``, ``template`` over
several columns, ``constant``, or ``digest``: SHA-256 over columns, which makes an id) and how it is read (``values``
for a vocabulary with ``otherwise`` for what it does not know, ``split`` for lists, ``time`` and ``zone`` for times).
``[[skip]]`` says which rows are no records at all.  ``deploy/mappings/`` holds examples.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping as MappingType
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import msgspec

from deploy.files.files import FileRefusedError
from schemas.records import RECORD_BY_TOPIC
from schemas.refusals import BadRecordError
from schemas.shapes import SHAPES
from schemas.times import to_rfc3339

Row = MappingType[str, str]
"""A row of a CSV file: text by column."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID_DIGITS = 32
_SEPARATOR = "\x1f"
"""Between the columns of a digest: ASCII's own unit separator, which no export contains."""


class Field(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Where one field's value comes from, and how it is read."""

    column: str | None = None
    template: str | None = None
    """Text with ``{Column}`` in it; blank as soon as one of its columns is."""
    constant: str | int | bool | None = None
    digest: tuple[str, ...] | None = None
    """Columns whose SHA-256 is the value; none named means the whole row."""
    values: dict[str, str] | None = None
    otherwise: str | None = None
    """What a value that ``values`` does not know becomes; without it such a row is bad."""
    split: str | None = None
    """What separates the items of a list."""
    time: str | tuple[str, ...] | None = None
    """The formats, as strptime's, that a time may have."""
    zone: str | None = None
    """Whose clocks such a time was read off; an hour that clocks show twice is taken for its first."""

    @cached_property
    def formats(self) -> tuple[str, ...]:
        """The formats a time may have."""
        return (self.time,) if isinstance(self.time, str) else self.time or ()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns it is made of."""
        if self.template is not None:
            return tuple(name for _, name, _, _ in Formatter().parse(self.template) if name is not None)
        return (self.column,) if self.column is not None else self.digest or ()


class Skip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rows are no records: where every condition stated here holds."""

    column: str
    any_of: frozenset[str] | None = None
    none_of: frozenset[str] | None = None
    matches: str | None = None
    """A regular expression found anywhere in the value."""
    blank: bool | None = None

    def holds(self, row: Row) -> bool:
        """Whether a row is to be skipped."""
        value = row[self.column].strip()
        return (
            (self.any_of is None or value in self.any_of)
            and (self.none_of is None or value not in self.none_of)
            and (self.matches is None or re.search(self.matches, value) is not None)
            and (self.blank is None or self.blank == (not value))
        )


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the columns of one kind of CSV file mean."""

    topic: str
    fields: dict[str, str | Field]
    """By the record's field; a text alone names the column."""
    skip: tuple[Skip, ...] = ()
    blank: frozenset[str] = frozenset()
    """Texts that say that nothing is known, such as ``N/A``."""
    delimiter: str = ","
    encoding: str = "utf-8-sig"

    def __post_init__(self) -> None:
        """Raise ValueError for the first thing that makes no sense."""
        if self.topic not in RECORD_BY_TOPIC:
            raise ValueError(f"topic: {self.topic} is no source topic")
        known = {field.name for field in msgspec.structs.fields(RECORD_BY_TOPIC[self.topic])}
        if strange := sorted(self.fields.keys() - known):
            raise ValueError(f"fields.{strange[0]}: the record has no such field")
        if missing := sorted(SHAPES[RECORD_BY_TOPIC[self.topic]].required - self.fields.keys()):
            raise ValueError(f"fields.{missing[0]}: required, and not there")
        for name, field in self.fields.items():
            if isinstance(field, Field):
                _check(name, field)
        for skip in self.skip:
            re.compile(skip.matches or "")
        if len(self.delimiter) != 1:
            raise ValueError("delimiter: one character")
        "".encode(self.encoding)

    def columns(self) -> frozenset[str]:
        """Every column the mapping reads."""
        named = ((field,) if isinstance(field, str) else field.columns for field in self.fields.values())
        return frozenset(column for columns in named for column in columns) | {skip.column for skip in self.skip}

    def read(self, row: Row) -> dict[str, object] | None:
        """Return what the row says as fields for :func:`schemas.rows.from_fields`; None if it is to be skipped.

        Raises BadRecordError.
        """
        if any(skip.holds(row) for skip in self.skip):
            return None
        return {name: self._value(name, field, row) for name, field in self.fields.items()}

    def _value(self, name: str, field: str | Field, row: Row) -> object:
        if isinstance(field, str):
            return self._text(row[field])
        if field.constant is not None:
            return field.constant
        if field.digest is not None:
            said = _SEPARATOR.join(row[column] for column in field.digest or sorted(row))
            return hashlib.sha256(said.encode(errors="surrogateescape")).hexdigest()[:_ID_DIGITS]
        parts = {column: self._text(row[column]) for column in field.columns}
        text = parts[field.column] if field.column is not None else _filled(field.template or "", parts)
        if not text:
            return ""
        if field.split is not None:
            return [_looked_up(name, field, part.strip()) for part in text.split(field.split) if part.strip()]
        text = _looked_up(name, field, text)
        return to_rfc3339(_moment(name, field, text)) if field.formats else text

    def _text(self, written: str) -> str:
        text = written.strip()
        return "" if text in self.blank else text


def read_mapping(named: str) -> Mapping:
    """Read a mapping file, or the one of this name that comes with the package.  Raises FileRefusedError."""
    path = Path(named)
    try:
        if path.suffix == ".toml" or path.exists():
            text = path.read_text(encoding="utf-8")
        else:
            text = files("deploy").joinpath("mappings", f"{named}.toml").read_text(encoding="utf-8")
        return msgspec.toml.decode(text, type=Mapping)
    except FileNotFoundError:
        raise FileRefusedError(f"{named}: there is no such mapping file") from None
    except OSError as failure:
        raise FileRefusedError(f"{named}: {failure.strerror or failure}") from None
    except (msgspec.DecodeError, ValueError, LookupError, re.error) as refusal:
        raise FileRefusedError(f"{named}: not a mapping: {' '.join(str(refusal).split())}") from None


def _check(name: str, field: Field) -> None:
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


def _filled(template: str, parts: MappingType[str, str]) -> str:
    return template.format_map(parts) if all(parts.values()) else ""


def _looked_up(name: str, field: Field, text: str) -> str:
    if field.values is None:
        return text
    found = field.values.get(text, field.otherwise)
    if found is None:
        raise BadRecordError("UNKNOWN_VALUE", f"{name}: not among the mapping's values")
    return found


def _moment(name: str, field: Field, text: str) -> int:
    for form in field.formats:
        try:
            read = datetime.strptime(text, form)  # noqa: DTZ007 - the zone, where there is none, follows
        except ValueError:
            continue
        aware = read if read.tzinfo is not None else read.replace(tzinfo=ZoneInfo(field.zone or "UTC"))
        return (aware.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
    raise BadRecordError("IMPOSSIBLE_DATE", f"{name}: not a time of the mapping's format")
