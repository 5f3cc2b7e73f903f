"""The Home Office's lists as they are published, read into entries of ours.

Nothing is guessed: a date in an unknown form, a code that is none, a class or a category that :mod:`mapping
<streams.offences.mapping>` does not know are refused with their line.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from io import StringIO
from typing import Final

from streams.offences.codes import read_code
from streams.offences.entries import OffenceEntry, category_code
from streams.offences.mapping import ClassMapping

_OFFENCES: Final = (
    "home_office_code",
    "class",
    "sub_class",
    "category",
    "offence",
    "act",
    "section",
    "current",
    "commencement",
    "cessation",
    "victim_or_state",
)
_INCIDENTS: Final = ("home_office_code", "class", "category", "incident", "year_added", "year_deleted")
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_DATE: Final = re.compile(
    r"(?:(?P<day>[0-9]{1,2})[ /-])?(?:(?P<month>[A-Za-z]{3,9}|[0-9]{2})[ /-])?(?P<year>[0-9]{4}|[0-9]{2})"
)
_NOT_YET: Final = "TBC"
_LAST_SHORT_YEAR: Final = 69
"""A year of two digits up to this is of this century."""


class OfficialListError(ValueError):
    """A published list that cannot be taken in: one line that names the row and what is wrong with it."""


def read_date(text: str) -> str:
    """Return a date of the lists as ISO writes it, as exact as it is stated.

    ``29 December 2015`` is ``2015-12-29``, ``Apr-12`` is ``2012-04`` and ``2019`` itself; a month is known by its first
    three letters, and a query behind a date is left out.  Empty, and so is "to be confirmed", where nothing is stated.
    Raises ValueError for anything else.
    """
    stated = text.strip()
    if not stated or stated == _NOT_YET:
        return ""
    match = _DATE.fullmatch(stated.removesuffix("?"))
    try:
        if match is not None and (match["month"] or (not match["day"] and len(match["year"]) == 4)):
            return _iso(match)
    except ValueError:
        pass
    raise ValueError(f"a date in an unknown form: {stated}")


def _iso(match: re.Match[str]) -> str:
    """Return what a date states.  Raises ValueError where there is no such day or month."""
    year = int(match["year"])
    if len(match["year"]) == 2:
        year += 2000 if year <= _LAST_SHORT_YEAR else 1900
    if not match["month"]:
        return f"{year:04}"
    name = match["month"].lower()
    month = int(name) if name.isdigit() else _MONTHS.get(name[:3], 0)
    if not match["day"]:
        return date(year, month, 1).isoformat()[:7]
    return date(year, month, int(match["day"])).isoformat()


def read_official(offences: str, incidents: str, mapping: ClassMapping) -> list[OffenceEntry]:
    """Return the entries of both lists, in order, from the CSV text of each.  Raises OfficialListError."""
    rows = list(_rows("offences", offences, _OFFENCES))
    spellings = {name: _spellings(row[name] for _, row in rows) for name in ("class", "sub_class")}
    names: dict[str, str] = {}
    entries: list[OffenceEntry] = []
    for place, row in rows:
        category = names.setdefault(category_code(row["category"]) or row["category"], row["category"])
        home_office_class, sub_class = (spellings[name][row[name].casefold()] for name in ("class", "sub_class"))
        try:
            code = _code(row["home_office_code"])
            entry = OffenceEntry(
                code=code,
                offence=row["offence"],
                act=row["act"],
                section=row["section"],
                home_office_class=home_office_class,
                sub_class=sub_class,
                category=category,
                offence_classes=mapping.classes_of(code, category),
                victim_or_state=_one_of(row["victim_or_state"].upper(), ("V", "S", "S/V")),
                current=_one_of(row["current"], ("Y", "N")) == "Y",
                commencement=read_date(row["commencement"]),
                cessation=read_date(row["cessation"]),
            )
        except ValueError as refusal:
            raise OfficialListError(f"{place}: {refusal}") from None
        entries.append(entry)
    return [*entries, *_incidents(incidents)]


def _incidents(text: str) -> Iterator[OffenceEntry]:
    for place, row in _rows("incidents", text, _INCIDENTS):
        try:
            entry = OffenceEntry(
                code=_code(row["home_office_code"]),
                offence=row["incident"],
                act="",
                section="",
                home_office_class=row["class"],
                sub_class="",
                category=row["category"],
                offence_classes=(),
                victim_or_state="",
                current=not row["year_deleted"],
                commencement=read_date(row["year_added"]),
                cessation=read_date(row["year_deleted"]),
            )
        except ValueError as refusal:
            raise OfficialListError(f"{place}: {refusal}") from None
        yield entry


def _rows(name: str, text: str, columns: Iterable[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield where each row stands, and its columns without needless space.  Raises OfficialListError."""
    reader = csv.DictReader(StringIO(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")), strict=True)
    missing = sorted(set(columns) - set(reader.fieldnames or ()))
    if missing:
        raise OfficialListError(f"{name}: no column {', '.join(missing)}")
    for row in reader:
        place = f"{name}, line {reader.line_num}"
        if None in row or None in row.values():
            raise OfficialListError(f"{place}: more or fewer columns than the first line")
        yield place, {column: " ".join(row[column].split()) for column in columns}


def _spellings(values: Iterable[str]) -> Mapping[str, str]:
    """Return by each value, whatever its case, the way it is written most often, with a capital first."""
    counts = Counter(values)
    return {value.casefold(): value[:1].upper() + value[1:] for value, _ in reversed(counts.most_common())}


def _code(text: str) -> str:
    read = read_code(text)
    if read is None or read.code != text:
        raise ValueError(f"a code in an unknown form: {text}")
    return text


def _one_of(value: str, words: tuple[str, ...]) -> str:
    if value not in words:
        raise ValueError(f"{value or 'nothing'} where one of {', '.join(words)} is expected")
    return value
