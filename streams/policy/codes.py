"""Lists of codes (closing codes, offence codes) as a policy gives them, and which codes they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from schemas.identifiers import normalise

_ENTRY = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*(-?\*)?")


@dataclass(frozen=True, slots=True, eq=False)
class CodeList:
    """Normalised codes (``schemas.identifiers.normalise``): some whole, some as beginnings."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    @classmethod
    def of(cls, entries: list[str]) -> CodeList:
        """Return the list of these entries; one ending in ``*`` stands for every code that begins with it.

        Raises ValueError, naming the entry, for one that no normalised code can match.
        """
        for entry in entries:
            if not _ENTRY.fullmatch(entry):
                raise ValueError(entry)
        return cls(
            whole=frozenset(entry for entry in entries if not entry.endswith("*")),
            beginnings=tuple(sorted({entry[:-1] for entry in entries if entry.endswith("*")})),
        )

    def holds(self, code: str | None) -> bool:
        """Return whether a code, as a source wrote it, is on the list; None is on no list."""
        return code is not None and _holds(self, code)


@lru_cache(maxsize=16_384)
def _holds(codes: CodeList, code: str) -> bool:
    normalised = normalise(code)
    return normalised in codes.whole or normalised.startswith(codes.beginnings)
