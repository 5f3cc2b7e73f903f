"""Bounds on what is published of one matter: no message outgrows its topic, whatever the records say.

A single record is bounded by its own message.  What lists many records, or a record's whole past, is cut here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from schemas.products import CaseLink, CaseMoment, Fact

MOST_CHARACTERS: Final = 2_097_152
"""Of one list in a message; in UTF-8 that is half of what a topic takes at most."""
LEFT_OUT: Final = "left_out"
"""The fact that says how many facts do not fit."""

T = TypeVar("T")


def bounded_facts(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Return the first facts, as many as fit, and how many are left out if any are."""
    fitting = _fitting(facts, lambda fact: len(fact.name) + len(fact.value) + len(fact.event_id or ""))
    if len(fitting) == len(facts):
        return facts
    return (*fitting, Fact(name=LEFT_OUT, value=str(len(facts) - len(fitting))))


def bounded_links(links: list[CaseLink]) -> tuple[CaseLink, ...]:
    """Return the first links, as many as fit."""
    return tuple(_fitting(links, lambda link: len(link.ref)))


def bounded_moments(moments: list[CaseMoment]) -> tuple[CaseMoment, ...]:
    """Return the last moments, as many as fit."""
    fitting = _fitting(reversed(moments), lambda moment: len(moment.event_id) + len(moment.summary))
    return tuple(reversed(fitting))


def _fitting(items: Iterable[T], size_of: Callable[[T], int]) -> list[T]:
    """Return the items up to the first with which they are too long together."""
    fitting: list[T] = []
    size = 0
    for item in items:
        size += size_of(item)
        if size > MOST_CHARACTERS:
            break
        fitting.append(item)
    return fitting
