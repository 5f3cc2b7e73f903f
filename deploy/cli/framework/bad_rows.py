"""Name bad rows by kind: a file of which a thousand rows are bad for one reason gives four lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from deploy.cli.framework.output import tell

NAMED_OF_A_KIND: Final = 3
"""How many bad rows of one kind are named by their lines."""

RefuseRow: TypeAlias = Callable[[Path, int, str], None]
"""Takes a bad row: its file, its line, and what is wrong with it, which holds no value of the row."""

_SHAPE: Final = re.compile(r"(?<=': ')[^']+(?=')")
_LETTERS: Final = re.compile(r"A[A .,-]*")
_LONGEST_SHAPE: Final = 12
_NUMBER: Final = re.compile(r"\b\d[\d,]*\b")


@dataclass(slots=True)
class BadRowKind:
    """Bad rows of which the same is wrong, whatever numbers it is said with."""

    problem: str
    rows: int = 0

    def add(self, problem: str) -> None:
        """Count a row; where problems differ in numbers alone, the kind's stands without them."""
        self.rows += 1
        if problem != self.problem:
            self.problem = kind_of(problem)


def kind_of(problem: str) -> str:
    """Return a problem without its numbers, such as those of lines, and with shapes cut short."""
    shaped = _SHAPE.sub(lambda shape: _LETTERS.sub("A", shape[0])[:_LONGEST_SHAPE], problem)
    return _NUMBER.sub("\N{HORIZONTAL ELLIPSIS}", shaped)


@contextmanager
def bad_rows_by_kind(write: Callable[[str], None] = tell) -> Iterator[RefuseRow]:
    """Yield what takes each bad row.

    It names the first of each kind, and at the end counts those kinds that have more.
    """
    kinds: dict[str, BadRowKind] = {}

    def refuse(path: Path, line: int, problem: str) -> None:
        kind = kinds.setdefault(kind_of(problem), BadRowKind(problem))
        kind.add(problem)
        if kind.rows <= NAMED_OF_A_KIND:
            write(f"{path}:{line}: {problem}")

    try:
        yield refuse
    finally:
        for kind in kinds.values():
            if kind.rows > NAMED_OF_A_KIND:
                write(f"{kind.rows:,} rows: {kind.problem}")
