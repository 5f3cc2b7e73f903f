"""The reports that may miss a crime, and the crimes that may be theirs.

A link that leads to a record no system holds links nothing, and one whose two records contradict one another is doubted
here (nowhere else: alerts go by what is stated).  Which records are compared follows from the facts and the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias, TypeVar

from schemas.identifiers import CrimeRef
from schemas.products import OPEN_STATUSES, Alert
from streams.facts.context import Context
from streams.facts.linkage import ReportKey
from streams.facts.matters import CRIME, REPORT_KINDS, Matter
from streams.facts.references import references
from streams.obligations.recorded_crimes import is_recorded
from streams.policy.calendar import DAY
from streams.suggestions.blocks import (
    MOST_UNDER_A_KEY,
    Blocks,
    Key,
    Trait,
    crime_traits,
    report_traits,
    searched_references,
    stored_references,
)
from streams.suggestions.comparison import ComparedCrime, ComparedReport, best_likeness, is_compared_alike
from streams.suggestions.competition import Competition, Day
from streams.suggestions.reference_likeness import skeleton
from streams.suggestions.scoring import (
    DAYS_AFTER,
    DAYS_BEFORE,
    RULES_THAT_MISS_A_CRIME,
    Pair,
    is_doubtful,
    weigh,
)

REPORT_DAYS: Final = 28
"""How many days a report without an open alert is compared with crimes, as long as the review queue lists it."""

K = TypeVar("K")

SUGGESTION: Final = "suggestion"
"""What a record that cannot be compared is set aside under, in place of a rule's id."""
SetAside: TypeAlias = Callable[[Matter, str, Exception], None]
"""Is given a matter that cannot be compared."""


