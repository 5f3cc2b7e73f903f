"""The slow oracle's shortcut: records that cite one another, directly or round other records, belong together.

No rule of one such group asks for a record of another, but for the training records of the people it names; these go
to every group that names them.  Themes are judged over all calls, and apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from schemas.records import (
    AsbReport,
    Assessment,
    AuditReading,
    Call,
    Crime,
    Disposal,
    Incident,
    Link,
    NoCrime,
    OffenderHistory,
    ProtectionReport,
    Referral,
    Score,
    Snapshot,
    TrainingRecord,
)
from tests.streams.laws.oracle_calls import month_of
from tests.streams.laws.oracle_view import Arrival, norm, norms

CITED: Mapping[type[Snapshot], Mapping[str, str]] = {
    Incident: {"incident_ref": "STORM", "duplicate_of": "STORM", "crime_refs": "CIS"},
    Crime: {"crime_ref": "CIS", "incident_refs": "STORM", "referral_refs": "CATS", "asb_refs": "SENTINEL"},
    NoCrime: {"crime_ref": "CIS", "duplicate_of": "CIS"},
    ProtectionReport: {"report_ref": "PPN", "crime_refs": "CIS", "incident_refs": "STORM"},
    Referral: {"referral_ref": "CATS", "crime_refs": "CIS", "incident_refs": "STORM"},
    AsbReport: {"asb_ref": "SENTINEL", "crime_refs": "CIS", "incident_refs": "STORM"},
    Link: {"crime_ref": "CIS"},
    Assessment: {},
    Score: {},
    AuditReading: {},
    Disposal: {"disposal_ref": "DISPOSAL", "offender_id": "PNC"},
    OffenderHistory: {"offender_id": "PNC"},
    Call: {"call_ref": "CMC"},
}
"""The fields in which each kind of record names itself and others, and of which system."""
PEOPLE: Mapping[type[Snapshot], str] = {Crime: "recorded_by", NoCrime: "decided_by", Disposal: "reviewed_by"}
"""The field that names whoever must be trained."""


def groups(arrived: Sequence[Arrival]) -> Iterator[list[Arrival]]:
    """Yield the groups of a force's snapshots."""
    joined = _Joined()
    for _, snapshot in arrived:
        if not isinstance(snapshot, TrainingRecord):
            joined.join(_cited(snapshot))
    members: dict[str, list[Arrival]] = {}
    training: dict[str, list[Arrival]] = {}
    for turn, snapshot in arrived:
        if isinstance(snapshot, TrainingRecord):
            training.setdefault(norm(snapshot.staff_id), []).append((turn, snapshot))
        else:
            members.setdefault(joined.root(_cited(snapshot)[0]), []).append((turn, snapshot))
    for group in members.values():
        named = norms(
            getattr(snapshot, PEOPLE[type(snapshot)]) or "" for _, snapshot in group if type(snapshot) in PEOPLE
        )
        yield group + [arrival for who in named for arrival in training.get(who, ())]


class _Joined:
    """Names that belong together."""

    def __init__(self) -> None:
        self._towards: dict[str, str] = {}

    def root(self, name: str) -> str:
        """Return the name that stands for all that are joined with one."""
        root = name
        while (further := self._towards.get(root, root)) != root:
            root = further
        self._towards[name] = root
        return root

    def join(self, names: Iterable[str]) -> None:
        """Let names belong together from now on."""
        first, *others = names
        for name in others:
            self._towards[self.root(name)] = self.root(first)


def _cited(snapshot: Snapshot) -> list[str]:
    """Return every record that a snapshot is of or cites, and whatever else joins it with others."""
    cited = []
    if isinstance(snapshot, Link):
        cited.append(f"{snapshot.left_system}|{norm(snapshot.left_ref)}")
    elif isinstance(snapshot, Assessment | Score | AuditReading):
        cited.append(f"{snapshot.system}|{norm(snapshot.ref)}")
    for field, system in CITED[type(snapshot)].items():
        refs = getattr(snapshot, field)
        cited += [f"{system}|{norm(ref)}" for ref in ([refs] if isinstance(refs, str) else refs or ())]
    if isinstance(snapshot, Crime):
        cited += [f"PPN|{norm(ref)}" for ref in snapshot.referral_refs]
    if isinstance(snapshot, Call):
        cited.append("|".join(("MONTH", *month_of(snapshot))))
    return cited
