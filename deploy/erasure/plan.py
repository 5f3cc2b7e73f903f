"""What an erasure would take: found by reference, and rehearsed on a copy of what the workers know."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, get_args

from agents.kafka.reader import latest, latest_records
from agents.topics.cases import case_index
from agents.worker.monitors import force_of
from schemas.identifiers import normalise
from schemas.products import Alert, Candidate, Erasure, Subject, SubjectKind
from schemas.records import OffenderHistory, TrainingRecord
from streams.engine import state
from streams.engine.changes import Changes
from streams.engine.erasure import HISTORY, SYSTEM_BY_KIND, TRAINING, Name
from streams.engine.monitor import Monitor
from streams.facts.matters import CRIME, DISPOSAL, KINDS
from streams.reports.linked_cases import LEAST_TYPED, follow_links
from streams.reports.loose_references import loose
from streams.rules import RULES
from streams.topology.topics import ALERTS, CANDIDATES, STATE_CHANGELOG

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook

SUBJECT_KINDS: Final[tuple[str, ...]] = get_args(SubjectKind)
_MOST_SUGGESTED: Final = 5
_KIND_BY_TOPIC: Final = {kind.record.TOPIC: kind.name for kind in KINDS if kind.record is not None} | {
    "cis.no-crimes.v1": CRIME.name, OffenderHistory.TOPIC: HISTORY, TrainingRecord.TOPIC: TRAINING,
}  # fmt: skip


class Target(NamedTuple):
    """One thing that may be erased."""

    force: str
    name: Name

    def __str__(self) -> str:
        kind, ref = self.name
        return f"{SYSTEM_BY_KIND[kind]} {kind} {ref} of {self.force}"

    @property
    def typed(self) -> str:
        """How to name it and nothing else."""
        kind, ref = self.name
        alone = [other for other, system in SYSTEM_BY_KIND.items() if system == SYSTEM_BY_KIND[kind]] == [kind]
        return f"{SYSTEM_BY_KIND[kind] if alone else kind}:{ref}"


@dataclass(frozen=True, slots=True)
class Known:
    """What the installation holds now, as far as an erasure goes."""

    entries: Mapping[bytes, bytes]
    """The workers' state."""
    alerts: Mapping[str, Alert]
    candidates: Mapping[str, Candidate]

    @classmethod
    def now(cls, settings: Settings) -> Known:
        """Read it.  Raises UnreadableError."""
        return cls(
            latest(settings, STATE_CHANGELOG),
            latest_records(settings, ALERTS, Alert),
            latest_records(settings, CANDIDATES, Candidate),
        )

    def targets(self) -> Iterator[Target]:
        """Name everything that is held or spoken of; most of it more than once."""
        for key in self.entries:
            force, sort, *rest = key.decode().split("\0")
            if sort == "r" and rest[0] in _KIND_BY_TOPIC:
                kind = _KIND_BY_TOPIC[rest[0]]
                compound = rest[0] == TrainingRecord.TOPIC or rest[0] == "cis.no-crimes.v1"
                yield Target(force, (kind, rest[1].partition("|")[0] if compound else rest[1]))
        for alert in self.alerts.values():
            if (kind_name := kind_of(alert)) is not None:
                yield Target(alert.force, (kind_name, normalise(alert.subject_ref)))

    def forces(self) -> set[str]:
        """Name the forces of which anything is known."""
        return {force_of(key) for key in self.entries}


def kind_of(alert: Alert) -> str | None:
    """Tell what kind of record an alert is about; None for one that is about no record."""
    rule = RULES.get(alert.rule_id)
    kinds = [kind for kind in (rule.about if rule else KINDS) if kind.system == alert.subject_system]
    if len(kinds) > 1:  # of decision-maker-untrained, which alone is about both
        kinds = [DISPOSAL if (alert.discriminator or "").startswith("REVIEW") else CRIME]
    return kinds[0].name if kinds and kinds[0].name in SUBJECT_KINDS else None


def targets(known: Known, reference: str, force: str | None) -> list[Target]:
    """Return what a reference may mean: exactly spelt, or else resembling it.

    ``SYSTEM:REF`` or ``KIND:REF`` names one kind of record; one that nothing is known of counts too, where only one
    force can be meant, since the source topics may hold it.
    """
    stated, colon, rest = reference.partition(":")
    kinds = {
        kind for kind, system in SYSTEM_BY_KIND.items() if colon and stated.strip().lower() in (kind, system.lower())
    }  # fmt: skip
    ref = rest if kinds else reference
    among = {
        target for target in known.targets()
        if force in (None, target.force) and (not kinds or target.name[0] in kinds)
    }  # fmt: skip
    exact = [target for target in among if target.name[1] == normalise(ref)]
    found = exact or [target for target in among if loose(target.name[1]) == loose(ref)]
    if not found and len(kinds) == 1 and normalise(ref):
        forces = {force} if force is not None else known.forces()
        found = [Target(next(iter(forces)), (next(iter(kinds)), normalise(ref)))] if len(forces) == 1 else []
    return sorted(found)


