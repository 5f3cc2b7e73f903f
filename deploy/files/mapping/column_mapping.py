"""Map the rows of a CSV file to records, as a TOML file says.

A mapping names the topic, and for each field of its record where the value comes from and how it is read, as
:class:`deploy.files.mapping.field_source.FieldSource` has it; of several sources the first that is not blank counts.
``[[skip]]`` says which rows are no records.  deploy/mappings/README.md has each key with an example.

An export that holds the last state of each record alone may state one event_time for two states.  Which of them is the
later the mapping says: ``revision = { feeding_time = true }`` (what is first fed later; in one feeding the later row),
``{ file_time = true }`` (the file changed later; in one file the later row) or ``{ row_number = true }`` (the later row
of a file, whatever the file).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from deploy.files.kinds.table_row import ListText
from deploy.files.mapping.conditions import CsvRow, RowCondition
from deploy.files.mapping.field_source import FieldSource
from deploy.files.mapping.patterns import compiled
from deploy.files.mapping.row_places import RecordPlace, RowOrder, RowTimes
from deploy.files.mapping.row_records import (
    FieldSources,
    RecordKind,
    RowRecord,
    check_fields,
    check_sources,
    sources_of,
)
from schemas.records import RECORD_BY_TOPIC


class ColumnMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What the columns of one kind of CSV file mean."""

    topic: str
    fields: dict[str, FieldSources]
    """By the record's field; a text names the column."""
    skip: tuple[RowCondition, ...] = ()
    """Which rows are no records: those for which one of these holds."""
    record: tuple[RowRecord, ...] = ()
    """The records of a row, where it holds several; its fields are those of all, and over them its own."""
    aliases: dict[str, tuple[str, ...]] = {}
    """Other names that files have for a column."""
    blank: frozenset[str] = frozenset()
    """Texts that stand for no value, such as ``N/A``."""
    delimiter: str | None = None
    """What separates a text's columns; where it is not stated, what the mapping's columns are found by."""
    encoding: str | None = None
    """Of a text without a byte order mark; UTF-8 where it is not stated."""
    rows: str | None = None
    """Where the rows of JSON or XML are: keys, or elements' names, from the outer to the inner, with dots between."""
    sheet: str | None = None
    """The name of a workbook's sheet; its first where it is not stated."""
    members: str | None = None
    """Which members of an archive are read, as ``*.csv``; all where it is not stated."""
    header_row: int | None = None
    """The line of the columns' names, from 1; 0 where there is none, and columns are named 1, 2, 3.

    Where it is not stated, the first row that is not blank."""
    footer: str | None = None
    """A regular expression that a line begins with which is neither a record nor wrong, such as a total."""

    def __post_init__(self) -> None:
        """Raise ValueError for the first fault."""
        for skip in self.skip:
            skip.check("skip")
        for number, record in enumerate(self.record, 1):
            try:
                record.check()
            except ValueError as refusal:
                raise ValueError(f"record {number}: {refusal}") from None
        for topic in self.topics:
            if topic not in RECORD_BY_TOPIC:
                raise ValueError(f"topic: {topic} is no source topic")
        if self.topic not in self.topics:
            raise ValueError(f"topic: no record is of {self.topic}")
        check_fields(self.fields, self.topics)
        check_sources("revision", self.fields.get("revision", "revision"))
        for number, kind in enumerate(self._records, 1):
            try:
                kind.check(self.fields)
            except ValueError as refusal:
                raise ValueError(f"record {number}: {refusal}" if self.record else str(refusal)) from None
        self._check_file()

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """The topics of its records, each once."""
        return tuple(dict.fromkeys(record.topic or self.topic for record in self.record)) or (self.topic,)

    def _check_file(self) -> None:
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n\0'):
            raise ValueError("delimiter: one character, neither a quote nor a line end")
        if self.encoding is not None and self.encoding.encode(self.encoding).decode(self.encoding) != self.encoding:
            raise ValueError("encoding: not one of text")
        if self.rows is not None and not all(self.rows.split(".")):
            raise ValueError("rows: keys with dots between them")
        if self.header_row is not None and self.header_row < 0:
            raise ValueError("header_row: a line from 1, or 0 where there is none")
        if self.footer is not None and compiled("footer", self.footer).match(""):
            raise ValueError("footer: every line begins with nothing")
        names = Counter([*self.aliases, *(alias for aliases in self.aliases.values() for alias in aliases)])
        if twice := [name for name, count in names.items() if count > 1]:
            raise ValueError(f"aliases: {twice[0]!r} stands there twice")

    def columns(self) -> frozenset[str]:
        """Return every column that the mapping reads and that a file must have."""
        return frozenset(self._columns())

    def _columns(self) -> Iterator[str]:
        for source in self._all_sources():
            if isinstance(source, str):
                yield source
                continue
            yield from () if source.optional else source.columns
            yield from (condition.column for condition in source.when)
        for skip in (self.skip, *(record.skip for record in self.record)):
            yield from (condition.column for condition in skip)

    def _all_sources(self) -> Iterator[str | FieldSource]:
        for fields in (self.fields, *(record.fields for record in self.record)):
            for field in fields.values():
                yield from sources_of(field)

    def columns_of(self, name: str) -> Iterator[str]:
        """Yield the columns that a field's value may come from."""
        for fields in (self.fields, *(record.fields for record in self.record)):
            for source in sources_of(fields.get(name, ())):
                yield from (source,) if isinstance(source, str) else source.columns

    def named(self, header: Iterable[str]) -> list[str]:
        """Return the names of a file's columns, each as the mapping calls it."""
        return [self._name_by_alias.get(name, name) for name in header]

    @cached_property
    def _name_by_alias(self) -> dict[str, str]:
        return {alias: name for name, aliases in self.aliases.items() for alias in aliases}

    @cached_property
    def order(self) -> str | None:
        """Which order of rows the revision is taken from; None where it is none."""
        revision = self.fields.get("revision")
        return revision.order if isinstance(revision, FieldSource) else None

    @property
    def orders_feedings(self) -> bool:
        """Whether two rows never have the same revision, whenever they are fed."""
        return self.order in ("feeding_time", "file_time")

    @cached_property
    def reading(self) -> list[object]:
        """What it says, the order in its tables and its keys, which together are how it reads.

        Where a key is to be found is no part of it.
        """
        sources = [source for source in self._all_sources() if isinstance(source, FieldSource)]
        tables = (table for source in sources for table in (source.patterns, source.replace) if table)
        keys = (source.pseudonym.token("") for source in sources if source.pseudonym is not None)
        return [
            _without_places(msgspec.to_builtins(self, order="deterministic")),
            *(list(table) for table in tables),
            *keys,
        ]

    @cached_property
    def reads_feeding_time(self) -> bool:
        """Whether a record holds when its file was first fed."""
        return any(isinstance(source, FieldSource) and source.feeding_time for source in self._all_sources())

    def is_footer(self, line: str) -> bool:
        """Return whether a line is neither a record nor wrong."""
        return self.footer is not None and compiled("footer", self.footer).match(line) is not None

    def read(self, row: CsvRow, order: RowOrder, times: RowTimes) -> list[tuple[str, dict[str, object]]]:
        """Return the topic and fields of each record of a row, for :func:`schemas.rows.from_fields`.

        ``order`` is its place, for the revision, and ``times`` those of its file.  Raises BadRecordError.
        """
        if any(skip.holds(row) for skip in self.skip):
            return []
        revision = getattr(order, self.order) if self.order is not None else None
        records = []
        for number, kind in enumerate(self._records):
            if not any(skip.holds(row) for skip in kind.skip):
                place = RecordPlace(revision, number, order.row_number)
                fields = {
                    name: self._value(name, field, row, times, place, is_list=name in kind.lists)
                    for name, field in kind.fields.items()
                }
                if revision is not None:
                    fields["revision"] = revision
                records.append((kind.topic, fields))
        return records

    @cached_property
    def _records(self) -> tuple[RecordKind, ...]:
        """What each record of a row is made of."""
        fields = {name: field for name, field in self.fields.items() if name != "revision" or self.order is None}
        if not self.record:
            return (RecordKind(self.topic, fields, ()),)
        return tuple(record.kind(self.topic, fields) for record in self.record)

    def _value(
        self, name: str, field: FieldSources, row: CsvRow, times: RowTimes, place: RecordPlace, *, is_list: bool
    ) -> object:
        if isinstance(field, str):
            cell = row[field]
            if isinstance(cell, ListText) and is_list:
                return [text for text in map(self._text, cell.items) if text]
            return self._text(cell)
        if isinstance(field, FieldSource):
            return field.value(name, row, self.blank, times, place, is_list=is_list)
        values = (self._value(name, source, row, times, place, is_list=is_list) for source in field)
        return next((value for value in values if value not in ("", [])), "")

    def _text(self, written: str) -> str:
        text = written.strip()
        return "" if text in self.blank else text


def _without_places(stated: object) -> object:
    """Return what a mapping states, without where its keys are."""
    if isinstance(stated, dict):
        return {key: key == "pseudonym" or _without_places(value) for key, value in stated.items()}
    return [_without_places(item) for item in stated] if isinstance(stated, list | tuple) else stated
