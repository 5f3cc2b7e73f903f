"""Plan an erasure: find the records by reference, and rehearse it on a copy of the workers' state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, get_args

from agents.kafka.reader import latest, latest_records
from agents.topics.cases import case_index
from agents.topics.state_entries import force_of, restore_entries, state_entries
from schemas.identifiers import normalise
from schemas.products import Alert, Candidate, Erasure, Subject, SubjectKind
from schemas.records import NoCrime, OffenderHistory, TrainingRecord
from streams.engine import state
from streams.engine.changes import Changes
from streams.engine.erasure import HISTORY, SYSTEM_BY_KIND, TRAINING, Name
from streams.engine.monitor import Monitor
from streams.engine.persistence import published_alerts
from streams.facts.matters import CRIME, KINDS, REPORT_KINDS
from streams.facts.peoples_records import TOPICS_ABOUT_RECORDS, subject_of
from streams.reports.linked_cases import LEAST_TYPED, follow_links
from streams.reports.loose_references import loose
from streams.topology.topics import ALERTS, CANDIDATES, CASES

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook

SUBJECT_KINDS: Final[tuple[str, ...]] = get_args(SubjectKind)
_MOST_SUGGESTED: Final = 5
_KIND_BY_TOPIC: Final = {kind.record.TOPIC: kind.name for kind in KINDS if kind.record is not None} | {
    NoCrime.TOPIC: CRIME.name,
    OffenderHistory.TOPIC: HISTORY,
    TrainingRecord.TOPIC: TRAINING,
}


class ErasureTarget(NamedTuple):
    """A record that may be erased."""

    force: str
    name: Name

    def __str__(self) -> str:
        kind, ref = self.name
        return f"{SYSTEM_BY_KIND[kind]} {kind} {ref} of {self.force}"

    @property
    def typed(self) -> str:
        """How a user types it, so that nothing else is meant."""
        kind, ref = self.name
        alone = [other for other, system in SYSTEM_BY_KIND.items() if system == SYSTEM_BY_KIND[kind]] == [kind]
        return f"{SYSTEM_BY_KIND[kind] if alone else kind}:{ref}"


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the installation holds now that an erasure may concern."""

    entries: Mapping[bytes, bytes]
    """The workers' state."""
    alerts: Mapping[str, Alert]
    candidates: Mapping[str, Candidate]
    cases: frozenset[bytes]
    """The keys of the published cases that are not tombstoned."""

    @classmethod
    def read(cls, settings: Settings) -> Holdings:
        """Read it from the broker.  Raises UnreadableError."""
        return cls(
            state_entries(settings),
            latest_records(settings, ALERTS, Alert),
            latest_records(settings, CANDIDATES, Candidate),
            frozenset(latest(settings, CASES)),
        )

    def targets(self) -> Iterator[ErasureTarget]:
        """Yield every record that is held, or that an alert or a person's judgement is about.

        Most of them come more than once.
        """
        for key in self.entries:
            force, entry_kind, *rest = key.decode().split("\0")
            if entry_kind == "r" and rest[0] in TOPICS_ABOUT_RECORDS:
                about, ref = subject_of(rest[0], rest[1])
                yield ErasureTarget(force, (about.name, ref))
            elif entry_kind == "r" and rest[0] in _KIND_BY_TOPIC:
                kind = _KIND_BY_TOPIC[rest[0]]
                compound = rest[0] in {TrainingRecord.TOPIC, NoCrime.TOPIC}
                yield ErasureTarget(force, (kind, rest[1].partition("|")[0] if compound else rest[1]))
        for alert in self.alerts.values():
            if (kind_name := subject_kind_of(alert)) is not None:
                yield ErasureTarget(alert.force, (kind_name, normalise(alert.subject_ref)))

    def forces(self) -> set[str]:
        """Return the forces that have any state."""
        return {force_of(key) for key in self.entries}


def subject_kind_of(alert: Alert) -> str | None:
    """Return the kind of record that an alert is about; None where it is about no record."""
    kind = published_alerts.kind_of(alert)
    return kind.name if kind is not None and kind.name in SUBJECT_KINDS else None


def targets(holdings: Holdings, reference: str, force: str | None) -> list[ErasureTarget]:
    """Return the records that a reference may mean.

    These are those spelt exactly so, or else those that resemble it.

    ``SYSTEM:REF`` or ``KIND:REF`` names one kind of record.  Where only one force can be meant, such a record counts
    even if the state has none: the source topics may hold it.
    """
    prefix, colon, rest = reference.partition(":")
    kinds = {
        kind for kind, system in SYSTEM_BY_KIND.items() if colon and prefix.strip().lower() in (kind, system.lower())
    }
    ref = rest if kinds else reference
    eligible = {
        target
        for target in holdings.targets()
        if force in (None, target.force) and (not kinds or target.name[0] in kinds)
    }
    exact = [target for target in eligible if target.name[1] == normalise(ref)]
    matches = exact or [target for target in eligible if loose(target.name[1]) == loose(ref)]
    if not matches and len(kinds) == 1 and normalise(ref):
        forces = {force} if force is not None else holdings.forces()
        matches = [ErasureTarget(next(iter(forces)), (next(iter(kinds)), normalise(ref)))] if len(forces) == 1 else []
    return sorted(matches)


