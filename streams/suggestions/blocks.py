"""What is alike enough to be compared: records found by what they have in common.

Comparing every report with every crime would cost the square of their number.  Two are compared where they share a
person, a place, a time in one beat, an officer on a day, or where one cites a number like the other's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

from schemas.identifiers import normalise
from schemas.records import AsbReport, Incident
from streams.policy.calendar import DAY, HOUR, MINUTE
from streams.suggestions.comparison import ComparedCrime, ComparedReport
from streams.suggestions.places import place
from streams.suggestions.reference_likeness import cited_keys, keys_meant, own_keys

Key: TypeAlias = int
"""A hash of what is in common, and of what kind that is; 64 bits, so that no two are taken for one."""

K = TypeVar("K")

MOST_UNDER_A_KEY: Final = 50
"""A key with more records than this tells nothing: a token that stands for nobody, a place that is a police station."""
_REPORTED_APART: Final = 15 * MINUTE
_OCCURRED_APART: Final = 2 * HOUR


class Trait(NamedTuple):
    """Something that records have in common."""

    stored: Key
    """What the record is found under."""
    searched: tuple[Key, ...]
    """Under what the other side's records are found that have it too."""


class Blocks(Generic[K]):
    """The records of one side by key."""

    __slots__ = ("_by_key",)

    def __init__(self) -> None:
        self._by_key: dict[Key, K | dict[K, None]] = {}
        """Most keys have one record, which then stands by itself."""

    def add(self, item: K, key: Key) -> int:
        """Put a record under a key, and return how many there are under it now."""
        held = self._by_key.get(key)
        if held is None:
            self._by_key[key] = item
            return 1
        if not isinstance(held, dict):
            if held == item:
                return 1
            self._by_key[key] = held = {held: None}
        held[item] = None
        return len(held)

    def discard(self, item: K, key: Key) -> int:
        """Take a record from under a key, and return how many are left."""
        held = self._by_key.get(key)
        if isinstance(held, dict):
            held.pop(item, None)
            if len(held) == 1:
                self._by_key[key] = next(iter(held))
            return len(held)
        if held == item:
            del self._by_key[key]
        return 0

    def under(self, keys: Iterable[Key], most: int | None = None) -> Iterator[K]:
        """Yield what lies under some keys, some of it twice; nothing under one with more than ``most``."""
        for key in keys:
            held = self._by_key.get(key)
            if held is None:
                continue
            if not isinstance(held, dict):
                yield held
            elif most is None or len(held) <= most:
                yield from held


def report_traits(report: ComparedReport) -> list[Trait]:
    """Return what a report may have in common with a crime, references aside."""
    record = report.record
    traits = _traits(record.victim_token, record.location)
    if isinstance(record, Incident):
        if record.suspect_token:
            traits.append(_alone("s", normalise(record.suspect_token)))
        if record.attending_officer:
            traits.append(_officer(record.attending_officer, report.reported_at // DAY, 1))
    if record.beat:
        traits.append(_near("r", record.beat, report.reported_at // _REPORTED_APART))
        if not isinstance(record, AsbReport) and record.occurred_at is not None:
            traits.append(_near("t", record.beat, record.occurred_at // _OCCURRED_APART))
    return traits


def crime_traits(crime: ComparedCrime) -> list[Trait]:
    """Return what a crime may have in common with a report, references aside."""
    record = crime.record
    traits = _traits(record.victim_token, record.location)
    if record.suspect_token:
        traits.append(_alone("s", normalise(record.suspect_token)))
    for officer in dict.fromkeys(filter(None, (record.recorded_by, record.officer_in_case))):
        traits.append(_officer(officer, crime.recorded_at // DAY, -1))
    if record.beat:
        if record.reported_at is not None:
            traits.append(_near("r", record.beat, record.reported_at // _REPORTED_APART))
        if record.occurred_at is not None:
            traits.append(_near("t", record.beat, record.occurred_at // _OCCURRED_APART))
    return traits


def stored_references(compared: ComparedReport | ComparedCrime) -> list[Key]:
    """Return what a record is found under by its own reference, and by those it cites that lead nowhere."""
    own = [hash(("own", key)) for key in own_keys(compared.own)]
    return own + [hash(("cited", key)) for cited in compared.unmet for key in cited_keys(cited)]


def searched_references(compared: ComparedReport | ComparedCrime, citing: int) -> Iterator[Key]:
    """Yield what finds the other side's records that cite one like this, or are like one it cites.

    ``citing`` is how many of those cite anything that leads nowhere.
    """
    for key in cited_keys(compared.own) if citing else ():
        yield hash(("cited", key))
    for cited in compared.unmet:
        for key in keys_meant(cited):
            yield hash(("own", key))


def _traits(victim_token: str | None, location: str | None) -> list[Trait]:
    traits = [_alone("v", normalise(victim_token))] if victim_token else []
    if location and (key := place(location).key):
        traits.append(_alone("p", key))
    return traits


def _alone(kind: str, value: str) -> Trait:
    key = hash((kind, value))
    return Trait(key, (key,))


def _near(kind: str, beat: str, slot: int) -> Trait:
    name = normalise(beat)
    key = hash((kind, name, slot))
    return Trait(key, (hash((kind, name, slot - 1)), key, hash((kind, name, slot + 1))))


def _officer(officer: str, day: int, next_day: int) -> Trait:
    name = normalise(officer)
    key = hash(("o", name, day))
    return Trait(key, (key, hash(("o", name, day + next_day))))
