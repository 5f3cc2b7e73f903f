"""The dead letters: exactly the messages that were sent broken, each once and whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.products import DeadLetter
from tests.chaos.findings import Verdict

Place = tuple[str, int, int]
"""Topic (without prefix), partition, offset."""


def check_dead_letters(letters: Iterable[DeadLetter], broken: Mapping[Place, bytes | None]) -> Verdict:
    """Compare the dead letters with the values of the broken messages, by their places."""
    verdict = Verdict("dead letters are the broken messages")
    by_place = {(letter.topic, letter.partition, letter.offset): letter for letter in letters}
    verdict.compared["broken messages"] = len(broken)
    for place in sorted(broken.keys() - by_place.keys()):
        verdict.find("LOST", _name(place))
    for place in sorted(by_place.keys() - broken.keys()):
        verdict.find("UNEXPECTED", _name(place), reason=by_place[place].reason, detail=by_place[place].detail)
    for place in sorted(by_place.keys() & broken.keys()):
        if by_place[place].value != broken[place]:
            verdict.find("DIFFERENT", _name(place), reason=by_place[place].reason)
    return verdict


def _name(place: Place) -> str:
    return "{}/{}/{}".format(*place)
