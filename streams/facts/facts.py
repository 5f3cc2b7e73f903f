"""The facts of one force: its matters and records, what links them, and whom a change concerns.

What a snapshot is found by, links and cites is declared once for each type of record (:class:`Index`, :data:`LINKS`,
:data:`CITATIONS`); absorbing a change, forgetting and erasing all follow from these declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from schemas.identifiers import CallRef, CrimeRef, IncidentRef, OffenderId, StaffId
from schemas.records import (
    Call,
    Crime,
    Disposal,
    Incident,
    ProtectionReport,
    Referral,
    Score,
    Snapshot,
)
from streams.facts.calls import CallReviews
from streams.facts.linkage import Citation, CrimeLink
from streams.facts.matters import CALL, INCIDENT, PROTECTION_REPORT, Matter, is_kind
from streams.facts.record import Record, version
from streams.facts.references import CITATIONS, LINKS, citations_of, links_of
from streams.facts.related import RelatedMatters, present
from streams.facts.store import RecordKey
from streams.facts.weighed import is_weighty
from streams.policy import Policy

_encode = msgspec.msgpack.Encoder().encode


class Facts(RelatedMatters):
    """What is known of one force.  ``absorb`` takes a change in and collects what is to be judged again."""

    def __init__(self, force: str, policy: Callable[[int], Policy]) -> None:
        super().__init__()
        self.call_reviews = CallReviews(force, policy)
        self.concerned: dict[Matter, bool] = {}
        """Matters to judge again: by all rules (True), or only by those that ask about a crime's reports."""
        self.changed: dict[Matter, None] = {}
        """Matters whose own record or links changed since this was last cleared; forgotten ones too."""

    # -- what a change means ------------------------------------------------------------------------------------

    def check(self, snapshot: Snapshot) -> None:
        """Raise whatever taking a snapshot in would raise, before anything is changed by it."""
        version(snapshot)
        _encode(snapshot)
        for index in self._indexes.get(type(snapshot), ()):
            index.name_of(snapshot)
        links_of(snapshot)
        citations_of(snapshot)
        if isinstance(snapshot, Call):
            self.call_reviews.check(snapshot)

    def absorb(self, name: str, record: Record[Any], before: Snapshot | None) -> None:
        """Take in that a record's newest snapshot is no longer ``before``, or that its past is another."""
        after: Snapshot = record.newest
        record_type = type(after)
        matter = self.matter_of((record_type.TOPIC, name))
        if matter is not None:
            self.changed[matter] = None
            if record_type is not Score:
                self.concerned[matter] = True
            for index in self._indexes.get(record_type, ()):
                index.add(matter, record, None if before is after else before)
        if before is not after:
            self._replace(record_type, before, after)
        if before is None and record_type in (Referral, ProtectionReport):
            self._tell_apart(name)
        if is_weighty(before, after):
            self._concern_dependents(before, after)

    def _concern_dependents(self, before: Snapshot | None, after: Snapshot) -> None:
        """Have judged again what rests on a record; what a disposal names may be another crime than before."""
        dependents = list(self._dependents(after))
        if isinstance(before, Disposal):
            dependents += self._dependents(before)
        self.concern(dependents)
        if isinstance(after, Incident):
            self.changed.update(dict.fromkeys(dependents))
        self._concern_reported(self._crimes_reported_in(after))

    def concern(self, matters: Iterable[Matter]) -> None:
        """Have matters judged again, by all rules."""
        for matter in matters:
            self.concerned[matter] = True

    def _concern_reported(self, crimes: Iterable[Matter[Crime]]) -> None:
        """Have crimes judged again by the rules that ask about the reports they are linked to."""
        for crime in crimes:
            self.concerned.setdefault(crime, False)

    def concern_crime(self, ref: str) -> None:
        """Have a crime judged again, and everything whose verdict may rest on what became of it."""
        self.concern(present(self.crimes.get(CrimeRef(ref))))
        self.concern(self._resting_on_crime(CrimeRef(ref)))

    # -- links and reviews --------------------------------------------------------------------------------------

    def _replace(self, record_type: type[Snapshot], before: Snapshot | None, after: Snapshot) -> None:
        """Replace what follows from the newest snapshot alone: links, citations, a call's review."""
        links, citations = LINKS.get(record_type), CITATIONS.get(record_type)
        if links is not None:
            self._relink([] if before is None else links(before), links(after))
        if citations is not None:
            self._recite([] if before is None else citations(before), citations(after))
        if isinstance(after, Call):
            earlier = before if isinstance(before, Call) else None
            self.concern(self._present_calls(self.call_reviews.replace(earlier, after)))

    def _relink(self, old: list[CrimeLink], new: list[CrimeLink]) -> None:
        """Replace the links that a record stated by those that it states now."""
        if old == new:
            return
        self.linkage.replace_links(old, new)
        for report, crime in (*old, *new):
            citing = self.linkage.citing(IncidentRef(report[1])) if report[0] == INCIDENT.system else ()
            reports = present(*map(self.report, (report, *citing)))
            crimes = present(self.crimes.get(crime))
            self.concern(reports)
            self._concern_reported(crimes)
            self.changed.update(dict.fromkeys([*reports, *crimes]))

    def _recite(self, old: list[Citation], new: list[Citation]) -> None:
        """Replace the citations that a record stated by those that it states now."""
        if old == new:
            return
        self.linkage.replace_citations(old, new)
        for _, incident in (*old, *new):
            crimes = self._crimes_linked((INCIDENT.system, incident))
            self._concern_reported(crimes)
            self.changed.update(dict.fromkeys(crimes))

    def _tell_apart(self, ref: str) -> None:
        """Note that it is known now which report crimes mean that cite one of this name as a referral."""
        if ref in self.protection_reports:
            crimes = self.linkage.crimes_of((PROTECTION_REPORT.system, ref))
            self.changed.update(dict.fromkeys(present(*map(self.crimes.get, crimes))))

    def _present_calls(self, refs: Iterable[CallRef]) -> list[Matter[Call]]:
        return present(*map(self.calls.get, refs))

    # -- forgetting and erasing ---------------------------------------------------------------------------------

    def forget(self, matter: Matter) -> Iterator[tuple[RecordKey, Record[Any]]]:
        """Forget what is in effect of a matter; yield its records, each with what still waits to take effect.

        What was saved through the low-water mark is not taken in again.
        """
        matter.forgotten_through = self.forgotten_through
        self.changed.update(dict.fromkeys([matter, *self.neighbours(matter)]))
        for key, record in list(self.records_of(matter)):
            if record.effective_count:
                self._unindex(matter, record)
            record.drop_effective()
            yield key, record
        matter.forget_alerts()
        matter.shown_at = None
        self._drop_empty(matter)

    def _unindex(self, matter: Matter, record: Record[Any]) -> None:
        """Take a record of a matter out of every index and link; nothing is judged again for it."""
        newest: Snapshot = record.newest
        for index in self._indexes.get(type(newest), ()):
            index.discard(matter, record)
        self.linkage.replace_links(links_of(newest), ())
        self.linkage.replace_citations(citations_of(newest), ())
        if isinstance(newest, Call):
            self.call_reviews.replace(newest, None)

    def erase(self, matter: Matter) -> None:
        """Erase a matter, what waits to take effect included, and have judged again what rests on it."""
        self.concern(self.neighbours(matter))
        if is_kind(matter, CALL) and matter.held:
            self.concern(self._present_calls(self.call_reviews.replace(matter.newest, None)))
        for _, record in self.forget(matter):
            record.clear()
        self.matters[matter.kind].pop(matter.ref, None)

    def erase_link(self, name: str) -> None:
        """Erase a person's link, and have judged again what it linked."""
        record = self.links.pop(name)
        if record.effective_count:
            self._relink(links_of(record.newest), [])
        record.clear()

    def erase_history(self, offender: OffenderId) -> None:
        """Erase an offender's history, and have their disposals judged again."""
        self.histories.pop(offender).clear()
        self.concern(self._disposals_of[offender])

    def erase_training(self, staff: StaffId) -> None:
        """Erase the training of one of the staff, and have what they decided judged again."""
        for record in self.training.pop(staff).values():
            record.clear()
        self.concern(self._decided_by[staff])
