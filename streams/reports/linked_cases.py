"""Follow links between the records of several systems, from any loosely typed reference.

Where the cases are kept is a :class:`CaseSource`: the board asks its database, the command line what it read of the
topics (:class:`streams.reports.case_index.CaseIndex`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, Protocol, TypeAlias

import msgspec

from schemas.products import Alert, Case

MOST_RECORDS: Final = 60
"""A matter with more records is cut off here."""
MOST_SUGGESTIONS: Final = 20
LEAST_TYPED: Final = 3
"""How many characters of a reference must be typed before records that contain them are suggested."""

CaseSubject: TypeAlias = tuple[str, str]
"""(system, normalised reference)."""
SubjectLink: TypeAlias = tuple[CaseSubject, CaseSubject]
"""(whose record states the link, whom it names)."""


class HeldCase(msgspec.Struct, frozen=True):
    """A case, and what kind of record it is (incident, crime, disposal, ...)."""

    kind: str
    case: Case

    @property
    def subject(self) -> CaseSubject:
        """What others link to."""
        return self.case.system, self.case.normalised_ref


class LinkedCases(msgspec.Struct, frozen=True):
    """Records that hang together."""

    held: tuple[HeldCase, ...]
    unheld: frozenset[CaseSubject]
    """Named by others, but no system holds them."""
    links: frozenset[SubjectLink]
    cut_off: bool
    """There are more than :data:`MOST_RECORDS`."""


class TracedMatter(msgspec.Struct, frozen=True, kw_only=True):
    """What one force holds that hangs together with a reference."""

    force: str
    named: tuple[HeldCase, ...]
    """What the reference itself names."""
    linked: LinkedCases
    alerts: tuple[Alert, ...]
    """The alerts about any of it, the newest first."""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What a reference leads to."""

    reference: str
    matters: tuple[TracedMatter, ...]
    """One a force; references of two forces may be alike."""
    cited: bool = False
    """No system holds it, but records name it."""
    suggestions: tuple[HeldCase, ...] = ()
    """Where nothing was found: records whose reference contains what was typed."""


class CaseSource(Protocol):
    """Where cases and the alerts about them are looked up; cases in order of ``(first_event_time, key)``."""

    def named(self, reference: str) -> Sequence[HeldCase]:
        """Return the cases a loosely typed reference names: those it spells exactly, else those it resembles."""

    def citing(self, reference: str) -> Sequence[tuple[str, CaseSubject]]:
        """Return (force, subject) of what records link to under this reference, sorted."""

    def resembling(self, reference: str, limit: int) -> Sequence[HeldCase]:
        """Return cases whose reference contains what was typed; at least :data:`LEAST_TYPED` characters."""

    def links_of(self, force: str, subjects: Collection[CaseSubject]) -> Collection[SubjectLink]:
        """Return every link that has one of these at either end."""

    def held(self, force: str, subjects: Collection[CaseSubject]) -> Sequence[HeldCase]:
        """Return what a force holds under these references."""

    def alerts_about(self, force: str, subjects: Collection[CaseSubject]) -> Sequence[Alert]:
        """Return the alerts about any of these, the newest first."""


def trace(source: CaseSource, reference: str) -> Trace:
    """Look a reference up in what every system holds, and follow the links from there."""
    if named := source.named(reference):
        forces = dict.fromkeys(held.case.force for held in named)
        matters = [_matter(source, force, [held for held in named if held.case.force == force], []) for force in forces]
        return Trace(reference=reference, matters=tuple(matters))
    if cited := source.citing(reference):
        forces = dict.fromkeys(force for force, _ in cited)
        matters = [_matter(source, force, [], [subject for of, subject in cited if of == force]) for force in forces]
        return Trace(reference=reference, matters=tuple(matters), cited=True)
    return Trace(reference=reference, matters=(), suggestions=tuple(source.resembling(reference, MOST_SUGGESTIONS)))


def follow_links(source: CaseSource, force: str, start: Iterable[CaseSubject]) -> LinkedCases:
    """Follow links from either end until nothing new is reached, or more than :data:`MOST_RECORDS` are."""
    reached: set[CaseSubject] = set(start)
    links: set[SubjectLink] = set()
    frontier = set(reached)
    while frontier and len(reached) < MOST_RECORDS:
        new = source.links_of(force, frontier)
        links |= set(new)
        frontier = {end for link in new for end in link} - reached
        reached |= frontier
    held = source.held(force, reached)
    return LinkedCases(
        held=tuple(held),
        unheld=frozenset(reached - {case.subject for case in held}),
        links=frozenset(link for link in links if link[0] in reached and link[1] in reached),
        cut_off=bool(frontier),
    )


def _matter(source: CaseSource, force: str, named: Sequence[HeldCase], cited: Sequence[CaseSubject]) -> TracedMatter:
    linked = follow_links(source, force, [*(case.subject for case in named), *cited])
    alerts = source.alerts_about(force, {*(case.subject for case in linked.held), *linked.unheld})
    return TracedMatter(force=force, named=tuple(named), linked=linked, alerts=tuple(alerts))
