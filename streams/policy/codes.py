"""Lists of codes (closing codes, offence codes) as a policy gives them, and which codes they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_SEPARATORS = re.compile("[^A-Z0-9]+")
_ENTRY = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*(-?\*)?")


def normalise_code(code: str) -> str:
    """A code as it is compared: upper case, each run of characters other than A-Z and 0-9 one ``-``, none at the ends.

    Three spellings of one code, "Test / Training", "TEST-TRAINING" and "test/training", are the same after it.
    """
    return _SEPARATORS.sub("-", code.upper()).strip("-")


@dataclass(frozen=True, slots=True, eq=False)
class CodeList:
    """Codes in normalised form, some whole and some as beginnings."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    @classmethod
    def of(cls, entries: list[str]) -> CodeList:
        """The list of these entries; one ending in ``*`` stands for every code that begins with what precedes it.

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
        """Whether a code, as a source wrote it, is on the list; no code is on none."""
        return code is not None and _holds(self, code)


@lru_cache(maxsize=16_384)
def _holds(codes: CodeList, code: str) -> bool:
    normalised = normalise_code(code)
    return normalised in codes.whole or normalised.startswith(codes.beginnings)
