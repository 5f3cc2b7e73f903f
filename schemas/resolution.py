"""Whether messages of another schema can be read as a record of ours, and what their times mean.

Avro resolves types by name and promotion; it does not look at logical types, so that microseconds, days and local times
would all be read as milliseconds since the epoch.  Here each field's stated meaning is compared too: what is plainly a
moment is converted, and anything else is refused by name.

- A moment is a ``long`` without a stated meaning (milliseconds), ``timestamp-millis``, ``timestamp-micros`` or
  ``timestamp-nanos``, Connect's ``Timestamp``, or Debezium's ``Timestamp``, ``MicroTimestamp`` or ``NanoTimestamp``;
  the last three have no zone and are taken as UTC.
- A date is no moment, since nobody says in which zone it begins.  Nor is a local timestamp, a time of day, a duration,
  a text or an ``int``.
- A number or a text is none of these, and no decimal; a revision, which only orders, may be a moment of any kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.avro import LOGICAL_TYPE, Schema
from schemas.refusals import BadRecordError

_CONNECT: Final = "org.apache.kafka.connect.data."
_DEBEZIUM: Final = "io.debezium.time."
_CONNECT_NAME: Final = "connect.name"

_PER_MILLISECOND: Final[Mapping[str, int]] = {
    "timestamp-millis": 1,
    "timestamp-micros": 1_000,
    "timestamp-nanos": 1_000_000,
    f"{_CONNECT}Timestamp": 1,
    f"{_DEBEZIUM}Timestamp": 1,
    f"{_DEBEZIUM}MicroTimestamp": 1_000,
    f"{_DEBEZIUM}NanoTimestamp": 1_000_000,
}
"""How many units of each kind of moment are a millisecond."""

_NO_NUMBER: Final = ("date", "time-", "timestamp-", "local-timestamp-", "duration", "decimal", _CONNECT, _DEBEZIUM)
"""How the names of meanings begin that a number or a text of ours does not have."""

_ONLY_ORDERS: Final = frozenset({"revision"})
"""Numbers of which only the order counts."""

_PROMOTIONS: Final = frozenset(
    {
        ("int", "long"),
        ("int", "double"),
        ("long", "double"),
        ("float", "double"),
        ("string", "bytes"),
        ("bytes", "string"),
    }
)
"""What Avro reads as something else, of the kinds that our schemas use."""


class Conversion(NamedTuple):
    """What is done to a field's value after Avro has read it."""

    name: str
    divisor: int = 1
    problem: str | None = None
    """Why no value of it can be taken."""
    inner: tuple[Conversion, ...] = ()
    """Of a list of smaller records: what is done to the fields of each."""


class Resolution(NamedTuple):
    """How the records of one schema are read as those of another."""

    faults: tuple[str, ...]
    """What cannot be read, by field; empty where every message can be."""
    assumptions: tuple[str, ...]
    """What is taken for granted, by field."""
    conversions: tuple[Conversion, ...]


def resolve(written: Schema, ours: Schema) -> Resolution:
    """Compare a writer's schema with ours; both are as :func:`schemas.avro.logical` parses them."""
    comparison = _Comparison(written.get("__named_schemas", {}))
    conversions = tuple(comparison.of_records(written, ours, ""))
    return Resolution(tuple(comparison.faults), tuple(comparison.assumptions), conversions)


def convert(fields: dict[str, Any], conversions: Sequence[Conversion], place: str = "") -> None:
    """Convert what was read, in place.  Raises BadRecordError at a value that cannot be taken."""
    for name, divisor, problem, inner in conversions:
        value = fields.get(name)
        if value is None:
            continue
        if problem is not None:
            raise BadRecordError("UNKNOWN_SCHEMA", f"{place}{name}: {problem}")
        if inner:
            for index, item in enumerate(value):
                convert(item, inner, f"{place}{name}[{index}].")
        else:
            fields[name] = value // divisor


