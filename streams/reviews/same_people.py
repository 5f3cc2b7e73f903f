"""The reports and crimes in which the same people are named, and which of the reports are repeats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from schemas.identifiers import CrimeRef, normalise
from schemas.records import Crime
from streams.facts.facts import Facts
from streams.facts.matters import CRIME, Matter, is_kind
from streams.obligations.counting import recorded_at
from streams.obligations.recorded_crimes import is_recorded
from streams.policy.calendar import DAY
from streams.policy.review_policy import RatioName, ReviewPolicy
from streams.reviews.repeats import Occurrence, repeats


class SamePeople:
    """Reports and crimes by the victim's token, as their newest snapshots state it."""

    __slots__ = ("_by_victim", "_facts", "_policy", "_touched", "_victim_of")

    def __init__(self, facts: Facts, policy: ReviewPolicy) -> None:
        self._facts = facts
        self._policy = policy
        self._by_victim: dict[str, dict[Matter, None]] = {}
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
                self._by_victim.setdefault(victim, {})[matter] = None
        if victim:
            self._touched[victim] = None

    def discard(self, matter: Matter) -> None:
        """Take a matter out: it is forgotten, or names somebody else."""
        victim = self._victim_of.pop(matter, "")
        if victim:
            matters = self._by_victim[victim]
            del matters[matter]
            if not matters:
                del self._by_victim[victim]
            self._touched[victim] = None

    def drain_touched(self) -> Iterator[tuple[dict[Matter, None], dict[Matter, RatioName]]]:
        """Yield, for each victim of whom anything changed, the matters and which reports are repeats."""
        touched, self._touched = self._touched, {}
        for victim in touched:
            matters = self._by_victim.get(victim, {})
            yield matters, self._repeats(matters)

    def knows(self, matter: Matter) -> bool:
        """Return whether a matter names a victim."""
        return matter in self._victim_of

    def _repeats(self, matters: dict[Matter, None]) -> dict[Matter, RatioName]:
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
    stated = getattr(matter.newest, field, None) if matter.held else None
    return normalise(stated) if stated else ""
