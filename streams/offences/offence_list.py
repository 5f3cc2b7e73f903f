"""The list of notifiable offences and reported incidents, and how it is looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Final

from schemas.identifiers import normalise
from streams.offences.codes import ReadCode, read_code
from streams.offences.entries import OffenceEntry, read_entries

_MOST_NEAR: Final = 5
_NUMBER: Final = re.compile(r"0*([0-9]+).*")


class OffenceList:
    """Every entry of the lists, ceased ones too."""

    def __init__(self, entries: Iterable[OffenceEntry]) -> None:
        self.entries = tuple(entries)
        by_code: dict[str, list[OffenceEntry]] = {}
        by_category: dict[str, list[OffenceEntry]] = {}
        for entry in self.entries:
            by_code.setdefault(entry.code, []).append(entry)
            if category := entry.category_code:
                by_category.setdefault(category, []).append(entry)
        self._incident_classes = {
            entry.category_code: entry.home_office_class for entry in self.entries if not entry.offence_classes
        }
        self._by_code = {code: tuple(found) for code, found in by_code.items()}
        self._by_category = {code: tuple(found) for code, found in by_category.items()}

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code of an offence or a reported incident, in the order of the lists."""
        return tuple(self._by_code)

    @property
    def categories(self) -> Mapping[str, tuple[OffenceEntry, ...]]:
        """The entries of each category, by its code such as ``8L``."""
        return self._by_category

    def find(self, code: str) -> tuple[OffenceEntry, ...]:
        """Return the entries that a code, as a force writes it, stands for; none of an unknown one.

        It may be an offence's code (``019/07``), a category's (``19C``), or both (``19C/08``).
        """
        read = read_code(code)
        return () if read is None else self._of(read)

    def _of(self, read: ReadCode) -> tuple[OffenceEntry, ...]:
        of_code, of_category = self._by_code.get(read.code, ()), self._by_category.get(read.category, ())
        if not read.category:
            return of_code or self._by_category.get(read.code, ())  # categories such as 37/2 are written as codes are
        if not read.code:
            return of_category
        if read.category.isdigit():
            return (*of_code, *(entry for entry in of_category if entry not in of_code))
        return tuple(entry for entry in of_category if entry.code == read.code)

    def incident_class(self, code: str) -> str | None:
        """Return the class of a code of reported incidents, such as N100; None of any other code.

        A code is of the class whose number it begins with, whether or not the list has the rest of it.
        """
        return self._incident_classes.get(normalise(code).partition("-")[0].removeprefix("N"))

    def nearest(self, code: str) -> tuple[str, ...]:
        """Return the few codes and categories, of the same number first, that are most like an unknown one."""
        read = read_code(code)
        written = code.upper() if read is None else read.code or read.category
        known = (*self._by_code, *self._by_category)
        alike = [other for other in known if read is not None and _number(other) == _number(written)]
        near = get_close_matches(written, known, n=_MOST_NEAR, cutoff=0.5)
        return tuple(dict.fromkeys((*get_close_matches(written, alike, n=_MOST_NEAR, cutoff=0), *near)))[:_MOST_NEAR]

    def search(self, words: str) -> tuple[OffenceEntry, ...]:
        """Return the entries in whose offence, act or category every one of some words stands, in any case."""
        wanted = words.casefold().split()
        return tuple(
            entry
            for entry in self.entries
            if all(word in f"{entry.offence} {entry.act} {entry.category}".casefold() for word in wanted)
        )


def _number(code: str) -> str:
    """Return the number that a code or a category begins with, without noughts."""
    return _NUMBER.sub(r"\1", code)


@cache
def offence_list() -> OffenceList:
    """Return the lists as the package holds them.

    This reads a file of the package, once, as ``streams.policy.builtin`` does.
    """
    text = files("streams").joinpath("offences", "notifiable.csv").read_text(encoding="utf-8")
    return OffenceList(read_entries(text))