def resembling(known: Known, reference: str) -> list[Target]:
    """Return a few of what has such a reference within its own."""
    ref = normalise(reference.rpartition(":")[2])
    found = {target for target in known.targets() if ref in target.name[1]} if len(ref) >= LEAST_TYPED else set()
    return sorted(found)[:_MOST_SUGGESTED]


class Linked(NamedTuple):
    """The other records of a matter, as ``cdi trace`` shows them."""

    targets: list[Target]
    cut_off: bool
    """There are more than a trace follows."""


def linked(settings: Settings, target: Target) -> Linked:
    """Follow the links of a record.  Raises UnreadableError."""
    kind, ref = target.name
    cases = follow_links(case_index(settings), target.force, [(SYSTEM_BY_KIND[kind], ref)])
    found = {Target(target.force, (held.kind, held.case.normalised_ref)) for held in cases.held} - {target}
    return Linked(sorted(each for each in found if each.name[0] in SYSTEM_BY_KIND), cases.cut_off)


@dataclass(frozen=True, slots=True)
class Plan:
    """An erasure, and what it would do."""

    erasure: Erasure
    names: frozenset[Name]
    snapshots: int
    """How many the workers hold of it."""
    records: tuple[bytes, ...]
    """The keys of the state that go: of records, and of alerts."""
    cases: tuple[bytes, ...]
    suggestions: int
    follows: tuple[Alert, ...]
    """The alerts about other records that would change, as they would stand."""


def plan(
    known: Known, book: PolicyBook, asked: Collection[Target], *, erasure_id: str, erased_at: int, by: str
) -> Plan:
    """Rehearse an erasure on a copy of what is known; ``asked`` are all of one force."""
    force, names = next(iter(asked)).force, frozenset(target.name for target in asked)
    about = [alert_id for alert_id, alert in known.alerts.items() if alert.force == force and _of(alert) in names]
    suggested = [
        alert_id for alert_id, candidate in known.candidates.items()
        if candidate.force == force and (CRIME.name, normalise(candidate.crime_ref)) in names
    ]  # fmt: skip
    subjects = tuple(Subject(kind=kind, ref=ref) for kind, ref in sorted(names))  # type: ignore[arg-type]
    erasure = Erasure(
        erasure_id=erasure_id, force=force, subjects=subjects, alert_ids=tuple(sorted(about)),
        suggested_for=tuple(sorted(set(suggested) - set(about))), erased_at=erased_at, requested_by=by,
    )  # fmt: skip
    changes = _rehearsed(known.entries, book, erasure)
    gone = tuple(key for key, value in changes.state.items() if value is None)
    return Plan(
        erasure, names, sum(1 for _ in _snapshots(known.entries, gone)), gone,
        tuple(key for key in changes.cases if _case_name(key) in names),
        sum(1 for alert_id in (*about, *suggested) if alert_id in known.candidates),
        tuple({alert.alert_id: alert for alert in changes.alerts}.values()),
    )  # fmt: skip


def _rehearsed(entries: Mapping[bytes, bytes], book: PolicyBook, erasure: Erasure) -> Changes:
    """Erase from a copy, on the stream clock: live, a wrong that is new would be given time first."""
    copy = Monitor(erasure.force, book)
    for key, value in entries.items():
        if force_of(key) == erasure.force:
            copy.restore(key, value)
    copy.restored()
    copy.drain()
    copy.erase(erasure, erasure.erased_at)
    return copy.drain()


def _snapshots(entries: Mapping[bytes, bytes], keys: Iterable[bytes]) -> Iterator[object]:
    for key in keys:
        entry = state.read(key, entries[key]) if key in entries else None
        if isinstance(entry, state.SavedRecord):
            yield from entry.snapshots


def _of(alert: Alert) -> Name | None:
    kind = kind_of(alert)
    return None if kind is None else (kind, normalise(alert.subject_ref))


def _case_name(key: bytes) -> Name:
    _, _, kind, ref = key.decode().split("|", 3)
    return kind, ref
