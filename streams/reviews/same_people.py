"""The reports and crimes in which the same people are named, and which of the reports are repeats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final

from schemas.identifiers import CrimeRef, normalise
from schemas.records import Crime
from streams.facts.facts import Facts
from streams.facts.matters import CRIME, Matter, is_kind
from streams.obligations.counting import recorded_at
from streams.obligations.recorded_crimes import is_recorded
from streams.policy.calendar import DAY
from streams.policy.review_policy import RatioName, ReviewPolicy
from streams.reviews.repeats import Occurrence, repeats

FEW: Final = 8
"""In so many matters, at most, a victim is named in few."""


class SamePeople:
    """Reports and crimes by the victim's token, as their newest snapshots state it."""

    __slots__ = ("_facts", "_few", "_many", "_policy", "_touched", "_victim_of")

    def __init__(self, facts: Facts, policy: ReviewPolicy) -> None:
        self._facts = facts
        self._policy = policy
        self._few: dict[str, tuple[Matter, ...]] = {}
        """The matters of a victim who is named in few: nearly all are, and tuples are small."""
        self._many: dict[str, dict[Matter, None]] = {}
        """The matters of all others."""
        self._victim_of: dict[Matter, str] = {}
        self._touched: dict[str, None] = {}

    def update(self, matter: Matter) -> None:
        """Take in that a report or a crime changed, or its links; one that is not held names nobody."""
        victim = _token(matter, "victim_token")
        before = self._victim_of.get(matter, "")
        if before != victim:
            self.discard(matter)
            if victim:
                self._victim_of[matter] = victim
                self._add(victim, matter)
        if victim:
            self._touched[victim] = None

    def _add(self, victim: str, matter: Matter) -> None:
        if victim in self._many:
            self._many[victim][matter] = None
            return
        matters = (*self._few.get(victim, ()), matter)
        if len(matters) <= FEW:
            self._few[victim] = matters
        else:
            del self._few[victim]
            self._many[victim] = dict.fromkeys(matters)

    def discard(self, matter: Matter) -> None:
        """Take a matter out: it is forgotten, or names somebody else."""
        victim = self._victim_of.pop(matter, "")
        if victim:
            if victim in self._many:
                others: Collection[Matter] = self._many[victim]
                del self._many[victim][matter]
            else:
                others = self._few[victim] = tuple(other for other in self._few[victim] if other is not matter)
            if not others:
                self._few.pop(victim, None)
                self._many.pop(victim, None)
            self._touched[victim] = None

    def drain_touched(self) -> Iterator[tuple[Collection[Matter], dict[Matter, RatioName]]]:
        """Yield, for each victim of whom anything changed, the matters and which reports are repeats."""
        touched, self._touched = self._touched, {}
        for victim in touched:
            matters = self._many.get(victim) or self._few.get(victim, ())
            yield matters, self._repeats(matters)

    def knows(self, matter: Matter) -> bool:
        """Return whether a matter names a victim."""
        return matter in self._victim_of

    def _repeats(self, matters: Collection[Matter]) -> dict[Matter, RatioName]:
        least, window = self._policy.repeat_least, self._policy.repeat_days * DAY
        if len(matters) < least:
            return {}
        occurrences = [occurrence for matter in matters if (occurrence := self._occurrence(matter)) is not None]
        found: dict[Matter, RatioName] = dict.fromkeys(repeats(occurrences, window, least), "repeat_victim")
        by_suspect: dict[str, list[Occurrence[Matter]]] = defaultdict(list)
        for occurrence in occurrences:
            if suspect := _token(occurrence.name, "suspect_token"):
                by_suspect[suspect].append(occurrence)
        for pair in by_suspect.values():
            if len(pair) >= least:
                found.update(dict.fromkeys(repeats(pair, window, least), "repeat_pair"))
        return found

    def _occurrence(self, matter: Matter) -> Occurrence[Matter] | None:
        """Return a report, or a recorded crime; None of any other record, N100, N200 and N300 among them."""
        if not is_kind(matter, CRIME):
            return Occurrence(int(getattr(matter.record.first, matter.kind.begins)), matter)
        crime: Crime = matter.newest
        if not is_recorded(matter):
            return None
        keys = self._facts.linkage.reports_of(CrimeRef(matter.ref))
        reports = tuple(report for report in map(self._facts.report, keys) if report is not None)
        is_stalking = self._policy.stalking_codes.holds(crime.offence_code)
        return Occurrence(recorded_at(matter), matter, reports, is_crime=True, is_stalking=is_stalking)


def _token(matter: Matter, field: str) -> str:
    """Return a person's token in a matter's newest snapshot, as tokens are compared; empty for none."""
    record = matter.record
    stated = getattr(record.newest, field, None) if record.effective_count else None
    return _compared(stated) if stated else ""


@lru_cache(maxsize=1024)
def _compared(token: str) -> str:
    """Return a token as tokens are compared.

    There are too many, each seldom seen, for the cache that references have.
    """
    return normalise.__wrapped__(token)