class _Comparison:
    """Collects what differs."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        """``names`` are the named types of the writer's schema."""
        self.faults: list[str] = []
        self.assumptions: list[str] = []
        self._names = names

    def of_records(self, written: Mapping[str, Any], ours: Mapping[str, Any], place: str) -> Iterator[Conversion]:
        """Compare each field of ours, and yield what is to be converted."""
        there = {field["name"]: field for field in written["fields"]}
        for field in ours["fields"]:
            name = field["name"]
            if name in there:
                yield from self._of_fields(there[name], field, f"{place}{name}")
            elif "default" not in field:
                self.faults.append(f"{place}{name} is missing, and has no default")

    def _of_fields(self, written: Mapping[str, Any], ours: Mapping[str, Any], place: str) -> Iterator[Conversion]:
        nullable = isinstance(ours["type"], list)
        wanted = ours["type"][1] if nullable else ours["type"]
        found: dict[Conversion, None] = {}
        for branch in self._branches(written["type"]):
            if _kind(branch) != "null":
                found.update(dict.fromkeys(self._of_types(branch, wanted, _Place(place, ours["name"], written))))
            elif not nullable:
                self.faults.append(f"{place}: may be null, which ours may not")
        if len({conversion.divisor for conversion in found}) > 1:
            problem = "several kinds of moment in one field"
            self.faults.append(f"{place}: {problem}")
            found = {Conversion(ours["name"], problem=problem): None}
        needed = [conversion for conversion in found if conversion != Conversion(ours["name"])]
        yield from sorted(needed, key=lambda conversion: conversion.problem is None)  # what is refused comes first

    def _branches(self, written: Any) -> list[Any]:  # noqa: ANN401 - a schema is any JSON
        """Return what a value may be: the branches of a union, or the one type."""
        branches = written if isinstance(written, list) else [written]
        return [self._names.get(branch, branch) if isinstance(branch, str) else branch for branch in branches]

    def _of_types(self, written: Any, ours: Any, place: _Place) -> Iterator[Conversion]:  # noqa: ANN401 - any schema
        """Compare a type of the writer's, no union, with ours, no union either."""
        kind, wanted = _kind(written), _kind(ours)
        if kind == wanted == "array":
            yield from self._of_items(written["items"], ours["items"], place)
        elif kind == wanted == "record" and _short_name(written) != _short_name(ours):
            self.faults.append(f"{place}: records named {_short_name(written)}, where {_short_name(ours)} is wanted")
        elif kind == wanted == "record":
            yield from self.of_records(written, ours, f"{place}.")
        elif kind != wanted and (kind, wanted) not in _PROMOTIONS:
            meanings = ", ".join(_meanings(written, place.field))
            self.faults.append(
                f"{place}: {kind}{f' ({meanings})' if meanings else ''}, where {_wanted(ours)} is wanted"
            )
        else:
            yield from self._of_meanings(written, ours, place)

    def _of_items(self, written: Any, ours: Any, place: _Place) -> Iterator[Conversion]:  # noqa: ANN401 - any schema
        inner: dict[Conversion, None] = {}
        for branch in self._branches(written):
            if _kind(branch) == "null":
                self.faults.append(f"{place}[]: may be null, which ours may not")
            else:
                items = self._of_types(branch, ours, place._replace(path=f"{place.path}[]"))
                inner.update(dict.fromkeys(items))
        if inner and _kind(ours) == "record":
            yield Conversion(place.name, inner=tuple(inner))
        else:
            yield from inner

    def _of_meanings(self, written: Any, ours: Any, place: _Place) -> Iterator[Conversion]:  # noqa: ANN401 - any schema
        """Compare what values of types that Avro resolves mean."""
        meanings = _meanings(written, place.field)
        if _is_moment(ours):
            problem = _no_moment(_kind(written), meanings)
            divisor = next((_PER_MILLISECOND[name] for name in meanings if name in _PER_MILLISECOND), 1)
            zoneless = [name for name in meanings if name.startswith(_DEBEZIUM)]
            if problem is None and zoneless:
                self.assumptions.append(f"{place}: {zoneless[0]} has no zone, and is taken as UTC")
        else:
            strange = () if place.name in _ONLY_ORDERS else [name for name in meanings if name.startswith(_NO_NUMBER)]
            text = _kind(written) == _kind(ours) == "string"
            problem = f"{strange[0]}, where {_wanted(ours)} is wanted" if strange and not text else None
            divisor = 1
        if problem is not None:
            self.faults.append(f"{place}: {problem}")
        if problem is not None or _is_moment(ours):
            yield Conversion(place.name, divisor, problem)


class _Place(NamedTuple):
    """Where in a schema a type stands."""

    path: str
    name: str
    field: Mapping[str, Any]
    """The field of the writer's schema, which may state what its type does not."""

    def __str__(self) -> str:
        return self.path


def _no_moment(kind: str, meanings: Sequence[str]) -> str | None:
    """Return why values are no moments; None where they are."""
    if strange := [name for name in meanings if name not in _PER_MILLISECOND]:
        return f"{strange[0]}, where a moment is wanted"
    if kind != "long":
        return f"{kind}, where a moment is wanted: it holds no milliseconds since the epoch"
    if len({_PER_MILLISECOND[name] for name in meanings}) > 1:
        return f"both {' and '.join(meanings)}"
    return None


def _meanings(written: Any, field: Mapping[str, Any]) -> list[str]:  # noqa: ANN401 - a schema is any JSON
    """Return the names under which a type, or its field, states what the values mean."""
    stated = [
        source.get(key)
        for source in (written, field)
        if isinstance(source, Mapping)
        for key in (_CONNECT_NAME, LOGICAL_TYPE)
    ]
    return list(dict.fromkeys(name for name in stated if isinstance(name, str)))


def _kind(schema: Any) -> str:  # noqa: ANN401 - a schema is any JSON
    if isinstance(schema, list):
        return "union"
    return str(schema["type"] if isinstance(schema, Mapping) else schema)


def _is_moment(ours: Any) -> bool:  # noqa: ANN401 - a schema is any JSON
    return isinstance(ours, Mapping) and ours.get(LOGICAL_TYPE) == "timestamp-millis"


def _wanted(ours: Any) -> str:  # noqa: ANN401 - a schema is any JSON
    return "a moment" if _is_moment(ours) else _kind(ours)


def _short_name(schema: Mapping[str, Any]) -> str:
    return str(schema["name"]).rpartition(".")[2]
