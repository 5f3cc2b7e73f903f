"""The crimes that nobody reported, as far as any system says, and the reports they may be of."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Final

from schemas.identifiers import AlertId, CrimeRef, alert_id
from schemas.products import Candidate, ProbableRecord
from streams.facts.context import Context
from streams.facts.linkage import ReportKey
from streams.facts.matters import CRIME
from streams.policy.calendar import DAY
from streams.suggestions.model import built_in
from streams.suggestions.pools import SUGGESTION, Pools, SetAside
from streams.suggestions.scoring import ProbablePair, most_probable, probable_record

UNREPORTED: Final = "crime-unreported"
"""Stands for a rule's id in the key under which such a crime is published; there is no such rule, and no alert."""
SETTLES_AFTER: Final = DAY
"""How long after CIS first showed it a crime is linked by then, if ever (ms): nothing is said of it before."""


def unreported_id(force: str, ref: str) -> AlertId:
    """Return the id under which the probable reports of a crime are published, made as alerts' ids are."""
    return alert_id(force, UNREPORTED, CRIME.system, ref)


class UnreportedCrimes:
    """The crimes to which nothing rightly links a report, with what was last said of each."""

    def __init__(self, context: Context, pools: Pools, set_aside: SetAside) -> None:
        self._context = context
        self._set_aside = set_aside
        self._pools = pools
        self._published: dict[CrimeRef, Candidate | None] = {}
        """By crime, what was last said of it, where that is known: not right after a restart."""
        self._settling: list[tuple[int, CrimeRef]] = []
        """A heap of when (ms) crimes settle."""
        self._awaited: dict[CrimeRef, int] = {}

    def resume(self) -> None:
        """Note after a restart of which crimes something may have been said."""
        for ref in self._pools.crimes:
            self._has_settled(ref)

    def settled(self) -> list[CrimeRef]:
        """Return the crimes that have settled since this was last asked."""
        due = []
        while self._settling and self._settling[0][0] <= self._context.clock:
            at, ref = heappop(self._settling)
            if self._awaited.get(ref) == at:
                due.append(ref)
        return due

    def suggestions(self, touched: Iterable[CrimeRef]) -> dict[bytes, Candidate | None]:
        """Return what is said anew of crimes, by key; None: nothing any more.

        1. Of a crime that is compared no more, take back what may have been said.
        2. Wait with one that has not settled.
        3. Say of each other which reports it is probably of, unless that was said.
        """
        suggestions: dict[bytes, Candidate | None] = {}
        for ref in touched:
            if ref not in self._pools.crimes:
                if self._awaited.pop(ref, None) is not None and self._published.pop(ref, _UNKNOWN) is not None:
                    suggestions[self._key(ref)] = None
            elif self._has_settled(ref):
                try:
                    candidate = self._candidate(ref)
                except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
                    self._set_aside(self._context.facts.crimes[ref], SUGGESTION, error)
                    candidate = None
                if self._published.get(ref, None if candidate is None else _UNKNOWN) != candidate:
                    suggestions[self._key(ref)] = candidate
                self._published[ref] = candidate
            else:
                self._published.setdefault(ref, None)
        return suggestions

    def _has_settled(self, ref: CrimeRef) -> bool:
        at = self._context.facts.crimes[ref].first_shown_at() + SETTLES_AFTER
        if self._awaited.get(ref) != at:
            self._awaited[ref] = at
            heappush(self._settling, (at, ref))
        return at <= self._context.clock

    def _candidate(self, ref: CrimeRef) -> Candidate | None:
        pairs, competing = self._pools.pairs_of_crime(ref)
        probable = tuple(map(self._probable, most_probable(pairs, competing, built_in().crimes)))
        if not probable:
            return None
        crime_ref = self._context.facts.crimes[ref].written_ref()
        return Candidate(
            alert_id=unreported_id(self._context.force, ref),
            force=self._context.force,
            subject_system=CRIME.system,
            subject_ref=crime_ref,
            crime_ref=crime_ref,
            probability=probable[0].probability,
            reasons=probable[0].reasons,
            probable=probable,
            model=built_in().version,
        )

    def _probable(self, pair: ProbablePair[ReportKey]) -> ProbableRecord:
        report = self._context.facts.report(pair.other)
        if report is None:  # what is compared is held
            raise KeyError(pair.other)
        return probable_record(report.kind.system, report.written_ref(), pair)

    def _key(self, ref: CrimeRef) -> bytes:
        return unreported_id(self._context.force, ref).encode()


_UNKNOWN: Final = object()
