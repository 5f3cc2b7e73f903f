"""Looking matters up by what their snapshots state, instead of by their own reference."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from schemas.identifiers import normalise
from schemas.records import Snapshot
from streams.facts.matters import Matter

KeyFunction = Callable[[Any], str | None]
"""Reads from a snapshot the name under which its matter is found; None or blank: under none."""


class Index:
    """Matters by a name that any of their snapshots in effect states, in the order in which they stated it.

    An index is declared by one key function for each type of record; adding and discarding follow from it.  Names are
    compared normalised.
    """

    __slots__ = ("_matters", "keys")

    def __init__(self, keys: Mapping[type[Snapshot], KeyFunction]) -> None:
        self.keys = keys
        self._matters: dict[str, dict[Matter, None]] = {}

    def add(self, matter: Matter, snapshots: Iterable[Snapshot]) -> None:
        """Put a matter under every name that these snapshots state."""
        for snapshot in snapshots:
            name = normalise(self.keys[type(snapshot)](snapshot) or "")
            if name:
                self._matters.setdefault(name, {})[matter] = None

    def discard(self, matter: Matter, snapshots: Iterable[Snapshot]) -> None:
        """Take a matter from under every name that these snapshots state."""
        for snapshot in snapshots:
            name = normalise(self.keys[type(snapshot)](snapshot) or "")
            matters = self._matters.get(name)
            if matters is not None:
                matters.pop(matter, None)
                if not matters:
                    del self._matters[name]

    def __getitem__(self, name: str) -> Collection[Matter]:
        return self._matters.get(name, _NO_MATTERS).keys()


_NO_MATTERS: dict[Matter, None] = {}
