"""The dead letters: exactly the messages that were sent broken, and what the rules themselves set aside.

Each is whole, or the beginning of its message with the length and the hash of all of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from schemas.products import DeadLetter
from tests.chaos.findings import Verdict


@dataclass(frozen=True, slots=True)
class Flood:
    """What is so large that nobody decompresses it: its letter holds the batch as the broker has it."""

    codec: str


Broken = bytes | Flood | None
"""The value of a message that nobody can read."""
Place = tuple[str, int, int]
"""Topic (without prefix), partition, offset."""
_MOST_STORED: Final = 1_000_000
"""Bytes that a flood takes on the broker at most."""
SetAside = tuple[str | None, str | None]
"""The rule that failed on a record, and the record's event_id."""


def check_dead_letters(
    letters: Iterable[DeadLetter], broken: Mapping[Place, Broken], set_aside: Collection[SetAside] = ()
) -> Verdict:
    """Compare the dead letters with the values of the broken messages, by their places, and with what was set aside."""
    verdict = Verdict("dead letters are the broken messages")
    letters = list(letters)
    unread = [letter for letter in letters if letter.reason != "UNJUDGEABLE"]
    by_place = {(letter.topic, letter.partition, letter.offset): letter for letter in unread}
    verdict.compared.update({"broken messages": len(broken), "records set aside": len(set_aside)})
    for place in sorted(broken.keys() - by_place.keys()):
        verdict.find("LOST", _name(place))
    for place in sorted(by_place.keys() - broken.keys()):
        verdict.find("UNEXPECTED", _name(place), reason=by_place[place].reason, detail=by_place[place].detail)
    for place in sorted(by_place.keys() & broken.keys()):
        if not _holds(by_place[place], broken[place]):
            verdict.find("DIFFERENT", _name(place), reason=by_place[place].reason)
    named = {(letter.rule, letter.event_id) for letter in letters if letter.reason == "UNJUDGEABLE"}
    for rule, event_id in sorted(set(set_aside) - named, key=str):
        verdict.find("LOST", f"unjudgeable {event_id}", rule=rule)
    for rule, event_id in sorted(named - set(set_aside), key=str):
        verdict.find("UNEXPECTED", f"unjudgeable {event_id}", rule=rule)
    return verdict


def _holds(letter: DeadLetter, value: Broken) -> bool:
    """Return whether a letter has a value, or its beginning with what tells all of it from any other."""
    if isinstance(value, Flood):
        stored = letter.value_length or len(letter.value or b"")
        return letter.reason == "TOO_LARGE" and value.codec in (letter.detail or "") and 0 < stored < _MOST_STORED
    if letter.value_length is None or value is None or letter.value is None:
        return letter.value == value
    whole = (letter.value_length, letter.value_sha256) == (len(value), hashlib.sha256(value).hexdigest())
    return whole and value.startswith(letter.value)


def _name(place: Place) -> str:
    return "{}/{}/{}".format(*place)
