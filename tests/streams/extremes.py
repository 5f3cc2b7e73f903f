"""Records at the ends of what their types admit: every field of every record, as its declaration says.

Times are at both ends of the years admitted and at the ends of months, days and hours of local time; texts are empty,
of one character, very long, or hold what no system expects; lists are empty or long.  References stay few, so that
records meet.
"""

from __future__ import annotations

import types
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.records import SOURCE_RECORDS, Snapshot
from schemas.times import DAY, EARLIEST, HOUR, LATEST
from tests.streams.world import FORCE, ms

LONG: Final = 65_536
MANY: Final = 100
REFERENCES: Final = ("A-1", "a/1", "B", "9", "Ü" * 3 + "1", "x" * LONG, "1\0", "\u202eA\u202c")
TEXTS: Final = (
    "",
    " ",
    "\0",
    "a",
    "CRIME",
    "N100",
    "FCR",
    "\u202eevil\u202c",
    "\ufeff",
    "\uffff",
    "😀",
    "ß",
    "|",
    "é" * LONG,
    "x" * LONG,
    "\n\r\t\x7f",
)
_NOON: Final = ms("2016-03-10 12:00")
TIMES: Final = (
    EARLIEST,
    EARLIEST + 1,
    EARLIEST + DAY - 1,
    -1,
    0,
    ms("1916-05-21 02:00"),
    ms("1968-10-27 00:00"),
    ms("2015-03-31 22:59:59.999"),
    ms("2016-02-29 23:59:59.999"),
    ms("2016-03-27 01:00"),
    _NOON,
    _NOON,
    _NOON + DAY,
    ms("2016-10-30 01:00"),
    ms("9999-10-31 01:00"),
    ms("9999-11-30 23:59:59.999"),
    ms("9999-12-01 00:00"),
    ms("9999-12-31 00:00"),
    LATEST - DAY,
    LATEST - HOUR,
    LATEST,
)

times = st.sampled_from(TIMES)
texts = st.sampled_from(TEXTS) | st.text(max_size=3)


def values(declared: Any, name: str = "") -> SearchStrategy[Any]:
    """Return values of a declared type, the ends of it first."""
    origin, arguments = get_origin(declared), get_args(declared)
    if origin is Annotated:
        return _annotated(arguments[0], declared.__metadata__[0])
    if origin in (Union, types.UnionType):
        return st.one_of(*(st.none() if argument is type(None) else values(argument, name) for argument in arguments))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return _lists(values(arguments[0], name))
    if declared is bool:
        return st.booleans()
    if declared is str:
        return st.sampled_from(REFERENCES) | texts if name.endswith(("_ref", "_refs", "_of", "_id", "_by")) else texts
    return st.builds(declared, **{field: values(hint, field) for field, hint in _hints(declared).items()})


def _annotated(declared: Any, meta: msgspec.Meta) -> SearchStrategy[Any]:
    if declared is str:
        return texts
    if (meta.extra or {}).get("logicalType"):
        return times
    if declared is float:
        return st.sampled_from((meta.ge, 0.5, meta.le))
    return st.sampled_from((meta.ge, -1, 0, 1, 2, meta.le))


def _lists(of: SearchStrategy[Any]) -> SearchStrategy[tuple[Any, ...]]:
    few = st.lists(of, max_size=3).map(tuple)
    return few | st.lists(of, max_size=3).map(_many)


def _many(some: list[Any]) -> tuple[Any, ...]:
    """Return as many of these as fit into a message."""
    times = 1 if any(len(msgspec.json.encode(one)) > LONG for one in some) else MANY
    return tuple(some) * times


def _hints(record: type[msgspec.Struct]) -> dict[str, Any]:
    hints = get_type_hints(record, include_extras=True)
    return {name: hints[name] for name in record.__struct_fields__}


def snapshots_of(record: type[Snapshot]) -> SearchStrategy[Snapshot]:
    """Return snapshots of one type as its schema and the door admit them."""
    fields = {name: values(declared, name) for name, declared in _hints(record).items()}
    fields["force"] = st.just(FORCE)
    fields["event_id"] = st.sampled_from(("e1", "e2", "\0", "\u202e", "x" * LONG))
    for name in record.IDENTITY:
        if _hints(record)[name] is str:
            fields[name] = st.sampled_from(REFERENCES)
    return st.builds(record, **fields)


snapshots = st.one_of(*map(snapshots_of, SOURCE_RECORDS))
