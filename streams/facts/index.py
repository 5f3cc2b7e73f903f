"""Looking matters up by what their snapshots state, instead of by their own reference."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from schemas.identifiers import normalise
from schemas.records import Snapshot
from streams.facts.matters import Matter
from streams.facts.record import Record

KeyFunction = Callable[[Any], str | None]
"""Reads from a snapshot the name under which its matter is found; None or blank: under none."""


class Index:
    """Matters by a name that any of their snapshots in effect states, in order of stating it.

    Those that are not read count too: a name that a higher revision takes back may stay, since no verdict rests on it.
    An index is declared by one key function for each type of record; adding and discarding follow from it.  Names are
    compared normalised.
    """

    __slots__ = ("_matters", "keys")

    def __init__(self, keys: Mapping[type[Snapshot], KeyFunction]) -> None:
        self.keys = keys
        self._matters: dict[str, dict[Matter, None]] = {}

    def name_of(self, snapshot: Snapshot) -> str:
        """Return the name under which a snapshot puts its matter, normalised; empty for none."""
        stated = self.keys[type(snapshot)](snapshot)
        return normalise(stated) if stated else ""

    def add(self, matter: Matter, record: Record[Any], after: Snapshot | None) -> None:
        """Put a matter under what its record states in the snapshots in effect after this one (None: all)."""
        for snapshot in reversed(record.in_effect):
            if snapshot is after:
                break
            if name := self.name_of(snapshot):
                self._matters.setdefault(name, {})[matter] = None

    def discard(self, matter: Matter, record: Record[Any]) -> None:
        """Take a matter from under all that its record states in effect."""
        for snapshot in record.in_effect:
            name = self.name_of(snapshot)
            matters = self._matters.get(name)
            if matters is not None:
                matters.pop(matter, None)
                if not matters:
                    del self._matters[name]

    def __getitem__(self, name: str) -> Collection[Matter]:
        return self._matters.get(name, _NO_MATTERS).keys()


_NO_MATTERS: dict[Matter, None] = {}
