"""What a code means: by the code itself, by its beginning, or by a pattern."""

from __future__ import annotations

import io
import re
from functools import cached_property
from itertools import zip_longest
from typing import Final

import msgspec

from deploy.files.csv_rows import CsvReader
from deploy.files.mapping.patterns import compiled

_VALUES_LISTED: Final = 12
"""Of a longer list of values a refusal says no more than that there is one."""


class CodeTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """A table of codes, as a field or a file beside the mapping states it.

    A code is looked up in ``values``, then by the longest of ``prefixes``, then by the first of ``patterns``.
    """

    values: dict[str, str] | None = None
    prefixes: dict[str, str] | None = None
    """By the beginning of a code."""
    patterns: dict[str, str] | None = None
    """By a regular expression found anywhere in a code."""

    @classmethod
    def from_csv(cls, text: str) -> CodeTable:
        """Read the columns ``code``, ``becomes`` and, if it is there, ``by``: what the code is of a value.

        It is the whole value where ``by`` is blank, or a ``prefix`` or ``pattern`` of it.  Raises ValueError.
        """
        tables: dict[str, dict[str, str]] = {"": {}, "prefix": {}, "pattern": {}}
        columns: list[str] | None = None
        for row in CsvReader(io.StringIO(text, newline=""), ","):
            if row.problem is not None:
                raise ValueError(row.problem)
            if row.is_blank:
                continue
            if columns is None:
                columns = [name.strip() for name in row.cells]
                if missing := [name for name in ("code", "becomes") if name not in columns]:
                    raise ValueError(f"no column {missing[0]!r} in its first row")
                continue
            cells = dict(zip_longest(columns, map(str.strip, row.cells), fillvalue=""))
            table = tables.get(cells.get("by", ""))
            if table is None:
                raise ValueError(f"line {row.line}: by is blank, prefix or pattern")
            if table.setdefault(cells["code"], cells["becomes"]) != cells["becomes"]:
                raise ValueError(f"line {row.line}: its code stands there before, and becomes something else")
        if columns is None:
            raise ValueError("it is empty")
        return cls(values=tables[""], prefixes=tables["prefix"], patterns=tables["pattern"])

    def check(self, place: str) -> None:
        """Raise ValueError for the first entry that cannot be looked up."""
        if "" in (self.prefixes or {}):
            raise ValueError(f"{place}.prefixes: an empty prefix")
        for pattern in self.patterns or {}:
            compiled(f"{place}.patterns", pattern)

    def meaning(self, code: str) -> str | None:
        """Return what a code means; None where the table does not say."""
        if self.values is not None and (value := self.values.get(code)) is not None:
            return value
        for prefix, value in self._longest_first:
            if code.startswith(prefix):
                return value
        return next((value for pattern, value in self._compiled if pattern.search(code)), None)

    def over(self, other: CodeTable) -> CodeTable:
        """Return a table of both; where both state a code, this one counts."""
        return CodeTable(
            values=(other.values or {}) | (self.values or {}),
            prefixes=(other.prefixes or {}) | (self.prefixes or {}),
            patterns=(self.patterns or {})
            | {
                pattern: value
                for pattern, value in (other.patterns or {}).items()
                if pattern not in (self.patterns or {})
            },
        )

    @cached_property
    def names_any(self) -> bool:
        """Whether it names any code; one that does not asks no more than whether there is a value."""
        return any(filter(None, self.values or {})) or bool(self.prefixes) or bool(self.patterns)

    @cached_property
    def listed(self) -> str:
        """The values that it has, for a refusal; nothing where they are many or others count too."""
        named = [*filter(None, self.values or {})]
        few = 0 < len(named) <= _VALUES_LISTED and not self.prefixes and not self.patterns
        return f": {', '.join(named)}" if few else ""

    @cached_property
    def _longest_first(self) -> list[tuple[str, str]]:
        return sorted((self.prefixes or {}).items(), key=lambda entry: -len(entry[0]))

    @cached_property
    def _compiled(self) -> list[tuple[re.Pattern[str], str]]:
        return [(compiled("patterns", pattern), value) for pattern, value in (self.patterns or {}).items()]
