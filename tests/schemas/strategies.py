"""Any record there can be, drawn from its type's annotations."""

from __future__ import annotations

from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from schemas.identifiers import normalise
from schemas.records import AuditReading
from schemas.shapes import RECORDS, SHAPES, Record
from schemas.times import EARLIEST, LATEST
from schemas.vocabularies import (
    OFFENCE_CLASSES,
    Count32,
    Count64,
    Int32,
    Int64,
    LogRatio,
    Millis,
    OffenceClass,
    Probability,
    Word,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
LONG_TEXTS = st.integers(60, 70).map(lambda length: "é" * length)
NAMES = st.text("ABCabc019/- ß", min_size=1, max_size=12).filter(normalise)
MOMENTS = st.integers(EARLIEST, LATEST)

_BY_HINT = {
    Millis: MOMENTS,
    Int32: st.integers(-(2**31), 2**31 - 1),
    Int64: st.integers(-(2**63), 2**63 - 1),
    Count32: st.integers(0, 2**31 - 1),
    Count64: st.integers(0, 2**63 - 1),
    OffenceClass: st.sampled_from(sorted(OFFENCE_CLASSES)),
    Probability: st.floats(0, 1),
    LogRatio: st.floats(-1000, 1000),
    str: TEXTS | LONG_TEXTS,
    Word: TEXTS | LONG_TEXTS,
    bool: st.booleans(),
    bytes: st.binary(max_size=12),
    NoneType: st.none(),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Draw any value of an annotation."""
    if hint in _BY_HINT:
        return _BY_HINT[hint]
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    if get_origin(hint) in {Union, UnionType}:
        return st.one_of([values(part) for part in get_args(hint)])
    return structs(hint)


@cache
def structs(struct: type[Any]) -> st.SearchStrategy[Any]:
    """Draw any valid value of a record type, or of a smaller record inside one."""
    hints = get_type_hints(struct, include_extras=True)
    fields = {name: values(hints[name]) for name in struct.__struct_fields__}
    shape = SHAPES.get(struct)
    for name in ("event_id", "force", *(shape.references if shape else ())):
        if name in fields:
            fields[name] = NAMES
    if struct is AuditReading:
        return st.builds(_counted, st.lists(st.integers(0, 2**31 - 1), min_size=4, max_size=4), **fields)
    return st.builds(struct, **fields)


def _counted(counts: list[int], **fields: Any) -> AuditReading:
    """Return a reading that counts no more of some crimes than of those they are among."""
    found, recorded, *some = sorted(counts, reverse=True)
    return AuditReading(
        **{
            **fields,
            "crimes_found": found,
            "crimes_recorded": recorded,
            "in_time": some[0],
            "classified_right": some[1],
        }
    )


def records() -> st.SearchStrategy[Record]:
    """Draw any record of any type."""
    return st.one_of([structs(record_type) for record_type in RECORDS])
