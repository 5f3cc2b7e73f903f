"""One entry of the Home Office's lists, and how entries stand in our file.

The file is CSV with two kinds of row.  A heading, ``#, class, sub-class, category``, in the Home Office's words, holds
for the entries below it; an entry has the columns of :data:`COLUMNS`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Final

import msgspec

from streams.offences.codes import read_code

COLUMNS: Final = (
    "code",
    "offence_classes",
    "victim_or_state",
    "current",
    "commencement",
    "cessation",
    "offence",
    "act",
    "section",
)
HEADING: Final = "#"
_MOST_OFFENCES: Final = 3


class OffenceEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An offence, or a kind of reported incident, as the lists have it."""

    code: str
    """Such as ``019/07``; several entries may have one code."""
    offence: str
    act: str
    section: str
    home_office_class: str
    sub_class: str
    category: str
    """The category with its name, ``8L Harassment``."""
    offence_classes: tuple[str, ...]
    """The classes of ours that it may be recorded under, the likeliest first; none of a reported incident."""
    victim_or_state: str
    """``V``, ``S`` or ``S/V``: against a victim, or the state; empty for a reported incident."""
    current: bool
    commencement: str
    """A date, a month or a year, as exact as the list (``2015-12-29``, ``2012-04``); empty: not said."""
    cessation: str
    """As ``commencement``; empty too where it has not ceased."""

    @property
    def category_code(self) -> str:
        """The code of its category: ``8L`` of ``8L Harassment``, ``100`` of N100; empty where it has none."""
        if not self.offence_classes:
            return self.home_office_class.removeprefix("N")
        return category_code(self.category)


def category_code(category: str) -> str:
    """Return the code that a category's name begins with; empty where it has none."""
    read = read_code(category)
    return "" if read is None else read.category or read.code


def names_of(entries: Iterable[OffenceEntry]) -> str:
    """Return what entries are called: their offences, or where these are many their categories."""
    entries = tuple(entries)
    offences = dict.fromkeys(entry.offence for entry in entries)
    names = offences if len(offences) <= _MOST_OFFENCES else dict.fromkeys(entry.category for entry in entries)
    return "; ".join(names)


def read_entries(text: str) -> Iterator[OffenceEntry]:
    """Yield the entries of our file, in its order.

    Raises ValueError, naming the line, where a row is neither a heading nor an entry below one.
    """
    rows = csv.reader(StringIO(text))
    if tuple(next(rows)) != COLUMNS:
        raise ValueError(f"line 1: not {','.join(COLUMNS)}")
    heading: tuple[str, str, str] | None = None
    for row in rows:
        match row:
            case ["#", home_office_class, sub_class, category]:
                heading = (home_office_class, sub_class, category)
            case [code, classes, victim_or_state, current, commencement, cessation, offence, act, section] if heading:
                yield OffenceEntry(
                    code=code,
                    offence=offence,
                    act=act,
                    section=section,
                    home_office_class=heading[0],
                    sub_class=heading[1],
                    category=heading[2],
                    offence_classes=tuple(classes.split()),
                    victim_or_state=victim_or_state,
                    current=current == "Y",
                    commencement=commencement,
                    cessation=cessation,
                )
            case _:
                raise ValueError(f"line {rows.line_num}: neither a heading nor an entry")


def written_entries(entries: Iterable[OffenceEntry]) -> str:
    """Return the text of our file: entries below their headings, both in the order of the lists."""
    by_heading: dict[tuple[str, str, str], list[OffenceEntry]] = {}
    for entry in entries:
        by_heading.setdefault((entry.home_office_class, entry.sub_class, entry.category), []).append(entry)
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for heading, below in by_heading.items():
        writer.writerow((HEADING, *heading))
        for entry in below:
            current = "Y" if entry.current else "N"
            writer.writerow(
                (
                    entry.code,
                    " ".join(entry.offence_classes),
                    entry.victim_or_state,
                    current,
                    entry.commencement,
                    entry.cessation,
                    entry.offence,
                    entry.act,
                    entry.section,
                )
            )
    return out.getvalue()
