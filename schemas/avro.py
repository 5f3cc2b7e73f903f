"""The Avro schemas of the package, and how ours and others' are parsed for plain values.

The package reads no file but its own data, when this module is imported.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

import fastavro
import msgspec

from schemas.records import Heartbeat
from schemas.shapes import RECORDS, Record

Schema = dict[str, Any]

_NO_SCHEMA: Final = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    fastavro.schema.SchemaParseException,
)
"""What parsing raises where JSON is no schema."""

LOGICAL_TYPE: Final = "cdi.logicalType"
"""Where a schema parsed for what its values mean has what was stated as ``logicalType``."""

HEARTBEAT_SUBJECT: Final = "heartbeat.v1"


def subject_of(record_type: type[Record]) -> str:
    """Return the subject of a record type's schema.

    It is the type's topic, or ``heartbeat.v1``, which travels on every feed.
    """
    return HEARTBEAT_SUBJECT if issubclass(record_type, Heartbeat) else record_type.TOPIC


def physical(schema: str | Mapping[str, Any]) -> Schema:
    """Parse a schema for plain values: a time is the long it is on the wire, not a datetime.

    ``schema`` is JSON text or parsed JSON.  Raises ValueError where it is not a record's schema.
    """
    return _parsed(schema, {"logicalType": None})


def logical(schema: str | Mapping[str, Any]) -> Schema:
    """Parse a schema for what its values mean: logical types stand under :data:`LOGICAL_TYPE`.

    As :func:`physical` otherwise, also in what it raises.
    """
    return _parsed(schema, {"logicalType": LOGICAL_TYPE})


def _parsed(schema: str | Mapping[str, Any], names: Mapping[str, str | None]) -> Schema:
    """Parse a schema with other names for attributes that Avro's reader must not look at."""
    try:
        plain = json.loads(schema) if isinstance(schema, str) else schema
        parsed = fastavro.parse_schema(_renamed(plain, names))
    except json.JSONDecodeError:
        message = "not an Avro schema: not JSON"
        raise ValueError(message) from None
    except _NO_SCHEMA as refusal:
        message = f"not an Avro schema: {type(refusal).__name__}"
        raise ValueError(message) from None
    if not isinstance(parsed, dict) or parsed.get("type") != "record":
        message = "not the schema of a record"
        raise ValueError(message)
    return parsed


def canonical(schema: Schema) -> str:
    """Return the parsing canonical form: two schemas with the same one read the same bytes alike."""
    return str(fastavro.schema.to_parsing_canonical_form(schema))


def _renamed(schema: Any, names: Mapping[str, str | None]) -> Any:  # noqa: ANN401 - a schema is any JSON
    """Copy a schema with other names for attributes, or without those whose name is None."""
    if isinstance(schema, list):
        return [_renamed(part, names) for part in schema]
    if isinstance(schema, Mapping):
        return {
            new: part if name in {"default", "doc"} else _renamed(part, names)
            for name, part in schema.items()
            if (new := names.get(name, name)) is not None
        }
    return schema


def _read(file: str) -> str:
    """Read one of the package's own files."""
    return files("schemas").joinpath(file).read_text(encoding="utf-8")


def _file_by_id() -> dict[int, str]:
    """Read the schema file of each id, current and former ones."""
    return {entry["id"]: entry["file"] for entry in tomllib.loads(_read("ids.toml"))["schema"]}


FILE_BY_ID: Final[Mapping[int, str]] = _file_by_id()
"""The package's own schema ids, for where there is no registry."""

SCHEMA_TEXT_BY_ID: Final[Mapping[int, str]] = {number: _read(file) for number, file in FILE_BY_ID.items()}

SCHEMA_TEXT_BY_SUBJECT: Final[Mapping[str, str]] = {
    file.removesuffix(".avsc"): SCHEMA_TEXT_BY_ID[number] for number, file in FILE_BY_ID.items() if "/" not in file
}
"""Each subject's current schema: what a registry is given."""

ID_BY_SUBJECT: Final[Mapping[str, int]] = {
    file.removesuffix(".avsc"): number for number, file in FILE_BY_ID.items() if "/" not in file
}

NEWEST_ID: Final = max(SCHEMA_TEXT_BY_ID)
"""The greatest of the package's own ids: a later release's are greater."""

OURS: Final[Mapping[type[msgspec.Struct], Schema]] = {
    record: physical(SCHEMA_TEXT_BY_SUBJECT[subject_of(record)]) for record in RECORDS
}
"""The schema by which each type of record is written, and to which what is read is resolved."""

OURS_LOGICAL: Final[Mapping[type[msgspec.Struct], Schema]] = {
    record: logical(SCHEMA_TEXT_BY_SUBJECT[subject_of(record)]) for record in RECORDS
}
"""The same schemas with what their values mean."""
