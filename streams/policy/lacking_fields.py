"""Which fields of a feed's record a source system may lack: those that a snapshot may leave empty."""

from __future__ import annotations

from functools import cache
from typing import Final

import msgspec

from schemas.records import RECORD_BY_TOPIC, SET_BY_READERS, Snapshot

_NOT_THE_SYSTEMS: Final = frozenset(Snapshot.__struct_fields__) | SET_BY_READERS


@cache
def fields_that_may_be_empty(feed: str) -> frozenset[str]:
    """Return the fields with a default of a feed's record, the envelope's and those readers set aside."""
    fields = msgspec.structs.fields(RECORD_BY_TOPIC[feed])
    return frozenset(field.name for field in fields if not field.required) - _NOT_THE_SYSTEMS


def is_empty(value: object) -> bool:
    """Return whether a field's value says nothing: null, blank text, or a list without entries."""
    return value is None or value == () or (isinstance(value, str) and not value.strip())
