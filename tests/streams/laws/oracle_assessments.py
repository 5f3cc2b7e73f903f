"""What the source and people say a report discloses, for the slow oracle; straight from section 8 of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from schemas.records import AsbReport, Assessment, Crime, Incident, ProtectionReport, Referral, Snapshot
from tests.streams.laws.oracle_view import View, norm, order, says, since

SYSTEM: dict[type[Snapshot], str] = {
    Incident: "STORM",
    Referral: "CATS",
    ProtectionReport: "PPN",
    AsbReport: "SENTINEL",
    Crime: "CIS",
}


class Given(NamedTuple):
    """An assessment that is neither revoked nor replaced."""

    at: int
    now: Assessment

    @property
    def rules_out(self) -> bool:
        """Tell whether it is a valid decision that there is no crime."""
        may = self.now.assessed_role in {"FCR", "DEPUTY_FCR", "DDM"}
        return self.now.crimes == 0 and may and says(self.now.rationale)

    @property
    def counts(self) -> bool:
        """Tell whether it states a number; none is stated only by who may."""
        return (self.now.crimes or 0) >= 1 or self.rules_out


def standing(kind: type[Snapshot], ref: str, view: View) -> list[Given]:
    """Return the assessments of a record that stand, oldest first: of each person the newest not revoked."""
    records: dict[tuple[str, int], list[Assessment]] = {}
    for assessment in view.of(Assessment, ref):
        if assessment.system == SYSTEM[kind]:
            records.setdefault((norm(assessment.assessed_by), assessment.assessed_at), []).append(assessment)
    by_person: dict[str, Given] = {}
    for (person, _), record in sorted(records.items(), key=lambda item: order(item[1][0])):
        if not record[-1].revoked:
            by_person.pop(person, None)
            by_person[person] = Given(record[0].event_time, record[-1])
    return list(by_person.values())


class Said(NamedTuple):
    """A statement, in the order of which is newer."""

    registrars: bool
    at: int
    by_person: bool
    place: int
    value: Any


class Statements:
    """What is said of one report."""

    def __init__(self, kind: type[Snapshot], ref: str, view: View) -> None:
        self.snapshots: list[Any] = view.of(kind, ref)
        self.given = standing(kind, ref, view)

    def people(self, field: str, by: int | None = None) -> Iterator[Said]:
        """Yield what people state in a field, of what they had said by a moment."""
        given = [one for one in self.given if by is None or one.at <= by]
        registrars = [one for one in given if one.now.assessed_role == "FCR"][-1:]
        for place, one in enumerate(given):
            if one.counts and getattr(one.now, field) is not None:
                yield Said(one in registrars, one.at, True, place, getattr(one.now, field))

    def source(self, field: str) -> Iterator[Said]:
        """Yield each value that the source ever stated, as of when it began to."""
        before = None
        for place, snapshot in enumerate(self.snapshots):
            value = getattr(snapshot, field)
            if value is not None and value != before:
                yield Said(False, snapshot.event_time, False, place, value)
            before = value

    def now(self, field: str, number: str) -> Said | None:
        """Return the newest statement that stands, by the field of the source and that of assessments."""
        value = getattr(self.snapshots[-1], field)
        said = list(self.people(number))
        if value is not None:
            start = since(self.snapshots, lambda snapshot: getattr(snapshot, field) == value)
            assert start is not None
            said.append(Said(False, start, False, 0, value))
        return max(said) if said else None

    @property
    def expected(self) -> int | None:
        """How many crimes are expected now."""
        newest = self.now("crimes_expected", "crimes")
        return None if newest is None else newest.value

    @property
    def disclosed(self) -> int | None:
        """The latest number that was at least one."""
        said = [one for one in (*self.people("crimes"), *self.source("crimes_expected")) if one.value >= 1]
        return max(said).value if said else None

    @property
    def ruled_out_at(self) -> int | None:
        """When a person ruled out a crime, while that is what is expected now."""
        newest = self.now("crimes_expected", "crimes")
        if newest is None or not newest.by_person or newest.value != 0:
            return None
        return self.given[newest.place].at

    def decided(self) -> list[int]:
        """Return when anybody stated a number."""
        return [one.at for one in self.given if one.now.crimes is not None]

    def offence_class(self, snapshot: Any = None) -> str | None:
        """Return the class that is expected now, or was when a snapshot was the newest."""
        if snapshot is None or snapshot is self.snapshots[-1]:
            newest = self.now("offence_class", "offence_class")
            return None if newest is None else newest.value
        said = list(self.people("offence_class", snapshot.event_time))
        if snapshot.offence_class is not None:
            said.append([one for one in self.source("offence_class") if one.at <= snapshot.event_time][-1])
        return max(said).value if said else None

    def ever_rape(self) -> bool:
        """Tell whether it was ever called a rape."""
        return any(one.value == "RAPE" for one in (*self.people("offence_class"), *self.source("offence_class")))
