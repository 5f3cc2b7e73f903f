"""Where the value of one field comes from, and how it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from string import Formatter
from typing import Final

import msgspec

from deploy.files.kinds.table_row import ListText, StatedCells
from deploy.files.mapping.code_tables import CodeTable
from deploy.files.mapping.conditions import CsvRow, RowCondition
from deploy.files.mapping.patterns import compiled
from deploy.files.mapping.pseudonyms import PseudonymKey
from deploy.files.mapping.row_places import RecordPlace, RowOrder, RowTimes
from deploy.files.mapping.times import moment, written
from schemas.refusals import BadRecordError

_ID_DIGITS: Final = 32
_SEPARATOR: Final = "\x1f"
"""Stands between the columns of a digest: ASCII's unit separator, which no export contains."""


class FieldSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Where the value of one field comes from, and how it is read.

    A text is divided into items (``split``, ``extract``); of each a part is taken, replaced, padded, looked up and
    made a pseudonym, in this order; a time is read last.
    """

    column: str | None = None
    list_of: tuple[str, ...] | None = None
    """Columns whose values are the items of a list."""
    template: str | None = None
    """Text with ``{Column}`` in it; blank where one of its columns is."""
    constant: str | int | bool | None = None
    digest: tuple[str, ...] | None = None
    """Columns whose SHA-256 is the value; all columns where none is named."""
    optional: bool = False
    """Whether the columns may be missing from a file; they are blank then."""
    when: tuple[RowCondition, ...] = ()
    """Where there is a value at all: where each of these holds."""
    values: dict[str, str] | None = None
    """What each value becomes; ``""`` is a blank one, which without it stays blank."""
    prefixes: dict[str, str] | None = None
    """What a value becomes by its beginning, the longest first."""
    patterns: dict[str, str] | None = None
    """What a value becomes by a regular expression found in it, the first first."""
    values_file: str | None = None
    """The name of a file beside the mapping that holds ``values``, ``prefixes`` and ``patterns``."""
    otherwise: str | None = None
    """What a value becomes that is in none of these tables, unless it is blank; without it such a row is bad."""
    keep: bool = False
    """Whether such a value stays as it is."""
    split: str | None = None
    """What separates the items of a list."""
    extract: str | None = None
    """A regular expression: of a list, all that it finds; of another field, the first; its group, where it has one."""
    part: tuple[int, int] | None = None
    """The first and the last character taken, from 1; from the end where negative."""
    replace: dict[str, str] | None = None
    """What stands for a text, wherever it is found."""
    pad: int | None = None
    """How long the value is at least, by zeros in front."""
    pseudonym: PseudonymKey | None = None
    time: str | tuple[str, ...] | None = None
    """The formats, as strptime's, that a time may have; or iso, excel, epoch seconds and epoch millis."""
    zone: str | None = None
    """The time zone of a time without an offset; an hour that clocks show twice is the first of the two."""
    feeding_time: bool = False
    """When the file was first fed; of ``revision``, the row's place among all rows that are ever fed."""
    file_time: bool = False
    """When the file was changed; of ``revision``, the row's place by that and in the file."""
    row_number: bool = False
    """The line of the row in its file; of ``revision``, or as part of a digest."""

    @cached_property
    def order(self) -> str | None:
        """The name of the row's place or time that it takes; None where it takes none."""
        if self.digest is not None and not (self.feeding_time or self.file_time):
            return None
        return next((name for name in RowOrder._fields if getattr(self, name)), None)

    @cached_property
    def formats(self) -> tuple[str, ...]:
        """The formats that a time may have."""
        return (self.time,) if isinstance(self.time, str) else self.time or ()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that its value is made of."""
        if self.template is not None:
            return tuple(name for _, name in self.parts if name is not None)
        if self.list_of is not None:
            return self.list_of
        return (self.column,) if self.column is not None else self.digest or ()

    @cached_property
    def parts(self) -> tuple[tuple[str, str | None], ...]:
        """The texts of the template, each with the column that follows it."""
        return tuple((text, name) for text, name, _, _ in Formatter().parse(self.template or ""))

    @cached_property
    def _is_plain(self) -> bool:
        """Whether a text is taken as it stands."""
        changes = (self.extract, self.part, self.replace, self.pad, self.codes, self.pseudonym)
        return all(change is None for change in changes)

    @cached_property
    def codes(self) -> CodeTable | None:
        """What values become; None where they stay as they are."""
        if self.values is None and self.prefixes is None and self.patterns is None:
            return None
        return CodeTable(values=self.values, prefixes=self.prefixes, patterns=self.patterns)

    def value(
        self, name: str, row: CsvRow, blank: frozenset[str], times: RowTimes, place: RecordPlace, *, is_list: bool
    ) -> object:
        """Return the value of the field ``name``; blank where the row has none.

        ``blank`` are texts that stand for none; ``place`` is part of a digest besides its columns.
        Raises BadRecordError.
        """
        if self.when and not all(condition.holds(row) for condition in self.when):
            return ""
        if self.constant is not None:
            return self.constant
        if self.digest is not None:
            return _digest([*self._digested(row), *place.apart(name, by_line=self.row_number)])
        if self.order is not None:
            return self._time(name, lambda: written(getattr(times, str(self.order))))
        text = self._text(row, blank)
        if not text:
            return (self.values or {}).get("", "")
        if self.split is not None or (is_list and (self.extract is not None or isinstance(text, ListText))):
            items = [item for item in self._items(name, text) if item]
            return list(dict.fromkeys(items)) if self.extract is not None else items
        text = str(text)
        if self._is_plain:
            item = text
        elif items := self._items(name, text):
            item = items[0]
        else:
            return (self.values or {}).get("", "")
        return self._time(name, lambda: moment(item, self.formats, self.zone)) if self.formats else item

    def _digested(self, row: CsvRow) -> Iterator[str]:
        """Yield the texts that make an id; of a row that may lack columns, with their names."""
        if self.digest or not isinstance(row, StatedCells):
            yield from (row.get(column, "") for column in self.digest or sorted(row))
        else:
            yield from (f"{column}={row[column]}" for column in sorted(row) if row[column])

    def _text(self, row: CsvRow, blank: frozenset[str]) -> str:
        if self.column is not None:
            text = row.get(self.column, "") if self.optional else row[self.column]
            text = text if isinstance(text, ListText) else text.strip()
            return "" if text in blank else text
        texts = {}
        for column in self.columns:
            text = (row.get(column, "") if self.optional else row[column]).strip()
            texts[column] = "" if text in blank else text
        if self.list_of is not None:
            return ListText.of(filter(None, texts.values()))
        if not all(texts.values()):
            return ""
        return "".join(text + (texts[name] if name is not None else "") for text, name in self.parts)

    def _items(self, name: str, text: str) -> list[str]:
        """Return each item of a text that is not blank, as the field has it."""
        items: Sequence[str] = text.items if isinstance(text, ListText) else (text,)
        if self.split is not None and (self.list_of is not None or not isinstance(text, ListText)):
            items = [part for item in items for part in item.split(self.split)]
        elif self.extract is not None:
            matches = (match for item in items for match in compiled("extract", self.extract).finditer(item))
            items = [match[1] or "" if match.re.groups else match[0] for match in matches]
        shaped = (self._shaped(item.strip()) for item in items)
        return [self.code_of(name, item) for item in shaped if item]

    def _shaped(self, item: str) -> str:
        if self.part is not None:
            first, last = self.part
            item = item[first - 1 if first > 0 else first : last if last > 0 else (last + 1) or None].strip()
        for old, new in (self.replace or {}).items():
            item = item.replace(old, new)
        return item.rjust(self.pad, "0") if self.pad is not None and item else item

    def code_of(self, name: str, item: str) -> str:
        """Return what a value becomes by the code tables, or its pseudonym.  Raises BadRecordError."""
        if self.codes is not None:
            value = self.codes.meaning(item)
            value = self.otherwise if value is None else value
            value = item if value is None and self.keep else value
            if value is None:
                raise BadRecordError("UNKNOWN_VALUE", f"{name}: not among the mapping's values{self.codes.listed}")
            item = value
        return item if self.pseudonym is None else self.pseudonym.token(item)

    def _time(self, name: str, read: Callable[[], str | None]) -> str:
        try:
            time = read()
        except OverflowError:
            raise BadRecordError("IMPOSSIBLE_DATE", f"{name}: outside 1900 to 9999") from None
        if time is None:
            raise BadRecordError(
                "IMPOSSIBLE_DATE", f"{name}: not a time of the mapping's format, {' or '.join(self.formats)}"
            )
        return time


def _digest(texts: Sequence[str]) -> str:
    """Return an id made of texts."""
    text = _SEPARATOR.join(texts)
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:_ID_DIGITS]
