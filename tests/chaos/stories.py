"""Seeded stories: small histories in which records meet, and much goes wrong; no two stories share a reference.

They are drawn from the strategies that the laws are tested with, so that what the oracle knows is what happens here.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.identifiers import normalise
from schemas.records import Snapshot
from tests.streams import call_histories, focused_histories, histories
from tests.streams.world import DAY

FEWEST, MOST = 3, 12
"""Snapshots of a story."""
LONGEST: Final = 21 * DAY
"""From a story's start to its last snapshot."""
SETTLED: Final = 80 * DAY
"""From a story's start until nothing can change any more by time alone."""

_KINDS: tuple[SearchStrategy[Snapshot], ...] = (
    histories.anything,
    histories.recording,
    focused_histories.duplicate_incidents,
    focused_histories.cited_incidents,
    focused_histories.cancelled_crimes,
    focused_histories.crowded,
    focused_histories.issued,
    focused_histories.single_records,
    focused_histories.asb,
    focused_histories.undecided,
    focused_histories.overseen,
    focused_histories.rapes,
    focused_histories.audited,
    focused_histories.restored,
    focused_histories.aftercare,
    focused_histories.sanctioned,
    call_histories.sampled,
)
_NAMES: Final = frozenset(
    {
        *("incident_ref", "duplicate_of", "crime_ref", "referral_ref", "asb_ref", "left_ref", "disposal_ref"),
        *("report_ref", "ref", "suspect_token"),
        *("call_ref", "offender_id", "staff_id", "issued_by", "reviewed_by", "decided_by", "recorded_by"),
        *("oversight_di", "call_handler", "team", "victim_token", "event_id"),
        *("incident_refs", "crime_refs", "referral_refs", "asb_refs", "themes"),
    }
)
"""Fields by which records are compared: each story has its own."""
_NUMBER: Final = re.compile(r"(?<![A-Z0-9])S([0-9]+)$")


@dataclass(frozen=True, slots=True)
class Story:
    """Some records of one force that are about one another and about no others."""

    number: int
    force: str
    start: int
    records: tuple[Snapshot, ...]


def draw(number: int, count: int) -> list[list[Snapshot]]:
    """Draw so many histories as they stand in the laws' own days; the same number draws the same."""
    kinds = [*range(len(_KINDS))]
    random.Random(number).shuffle(kinds)
    kinds = kinds[:count]
    share = -(-count // len(kinds))
    by_kind = [_drawn(number, share, _KINDS[kind]) for kind in kinds]
    return [history for one_of_each in zip(*by_kind, strict=False) for history in one_of_each][:count]


def _drawn(number: int, count: int, of: SearchStrategy[Snapshot]) -> list[list[Snapshot]]:
    collected: list[list[Snapshot]] = []

    @seed(number)
    @settings(
        max_examples=2 * count + 10,  # the first examples of any seed are the smallest, and the same
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(of, min_size=FEWEST, max_size=MOST))
    def collect(history: list[Snapshot]) -> None:
        collected.append(history)

    collect()
    return collected[-count:]


def told_as(history: Sequence[Snapshot], number: int, force: str, start: int) -> Story:
    """Move a history to a force and a moment, under references of its own."""
    records = [
        msgspec.structs.replace(_renamed(_shifted(snapshot, start - histories.START), number), force=force)
        for snapshot in history
    ]
    return Story(number, force, start, tuple(records))


def number_in(ref: str) -> int | None:
    """Return the number of the story that a reference belongs to; None where it is no story's."""
    named = _NUMBER.search(normalise(ref))
    return int(named[1]) if named else None


def _renamed(snapshot: Snapshot, number: int) -> Snapshot:
    def renamed(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(renamed, value))
        return f"{value} s{number}" if isinstance(value, str) and value.strip() else value

    named = {name: renamed(getattr(snapshot, name)) for name in snapshot.__struct_fields__ if name in _NAMES}
    return msgspec.structs.replace(snapshot, **named)


def _shifted(snapshot: Snapshot, by: int) -> Snapshot:
    """Move every time in a snapshot, those of its entries and referrals too."""
    inner = {
        name: tuple(_moved(item, by) for item in getattr(snapshot, name))
        for name in ("entries", "partner_referrals")
        if name in snapshot.__struct_fields__
    }
    return msgspec.structs.replace(histories.shifted(snapshot, by), **inner)


def _moved(item: msgspec.Struct, by: int) -> msgspec.Struct:
    times = {
        name: value + by
        for name in ("date", "referred_at", "actioned_at")
        if (value := getattr(item, name, None)) is not None
    }
    return msgspec.structs.replace(item, **times)
