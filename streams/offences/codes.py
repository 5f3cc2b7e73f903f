"""How forces write Home Office codes, and the one form in which they are looked up."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from schemas.identifiers import normalise

_CODE: Final = re.compile(r"(?:N(?=[0-9]00))?([0-9]{1,3})([A-Z]?)(?:-([0-9]{1,3}))?(?:-[A-Z].*)?")
_WITHOUT_STROKE: Final = re.compile(r"([0-9]{3})([0-9]{2})")
_FRAUD_CATEGORY: Final = re.compile(r"NFIB-?0*([0-9]{1,3}[A-Z]?)(?:-[A-Z].*)?")


class ReadCode(NamedTuple):
    """What a code says: an offence's code, the category it is counted in, or both."""

    code: str = ""
    """As the lists write it, ``019/07``; empty where a category alone is named."""
    category: str = ""
    """As the lists begin it, ``8N`` or ``NFIB5E``; empty where an offence alone is named."""

    def __str__(self) -> str:
        return " ".join(part for part in (self.category, self.code) if part)


@lru_cache(maxsize=16_384)
def read_code(text: str) -> ReadCode | None:
    """Read a code however it is written; None of what is none.

    Case, leading noughts and what stands between the parts do not matter: ``019/07``, ``19/7``, ``19-07`` and ``01907``
    are one.  Words behind a code are left out: ``8N (s47)`` is the category ``8N``.  ``8N/6`` is the offence ``008/06``
    of that category.  A number alone, ``39``, is a category, and the one offence of a class without parts, ``039/00``.
    Reported incidents may have the letter of their class: ``N100/01`` is ``100/01``.
    """
    written = normalise(text)
    if fraud := _FRAUD_CATEGORY.fullmatch(written):
        return ReadCode(category=f"NFIB{fraud[1]}")
    match = _WITHOUT_STROKE.fullmatch(written) or _CODE.fullmatch(written)
    if match is None:
        return None
    if match.re is _WITHOUT_STROKE:
        return ReadCode(code=f"{match[1]}/{match[2]}")
    number, letter, part = match.groups()
    code = f"{int(number):03}/{int(part or 0):02}"
    category = f"{int(number)}{letter}"
    if part is None:
        return ReadCode(category=category) if letter else ReadCode(code, category)
    return ReadCode(code, category) if letter else ReadCode(code)