class Pools:
    """Reports and crimes that may belong together, and by what they are found."""

    def __init__(self, context: Context, set_aside: SetAside) -> None:
        self._context = context
        self._set_aside = set_aside
        self.reports: dict[ReportKey, ComparedReport] = {}
        self.crimes: dict[CrimeRef, ComparedCrime] = {}
        self.touched_reports: dict[ReportKey, None] = {}
        """Those whose pairs may be others than when this was last emptied."""
        self.touched_crimes: dict[CrimeRef, None] = {}
        self._report_blocks: Blocks[ReportKey] = Blocks()
        self._crime_blocks: Blocks[CrimeRef] = Blocks()
        self._reports_by_day: dict[Day, dict[ReportKey, None]] = {}
        self._crimes_by_day: dict[Day, dict[CrimeRef, None]] = {}
        self._crimes_around = Competition()
        self._reports_around = Competition()
        self._reports_citing = 0
        """How many reports cite a crime that is not there."""
        self._crimes_citing = 0
        self._first_day: Day | None = None
        """The first day of which reports without an open alert are compared."""

    # -- what changes -------------------------------------------------------------------------------------------

    def update(self, changed: Iterable[Matter]) -> None:
        """Take in that matters changed, were forgotten or erased, and that time has passed.

        1. Take the reports and crimes among them, and those linked to either.
        2. Take the reports that have become too old.
        3. Put each under what it is found by now, and touch whatever it is found by on the other side.
        """
        facts = self._context.facts
        reports: dict[ReportKey, None] = {}
        crimes: dict[CrimeRef, None] = {}
        for matter in changed:
            if matter.kind is CRIME:
                crimes[CrimeRef(matter.ref)] = None
                reports.update(dict.fromkeys(facts.linkage.reports_of(CrimeRef(matter.ref))))
            elif matter.kind in REPORT_KINDS:
                key: ReportKey = (matter.kind.system, matter.ref)
                reports[key] = None
                crimes.update(dict.fromkeys(facts.linkage.crimes_of(key)))
        reports.update(dict.fromkeys(self._grown_old()))
        for key in reports:
            report = facts.report(key)
            try:
                self._put_report(key, self._compared_report(report))
            except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
                self._refuse(report, error)
        for ref in crimes:
            crime = facts.crimes.get(ref)
            try:
                self._put_crime(ref, self._compared_crime(crime))
            except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
                self._refuse(crime, error)

    def _refuse(self, matter: Matter | None, error: Exception) -> None:
        if matter is None:
            raise error
        self._set_aside(matter, SUGGESTION, error)

    def _grown_old(self) -> list[ReportKey]:
        first_day = self._context.clock // DAY - REPORT_DAYS
        if self._first_day == first_day:
            return []
        self._first_day = first_day
        return [key for day, keys in self._reports_by_day.items() if day < first_day for key in keys]

    def _compared_report(self, report: Matter | None) -> ComparedReport | None:
        """Return a report as it is compared; None where no alert is open and it is linked, or too old."""
        if report is None or not report.held:
            return None
        missing = any(True for _ in missing_a_crime(report))
        if not missing and (report.begins_on() < self._context.clock // DAY - REPORT_DAYS or self._has_crime(report)):
            return None
        reported_at = int(getattr(report.record.first, report.kind.begins))
        unmet = (ref for ref in references(report.newest.crime_refs) if not self._is_met(report, CrimeRef(ref)))
        return ComparedReport(report.newest, reported_at, skeleton(report.ref), tuple(map(skeleton, unmet)))

    def _compared_crime(self, crime: Matter | None) -> ComparedCrime | None:
        """Return a crime as it is compared; None where it is not: it is linked, or not recorded any more."""
        if crime is None or not crime.held or not is_recorded(crime) or self._has_report(crime):
            return None
        newest = crime.newest
        cited = references([*newest.incident_refs, *newest.referral_refs, *newest.asb_refs])
        recorded_at = crime.record.first.recorded_at
        return ComparedCrime(newest, recorded_at, skeleton(crime.ref), tuple(map(skeleton, cited)))

    def _has_crime(self, report: Matter) -> bool:
        return any(self._belong(report, crime) for crime in self._context.facts.crimes_of(report))

    def _has_report(self, crime: Matter) -> bool:
        facts = self._context.facts
        reports = map(facts.report, facts.linkage.direct_reports_of(CrimeRef(crime.ref)))
        return any(report is not None and report.held and self._belong(report, crime) for report in reports)

    def _is_met(self, report: Matter, ref: CrimeRef) -> bool:
        crime = self._context.facts.crimes.get(ref)
        return crime is not None and crime.held and self._belong(report, crime)

    def _belong(self, report: Matter, crime: Matter) -> bool:
        """Return whether nothing speaks against a link, or a person confirmed it."""
        if not is_doubtful(report.newest, crime.newest):
            return True
        person = self._context.facts.links.get(f"{report.kind.system}|{report.ref}|{crime.ref}")
        return person is not None and person.effective_count > 0 and person.newest.confirmed

    # -- putting and taking -------------------------------------------------------------------------------------

    def _put_report(self, key: ReportKey, report: ComparedReport | None) -> None:
        self.touched_reports[key] = None
        before = self.reports.get(key)
        if before is not None and report is not None and is_compared_alike(before, report):
            self.reports[key] = report
            return
        if before is not None:
            del self.reports[key]
            self._replace_report(key, before, -1)
        if report is not None:
            self.reports[key] = report
            self._replace_report(key, report, 1)

    def _replace_report(self, key: ReportKey, report: ComparedReport, change: int) -> None:
        _file(self._reports_by_day, report.reported_at // DAY, key, change)
        for days in self._reports_around.count(report.reported_at // DAY, change):
            self.touched_crimes.update(_on(self._crimes_by_day, days))
        self._reports_citing += change * bool(report.unmet)
        traits = report_traits(report)
        searched = _stored(self._report_blocks, key, traits, stored_references(report), change)
        self.touched_crimes.update(
            dict.fromkeys(self._crime_blocks.under([*searched, *searched_references(report, self._crimes_citing)]))
        )

    def _put_crime(self, ref: CrimeRef, crime: ComparedCrime | None) -> None:
        self.touched_crimes[ref] = None
        before = self.crimes.get(ref)
        if before is not None and crime is not None and is_compared_alike(before, crime):
            self.crimes[ref] = crime
            return
        if before is not None:
            del self.crimes[ref]
            self._replace_crime(ref, before, -1)
        if crime is not None:
            self.crimes[ref] = crime
            self._replace_crime(ref, crime, 1)

    def _replace_crime(self, ref: CrimeRef, crime: ComparedCrime, change: int) -> None:
        _file(self._crimes_by_day, crime.recorded_at // DAY, ref, change)
        for days in self._crimes_around.count(crime.recorded_at // DAY, change):
            self.touched_reports.update(_on(self._reports_by_day, days))
        self._crimes_citing += change * bool(crime.unmet)
        traits = crime_traits(crime)
        searched = _stored(self._crime_blocks, ref, traits, stored_references(crime), change)
        self.touched_reports.update(
            dict.fromkeys(self._report_blocks.under([*searched, *searched_references(crime, self._reports_citing)]))
        )

    # -- what is found ------------------------------------------------------------------------------------------

    def pairs_of_report(self, key: ReportKey) -> tuple[list[Pair[CrimeRef]], int]:
        """Return what is said for each crime like a report, and about how many there are around it."""
        report = self.reports[key]
        found = _found(self._crime_blocks, report_traits(report), searched_references(report, self._crimes_citing))
        pairs = [
            weigh(ref, report, crime)
            for ref in found
            if _is_around(report, crime := self.crimes[ref]) and (found[ref] or _is_cited(report, crime))
        ]
        return pairs, self._crimes_around.around(report.reported_at // DAY)

    def pairs_of_crime(self, ref: CrimeRef) -> tuple[list[Pair[ReportKey]], int]:
        """Return what is said for each report like a crime, and about how many there are around it."""
        crime = self.crimes[ref]
        found = _found(self._report_blocks, crime_traits(crime), searched_references(crime, self._reports_citing))
        pairs = [
            weigh(key, report, crime)
            for key in found
            if _is_around(report := self.reports[key], crime) and (found[key] or _is_cited(report, crime))
        ]
        return pairs, self._reports_around.around(crime.recorded_at // DAY)


def _found(blocks: Blocks[K], traits: list[Trait], like: Iterable[Key]) -> dict[K, bool]:
    """Return what shares a trait (True), or may cite a number like this one's."""
    found = dict.fromkeys(blocks.under(like, MOST_UNDER_A_KEY), False)
    shared = blocks.under((key for trait in traits for key in trait.searched), MOST_UNDER_A_KEY)
    found.update(dict.fromkeys(shared, True))
    return found


def missing_a_crime(report: Matter) -> Iterator[Alert]:
    """Yield the open alerts of a report that miss a crime."""
    for stored in report.alerts:
        if stored.alert.rule_id in RULES_THAT_MISS_A_CRIME and stored.alert.status in OPEN_STATUSES:
            yield stored.alert


def _is_around(report: ComparedReport, crime: ComparedCrime) -> bool:
    return -DAYS_BEFORE <= crime.recorded_at // DAY - report.reported_at // DAY <= DAYS_AFTER


def _is_cited(report: ComparedReport, crime: ComparedCrime) -> bool:
    if crime.unmet and best_likeness(crime.unmet, report.own) != "unlike":
        return True
    return bool(report.unmet) and best_likeness(report.unmet, crime.own) != "unlike"


def _on(by_day: dict[Day, dict[K, None]], days: range) -> Iterator[tuple[K, None]]:
    for day in days:
        yield from by_day.get(day, {}).items()


def _file(by_day: dict[Day, dict[K, None]], day: Day, item: K, change: int) -> None:
    if change > 0:
        by_day.setdefault(day, {})[item] = None
    else:
        del by_day[day][item]
        if not by_day[day]:
            del by_day[day]


def _stored(blocks: Blocks[K], item: K, traits: list[Trait], references: list[Key], change: int) -> list[Key]:
    """File or unfile a record under its keys; return the keys that found it, or find it now.

    Under a key that had too many records before and has too many now it was not found and is not.
    """
    for key in references:
        blocks.add(item, key) if change > 0 else blocks.discard(item, key)
    searched: list[Key] = []
    for trait in traits:
        held = blocks.add(item, trait.stored) if change > 0 else blocks.discard(item, trait.stored)
        if held <= MOST_UNDER_A_KEY + (change > 0):
            searched.extend(trait.searched)
    return searched