def resembling(holdings: Holdings, reference: str) -> list[ErasureTarget]:
    """Return a few records whose references contain this one."""
    ref = normalise(reference.rpartition(":")[2])
    if len(ref) < LEAST_TYPED:
        return []
    return sorted({target for target in holdings.targets() if ref in target.name[1]})[:_MOST_SUGGESTED]


class LinkedTargets(NamedTuple):
    """The other records of a matter, as ``cdi trace`` shows them."""

    targets: list[ErasureTarget]
    cut_off: bool
    """Whether the matter has more records than a trace follows."""


def linked(settings: Settings, target: ErasureTarget) -> LinkedTargets:
    """Follow the links of a record.  Raises UnreadableError."""
    kind, ref = target.name
    cases = follow_links(case_index(settings), target.force, [(SYSTEM_BY_KIND[kind], ref)])
    others = {ErasureTarget(target.force, (held.kind, held.case.normalised_ref)) for held in cases.held} - {target}
    return LinkedTargets(sorted(other for other in others if other.name[0] in SYSTEM_BY_KIND), cases.cut_off)


@dataclass(frozen=True, slots=True)
class ErasurePlan:
    """An erasure, and what it would do."""

    erasure: Erasure
    names: frozenset[Name]
    snapshots: int
    """How many snapshots the workers hold of the records."""
    records: tuple[bytes, ...]
    """The keys of the state that are deleted: of records, and of alerts."""
    cases: tuple[bytes, ...]
    """The keys of the cases that must be gone afterwards, whether they are published now or not."""
    published_cases: int
    """How many of those are."""
    suggestions: int
    consequences: tuple[Alert, ...]
    """The alerts about other records that would change, as they would become."""


def suggested_names(candidate: Candidate) -> set[Name]:
    """Return the names of the records that a suggestion says belong to its subject."""
    names = {(CRIME.name, normalise(candidate.crime_ref))}
    kinds = {kind.system: kind.name for kind in (CRIME, *REPORT_KINDS)}
    return names | {(kinds[record.system], normalise(record.ref)) for record in candidate.probable}


def plan_erasure(
    holdings: Holdings,
    book: PolicyBook,
    selected: Collection[ErasureTarget],
    *,
    erasure_id: str,
    erased_at: int,
    by: str,
) -> ErasurePlan:
    """Rehearse an erasure on a copy of the state; the ``selected`` records are all of one force."""
    force, names = next(iter(selected)).force, frozenset(target.name for target in selected)
    about = [alert_id for alert_id, alert in holdings.alerts.items() if alert.force == force and _of(alert) in names]
    suggested = [
        alert_id
        for alert_id, candidate in holdings.candidates.items()
        if candidate.force == force and not names.isdisjoint(suggested_names(candidate))
    ]
    subjects = tuple(Subject(kind=kind, ref=ref) for kind, ref in sorted(names))  # type: ignore[arg-type]
    erasure = Erasure(
        erasure_id=erasure_id,
        force=force,
        subjects=subjects,
        alert_ids=tuple(sorted(about)),
        suggested_for=tuple(sorted(set(suggested) - set(about))),
        erased_at=erased_at,
        requested_by=by,
    )
    changes = _rehearsed(holdings.entries, book, erasure)
    deleted = tuple(key for key, value in changes.state if value is None)
    cases = tuple(key for key in changes.cases if _case_name(key) in names)
    return ErasurePlan(
        erasure,
        names,
        sum(1 for _ in _snapshots(holdings.entries, deleted)),
        deleted,
        cases,
        len(holdings.cases.intersection(cases)),
        sum(1 for alert_id in (*about, *suggested) if alert_id in holdings.candidates),
        tuple({alert.alert_id: alert for alert in changes.alerts}.values()),
    )


def _rehearsed(entries: Mapping[bytes, bytes], book: PolicyBook, erasure: Erasure) -> Changes:
    """Erase from a copy on the stream clock.

    Under the wall clock, a new alert would wait before it is raised.
    """
    copy = Monitor(erasure.force, book)
    restore_entries(copy, entries)
    copy.drain()
    copy.erase(erasure, erasure.erased_at)
    return copy.drain()


def _snapshots(entries: Mapping[bytes, bytes], keys: Iterable[bytes]) -> Iterator[object]:
    for key in keys:
        entry = state.read(key, entries[key]) if key in entries else None
        if isinstance(entry, state.SavedRecord):
            yield from entry.snapshots
        elif isinstance(entry, state.SavedSnapshot):
            yield entry.snapshot


def _of(alert: Alert) -> Name | None:
    kind = subject_kind_of(alert)
    return None if kind is None else (kind, normalise(alert.subject_ref))


def _case_name(key: bytes) -> Name:
    _, _, kind, ref = key.decode().split("|", 3)
    return kind, ref
