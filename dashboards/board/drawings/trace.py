"""Any reference, loosely typed: which systems hold it and everything linked to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from sqlalchemy import Connection

from dashboards.board.domain.people import Person
from dashboards.board.readmodel import ReadModel, alerts, cases
from dashboards.board.readmodel.cases import Held, Subject

MOST_RECORDS: Final = 60
"""A matter with more records is cut off here, and says so."""
_MOST_SUGGESTIONS: Final = 20


class Reached(msgspec.Struct, frozen=True):
    """Records that hang together."""

    held: tuple[Held, ...]
    unheld: frozenset[Subject]
    """Named by others, but no system holds them."""
    links: frozenset[tuple[Subject, Subject]]
    """(who says so, whom it names)."""
    cut_off: bool


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What one force holds that hangs together with what was looked for."""

    force: str
    found: tuple[Held, ...]
    """What the reference itself names."""
    reached: Reached
    alerts: tuple[alerts.Listed, ...]


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What a reference leads to."""

    reference: str
    matters: tuple[Matter, ...]
    """One a force; references of two forces may be alike."""
    cited: bool = False
    """No system holds it, but records name it."""
    suggestions: tuple[Held, ...] = ()
    """Where nothing was found: records whose reference contains what was typed."""


def trace(read_model: ReadModel, reference: str, person: Person | None = None) -> Trace:
    """Look a reference up in what every system holds; ``person`` limits it to their forces."""
    with read_model.reading() as connection:
        found = cases.found_as(connection, reference, person)
        if found:
            forces = dict.fromkeys(held.case.force for held in found)
            matters = [_matter(connection, force, [h for h in found if h.case.force == force], []) for force in forces]
            return Trace(reference=reference, matters=tuple(matters))
        citing = cases.cited(connection, reference, person)
        if citing:
            forces = dict.fromkeys(force for force, _ in citing)
            matters = [
                _matter(connection, force, [], [subject for f, subject in citing if f == force]) for force in forces
            ]
            return Trace(reference=reference, matters=tuple(matters), cited=True)
        alike = cases.suggestions(connection, reference, person, _MOST_SUGGESTIONS)
    return Trace(reference=reference, matters=(), suggestions=tuple(alike))


def reach(connection: Connection, force: str, start: Iterable[Subject]) -> Reached:
    """Follow links from either end until nothing new is found."""
    known: set[Subject] = set(start)
    links: set[tuple[Subject, Subject]] = set()
    frontier = set(known)
    while frontier and len(known) < MOST_RECORDS:
        found = cases.linked_to(connection, force, frontier)
        links |= found
        frontier = {end for link in found for end in link} - known
        known |= frontier
    held = cases.of_subjects(connection, force, known)
    return Reached(
        held=tuple(held),
        unheld=frozenset(known - {item.subject for item in held}),
        links=frozenset(link for link in links if link[0] in known and link[1] in known),
        cut_off=bool(frontier),
    )


def _matter(connection: Connection, force: str, found: list[Held], cited: list[Subject]) -> Matter:
    reached = reach(connection, force, [*(held.subject for held in found), *cited])
    about = alerts.about(connection, force, {*(held.subject for held in reached.held), *reached.unheld})
    return Matter(force=force, found=tuple(found), reached=reached, alerts=tuple(about))
