"""The facts an alert shows: what was stated, and the snapshot that stated it.  No free text, no person's name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.products import Fact
from schemas.times import to_rfc3339
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.counting import counting_crimes
from streams.obligations.findings import Finding


def fact(name: str, value: object, source: Any = None) -> Fact:
    """Return one fact; ``source`` is the snapshot that states it, None where it is worked out from several."""
    match value:
        case None:
            text = "not stated"
        case bool():
            text = "yes" if value else "no"
        case tuple() | list():
            text = ", ".join(map(str, value)) or "none"
        case _:
            text = str(value)
    return Fact(name=name, value=text, event_id=None if source is None else source.event_id)


def moment(name: str, value: int | None, source: Any = None) -> Fact:
    """Return a fact that is a time (ms)."""
    return fact(name, None if value is None else to_rfc3339(value), source)


def stated(said: Any, *names: str) -> Iterator[Fact]:
    """Yield what a snapshot states under each field name; fields ending in ``_at`` are times."""
    for name in names:
        value = getattr(said, name)
        yield moment(name, value, said) if name.endswith("_at") else fact(name, value, said)


def first_and_now(*names: str) -> Any:
    """Return an explanation: when the matter began, as first stated, and what its newest snapshot says of ``names``."""

    def explain(matter: Matter, _context: Context, _finding: Finding) -> tuple[Fact, ...]:
        start, first = matter.record.first, matter.kind.begins
        return (moment(first, getattr(start, first), start), *stated(matter.newest, *names))

    return explain


def report_and_crimes(*names: str) -> Any:
    """Return an explanation for a report: when it came, what is said of it now, and which crimes count for it."""
    about = first_and_now(*names)

    def explain(matter: Matter, context: Context, finding: Finding) -> tuple[Fact, ...]:
        crimes = counting_crimes(matter, context)
        held = (context.facts.crimes[crime.ref] for crime in crimes)
        return (
            *about(matter, context, finding),
            fact("crimes_counted", len(crimes)),
            *(moment(f"recorded_at {crime.written_ref()}", crime.record.first.recorded_at, crime.record.first)
              for crime in held),
        )  # fmt: skip

    return explain
