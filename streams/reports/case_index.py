"""Cases, their links and the alerts about them, in memory: for a command that looks once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from schemas.identifiers import normalise
from schemas.products import Alert, Case
from streams.reports.linked_cases import LEAST_TYPED, CaseSubject, HeldCase, SubjectLink
from streams.reports.loose_references import loose


def case_kind(key: str, case: Case) -> str:
    """Return what kind of record a case is of: its key is ``force|system|kind|ref``."""
    parts = key.split("|", 3)
    return parts[2] if len(parts) == 4 else case.system.lower()


class CaseIndex:
    """A :class:`streams.reports.linked_cases.CaseSource` over cases and alerts in memory."""

    def __init__(self, cases: Mapping[str, Case], alerts: Iterable[Alert] = ()) -> None:
        in_order = sorted(cases.items(), key=lambda item: (item[1].first_event_time, item[0]))
        self._cases = [HeldCase(case_kind(key, case), case) for key, case in in_order]
        self._alerts = sorted(alerts, key=lambda alert: (-alert.raised_at, alert.alert_id))
        self._links: defaultdict[tuple[str, CaseSubject], set[SubjectLink]] = defaultdict(set)
        """By force and either end."""
        for held in self._cases:
            for linked in held.case.linked:
                link = (held.subject, (linked.system, normalise(linked.ref)))
                for end in link:
                    self._links[held.case.force, end].add(link)

    def named(self, reference: str) -> Sequence[HeldCase]:
        """Return the cases a loosely typed reference names: those it spells exactly, else those it resembles."""
        exact = [held for held in self._cases if held.case.normalised_ref == normalise(reference)]
        return exact or [held for held in self._cases if loose(held.case.ref) == loose(reference)]

    def citing(self, reference: str) -> Sequence[tuple[str, CaseSubject]]:
        """Return (force, subject) of what records link to under this reference, sorted."""
        ref = normalise(reference)
        return sorted(
            (force, subject)
            for (force, subject), links in self._links.items()
            if subject[1] == ref and any(named == subject for _, named in links)
        )

    def resembling(self, reference: str, limit: int) -> Sequence[HeldCase]:
        """Return cases whose reference contains what was typed, if that is long enough."""
        ref = normalise(reference)
        return (
            [held for held in self._cases if ref in held.case.normalised_ref][:limit] if len(ref) >= LEAST_TYPED else []
        )

    def links_of(self, force: str, subjects: Collection[CaseSubject]) -> Collection[SubjectLink]:
        """Return every link that has one of these at either end."""
        return set().union(*(self._links.get((force, subject), ()) for subject in subjects))

    def held(self, force: str, subjects: Collection[CaseSubject]) -> Sequence[HeldCase]:
        """Return what a force holds under these references."""
        return [held for held in self._cases if held.case.force == force and held.subject in subjects]

    def alerts_about(self, force: str, subjects: Collection[CaseSubject]) -> Sequence[Alert]:
        """Return the alerts about any of these, the newest first."""
        return [
            alert
            for alert in self._alerts
            if alert.force == force and (alert.subject_system, normalise(alert.subject_ref)) in subjects
        ]
