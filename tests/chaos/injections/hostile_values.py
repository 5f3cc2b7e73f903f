"""Messages that are valid to the letter, and as unlike any other as the schemas allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

import msgspec

from schemas.records import Snapshot
from schemas.shapes import SHAPES
from schemas.times import EARLIEST, LATEST
from tests.chaos import stories
from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site
from tests.streams.world import HOUR

Mutation = Callable[[Snapshot, Random], Snapshot]

_FREE_TEXTS: Final = ("location", "decision_rationale", "disposition_rationale", "rationale", "victim_token", "beat")
_CODES: Final = ("opening_code", "closing_code", "offence_code", "offence_class", "n100_code")
_LISTS: Final = ("crime_refs", "incident_refs", "referral_refs", "asb_refs", "qualifiers", "themes")
_TEXTS: Final = (
    "x" * 65_536,
    "\u202eLEICS\u202c \u2066\u2069\u200f",
    "e\u0301" * 500,
    "\U0001f694\ufe0f",
    "\x01\x1b[2J\r\n\t",
    "\ufffe\uffff",
    "'; DROP TABLE alerts; --",
    "<script>alert(1)</script>",
    "İıſK",
    " ",
    "",
)
_MUTATED: Final = 0.6
_SNAPSHOTS: Final = 300


def far_times(record: Snapshot, dice: Random) -> Snapshot:
    """State the first or the last moment that a record may, as some systems do for never."""
    times = [name for name in SHAPES[type(record)].times if name != "event_time"]
    return _replaced(record, {name: dice.choice((EARLIEST, LATEST)) for name in times if dice.random() < 0.5})


def long_texts(record: Snapshot, dice: Random) -> Snapshot:
    """State texts that nobody would type."""
    return _replaced(record, {name: dice.choice(_TEXTS) for name in _FREE_TEXTS})


def unusual_codes(record: Snapshot, dice: Random) -> Snapshot:
    """State codes that are in no list."""
    return _replaced(record, {name: dice.choice(_TEXTS[1:]) for name in _CODES})


def many_references(record: Snapshot, dice: Random) -> Snapshot:
    """Cite dozens of records."""
    cited = tuple(f"{number} of {record.event_id}" for number in range(dice.choice((1, 60))))
    return _replaced(record, dict.fromkeys(_LISTS, cited))


def extreme_numbers(record: Snapshot, dice: Random) -> Snapshot:
    """State the least and the greatest number that a field holds."""
    small, large = (0, 2**31 - 1), (0, 2**63 - 1)
    revisions = (-(2**63), 2**63 - 1)
    numbers = {"crimes_expected": small, "offender_age": small, "goods_value_pence": large, "revision": revisions}
    return _replaced(record, {name: dice.choice(values) for name, values in numbers.items()})


MUTATIONS: Final[tuple[Mutation, ...]] = (far_times, long_texts, unusual_codes, many_references, extreme_numbers)


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Add stories of which some records are mutated, and one record with very many snapshots."""
    *histories, last = stories.draw(dice.randrange(1 << 30), len(MUTATIONS) + 1)
    for history in histories:
        mutation = dice.choice(MUTATIONS)
        records = _told(site, history, dice)
        site.feed.add(mutation(record, dice) if dice.random() < _MUTATED else record for record in records)
        yield
    site.feed.add(_saved_again(_told(site, last, dice)[0], _SNAPSHOTS))


def _told(site: Site, history: list[Snapshot], dice: Random) -> tuple[Snapshot, ...]:
    """Return a history as a story of a force, of which nothing is due yet."""
    force, start = dice.choice(site.feed.forces), site.feed.through + HOUR
    return stories.told_as(history, site.feed.next_number(), force, start).records


def _saved_again(record: Snapshot, times: int) -> list[Snapshot]:
    """Return very many snapshots of one record, a second apart."""
    return [
        msgspec.structs.replace(record, event_id=f"{record.event_id} {n}", event_time=record.event_time + n * 1000)
        for n in range(times)
    ]


def _replaced(record: Snapshot, values: dict[str, Any]) -> Snapshot:
    return msgspec.structs.replace(
        record, **{name: value for name, value in values.items() if name in record.__struct_fields__}
    )


INJECTION = Injection(
    "hostile-values",
    "valid records with the first and last dates, 64 KiB texts, bidi and control signs, codes of no list, many "
    "references, extreme numbers; one record in 300 snapshots",
    inject,
)
