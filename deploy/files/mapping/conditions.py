"""Conditions on a row: which rows are no records, and where a field has a value."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from deploy.files.mapping.patterns import compiled

CsvRow = Mapping[str, str]
"""A row of a CSV file: text by column."""


class RowCondition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition on one column; it holds where all that is stated of the column holds."""

    column: str
    any_of: frozenset[str] | None = None
    none_of: frozenset[str] | None = None
    matches: str | None = None
    """A regular expression found anywhere in the value."""
    blank: bool | None = None

    def check(self, place: str) -> None:
        """Raise ValueError where the condition can never be tried, or says nothing."""
        if self.matches is not None:
            compiled(f"{place}.matches", self.matches)
        if self.any_of is None and self.none_of is None and self.matches is None and self.blank is None:
            raise ValueError(f"{place}: one of any_of, none_of, matches and blank")
        if frozenset() in (self.any_of, self.none_of):
            raise ValueError(f"{place}: a list of no values")

    def holds(self, row: CsvRow) -> bool:
        """Return whether the row is as the condition says."""
        value = row[self.column].strip()
        return (
            (self.any_of is None or value in self.any_of)
            and (self.none_of is None or value not in self.none_of)
            and (self.matches is None or re.search(self.matches, value) is not None)
            and (self.blank is None or self.blank == (not value))
        )

    def __str__(self) -> str:
        """Say what must hold, in the words of a mapping."""
        stated = {
            "any_of": self.any_of and f"any of {', '.join(sorted(self.any_of))}",
            "none_of": self.none_of and f"none of {', '.join(sorted(self.none_of))}",
            "matches": self.matches and f"matches {self.matches}",
            "blank": self.blank is not None and ("blank" if self.blank else "not blank"),
        }
        return f"{self.column}: {' and '.join(words for words in stated.values() if words)}"
