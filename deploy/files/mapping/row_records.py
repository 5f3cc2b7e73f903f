"""The records of a row: of which topic each is, and what its fields are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import msgspec

from deploy.files.mapping.conditions import RowCondition
from deploy.files.mapping.field_checks import check_field
from deploy.files.mapping.field_source import FieldSource
from deploy.files.toml_faults import meant
from schemas.records import RECORD_BY_TOPIC
from schemas.shapes import SHAPES

FieldSources: TypeAlias = str | FieldSource | tuple[str | FieldSource, ...]
"""A column, a source, or several of which the first counts that is not blank."""


class RowRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the records that a row holds: what is its own, besides what the mapping says of all."""

    topic: str | None = None
    """Where it is of another topic than the mapping."""
    fields: dict[str, FieldSources] = {}
    skip: tuple[RowCondition, ...] = ()

    def check(self) -> None:
        """Raise ValueError for the first fault that needs no topic to be seen."""
        if "revision" in self.fields:
            raise ValueError("fields.revision: is the row's, not the record's")
        for skip in self.skip:
            skip.check("skip")

    def kind(self, topic: str, shared: dict[str, FieldSources]) -> RecordKind:
        """Return what it is made of: of the shared fields it has those that its topic's record has."""
        own = self.topic or topic
        known = {name: field for name, field in shared.items() if name in _names(own)}
        return RecordKind(own, known | self.fields, self.skip)


@dataclass(frozen=True)
class RecordKind:
    """What one of the records of each row is made of."""

    topic: str
    fields: dict[str, FieldSources]
    skip: tuple[RowCondition, ...]

    @cached_property
    def lists(self) -> frozenset[str]:
        """Its fields that hold a list."""
        return frozenset(SHAPES[RECORD_BY_TOPIC[self.topic]].lists)

    def check(self, shared: dict[str, FieldSources]) -> None:
        """Raise ValueError for the first fault of its fields; ``shared`` are those of all records."""
        check_fields(self.fields, (self.topic,))
        shape = SHAPES[RECORD_BY_TOPIC[self.topic]]
        if missing := sorted(frozenset(shape.required) - self.fields.keys() - shared.keys()):
            raise ValueError(f"fields.{missing[0]}: required, and not there")
        for name, field in self.fields.items():
            check_sources(name, field, is_time=name in shape.times, is_list=name in shape.lists)


def check_fields(fields: Iterable[str], topics: Iterable[str]) -> None:
    """Raise ValueError at a field that no record of these topics has."""
    known = frozenset().union(*map(_names, topics))
    if strange := sorted(set(fields) - known):
        raise ValueError(f"fields.{strange[0]}: the record has no such field{meant(strange[0], known)}")


def sources_of(field: FieldSources) -> tuple[str | FieldSource, ...]:
    """Return each source of a field."""
    return field if isinstance(field, tuple) else (field,)


def _names(topic: str) -> frozenset[str]:
    return frozenset(field.name for field in msgspec.structs.fields(RECORD_BY_TOPIC[topic]))


def check_sources(name: str, field: FieldSources, *, is_time: bool = False, is_list: bool = False) -> None:
    """Raise ValueError for the first fault of a field's sources."""
    sources = sources_of(field)
    if not sources:
        raise ValueError(f"fields.{name}: no source")
    for source in sources:
        if isinstance(source, str):
            continue
        check_field(name, source, is_time=is_time, is_list=is_list)
        if name == "revision" and source.order is not None and isinstance(field, tuple):
            raise ValueError(f"fields.{name}: {source.order} is no source among several")
