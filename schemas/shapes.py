"""Which fields of a record are times, offence classes or references, read once from its type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import msgspec

from schemas.products import PRODUCTS, Product
from schemas.records import SOURCE_RECORDS, Heartbeat, Snapshot
from schemas.vocabularies import Count32, Count64, Millis, OffenceClass, Word

Record = Snapshot | Heartbeat | Product
"""Anything that travels on a topic."""

RECORDS: Final[tuple[type[Record], ...]] = (*SOURCE_RECORDS, Heartbeat, *PRODUCTS)


@dataclass(frozen=True, slots=True)
class RecordShape:
    """The names of the fields that are treated by more than their type."""

    fields: tuple[str, ...]
    """Every field."""
    times: tuple[str, ...]
    classes: tuple[str, ...]
    """Fields that hold an offence class, whose vocabulary is open."""
    counts: tuple[str, ...]
    """Fields that hold a number of what there is, never below 0."""
    class_lists: tuple[str, ...]
    """Fields that hold several offence classes."""
    words: tuple[str, ...]
    """Fields whose text many records share; it is kept in memory once."""
    references: tuple[str, ...]
    """Identity fields that are references, which must not be empty once normalised."""
    identifiers: tuple[str, ...]
    """Fields that name this record or another, or a person by a pseudonym."""
    lists: tuple[str, ...]
    """Fields that hold several values."""
    required: frozenset[str]
    """Fields without a default."""
    nested: tuple[tuple[str, RecordShape], ...]
    """Lists of smaller records, with the shape of each."""


_IDENTIFIER: Final = re.compile(r"(?:^|_)(?:refs?|id|token)$|^duplicate_of$")


def shape_of(struct: type[msgspec.Struct]) -> RecordShape:
    """Read a record type's annotations."""
    hints = {name: _without_none(hint) for name, hint in get_type_hints(struct, include_extras=True).items()}
    fields = {name: hints[name] for name in struct.__struct_fields__}
    lists = {name: get_args(hint)[0] for name, hint in fields.items() if get_origin(hint) is tuple}
    return RecordShape(
        fields=struct.__struct_fields__,
        times=tuple(name for name, hint in fields.items() if hint == Millis),
        classes=tuple(name for name, hint in fields.items() if hint == OffenceClass),
        counts=tuple(name for name, hint in fields.items() if hint in (Count32, Count64)),
        class_lists=tuple(name for name, item in lists.items() if item == OffenceClass),
        words=tuple(name for name, hint in fields.items() if hint == Word),
        references=tuple(name for name in getattr(struct, "IDENTITY", ()) if fields[name] is str),
        identifiers=tuple(name for name in fields if _IDENTIFIER.search(name)),
        lists=tuple(lists),
        required=frozenset(field.name for field in msgspec.structs.fields(struct) if field.required),
        nested=tuple((name, shape_of(item)) for name, item in lists.items() if isinstance(item, type(msgspec.Struct))),
    )


def _without_none(hint: Any) -> Any:  # noqa: ANN401 - an annotation can be any object
    """Strip ``| None`` from an annotation."""
    if get_origin(hint) is Union or isinstance(hint, type(int | None)):
        return next(part for part in get_args(hint) if part is not type(None))
    return hint


SHAPES: Final[dict[type[msgspec.Struct], RecordShape]] = {record: shape_of(record) for record in RECORDS}
