"""Lists of offence codes as a policy gives them: codes, and categories of the offence list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from schemas.identifiers import normalise
from streams.offences import offence_list
from streams.policy.codes import CodeList

_CATEGORY: Final = re.compile(r"category ([A-Z0-9/]+)(?: section ([0-9]+[A-Z]*))?")
_SECTION: Final = re.compile(r"[0-9]+[A-Z]*")


def offence_codes(entries: Iterable[str]) -> CodeList:
    """Return the list of these entries, which are codes, or categories of the offence list.

    ``category 105A`` stands for the category's own code and for every offence in it, however its code is written;
    ``category 8N section 47`` only for those offences in it that are of this section of their Act.  Raises ValueError,
    naming the entry, for one that no code can match.
    """
    written: list[str] = []
    for entry in entries:
        if match := _CATEGORY.fullmatch(entry):
            codes = list(_codes_of(match[1], match[2]))
            if not codes:
                raise ValueError(entry)
            written += codes
        else:
            written.append(entry)
    return CodeList.of(written)


def _codes_of(category: str, section: str | None) -> Iterator[str]:
    """Yield how the codes of a category are written; none of an unknown one."""
    entries = offence_list().categories.get(category, ())
    if entries and section is None:
        yield from (normalise(category), f"{normalise(category)}-*")
    for entry in entries:
        if section is None or section in _SECTION.findall(entry.section)[:1]:
            yield from spellings(entry.code)
            part = entry.code.partition("/")[2]
            yield from (f"{normalise(category)}-{spelled}" for spelled in (part, str(int(part))))


def spellings(code: str) -> tuple[str, ...]:
    """Return a Home Office code as it is written, normalised: with and without noughts, and the stroke."""
    number, part = code.split("/")
    return (*(f"{n}-{p}" for n in {number, str(int(number))} for p in {part, str(int(part))}), f"{number}{part}")
