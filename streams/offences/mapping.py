"""Which offence classes the categories of the offence list stand for, as ``MAPPING.md`` says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from schemas.vocabularies import OFFENCE_CLASSES
from streams.offences.entries import category_code

_CODE: Final = re.compile(r"[0-9]{3}/[0-9]{2}")


class ClassMapping(NamedTuple):
    """The classes that entries may be recorded under: by category, and by code where one stands out."""

    by_category: Mapping[str, tuple[str, ...]]
    """By the category's code; by its name where it has none."""
    by_code: Mapping[str, tuple[str, ...]]

    def classes_of(self, code: str, category: str) -> tuple[str, ...]:
        """Return the classes of an offence.  Raises ValueError where its category is not mapped."""
        classes = self.by_code.get(code) or self.by_category.get(category_code(category) or category)
        if classes is None:
            raise ValueError(f"the category {category or '(none)'} is not in MAPPING.md")
        return classes


def read_mapping(text: str) -> ClassMapping:
    """Read the tables of ``MAPPING.md``.

    The first cell of a row is a category or a code, the second its classes, the third the reason.  Raises ValueError
    for a row that names an unknown class, gives no reason, or says again what was said.
    """
    by_category: dict[str, tuple[str, ...]] = {}
    by_code: dict[str, tuple[str, ...]] = {}
    for name, classes, reason in _rows(text):
        unknown = sorted(set(classes) - OFFENCE_CLASSES)
        if unknown or not classes or not reason:
            raise ValueError(f"MAPPING.md, {name}: {', '.join(unknown) or 'nothing'} for a class or a reason")
        is_code = _CODE.fullmatch(name) is not None
        key = name if is_code else "" if name == "(none)" else category_code(name) or name
        table = by_code if is_code else by_category
        if key in table:
            raise ValueError(f"MAPPING.md, {name}: said twice")
        table[key] = classes
    return ClassMapping(by_category, by_code)


def _rows(text: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and not cells[0].startswith(("---", "Home Office ")):
            yield cells[0], tuple(cells[1].replace(",", " ").split()), cells[2]
