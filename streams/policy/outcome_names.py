"""The outcome types of recorded crime: their numbers, and what each is called from a date on."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache, lru_cache

import msgspec

from streams.policy.builtin import outcomes_text
from streams.policy.calendar import local_midnight


class _NamedOutcomes(msgspec.Struct, frozen=True, rename={"begins": "from"}):
    """Names of outcomes by number, from the local midnight of a date."""

    begins: date
    outcomes: dict[str, str]


@lru_cache(maxsize=1_024)
def outcome_number(stated: str | None) -> str | None:
    """Return an outcome's number as all are compared, ``" 01a"`` as ``"1A"``; None where none is stated."""
    return "".join((stated or "").split()).upper().lstrip("0") or None


def outcome_name(stated: str | None, moment: int) -> str | None:
    """Return what an outcome is called at a moment (ms), or None where that is not known."""
    number, name = outcome_number(stated), None
    for begins, outcomes in _named_outcomes():
        if number is not None and begins <= moment:
            name = outcomes.get(number, name)
    return name


def is_named(number: str) -> bool:
    """Return whether an outcome of this number was ever called anything."""
    return any(number in outcomes for _, outcomes in _named_outcomes())


@cache
def _named_outcomes() -> tuple[tuple[int, dict[str, str]], ...]:
    """Return the names by number with the moment (ms) from which they hold, the oldest first."""
    tables = msgspec.convert(tomllib.loads(outcomes_text())["named"], list[_NamedOutcomes])
    return tuple(
        (local_midnight(table.begins.year, table.begins.month, table.begins.day), table.outcomes)
        for table in sorted(tables, key=lambda table: table.begins)
    )
