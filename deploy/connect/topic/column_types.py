"""What a message's schema says of its columns, whether Connect wrote it as JSON or Avro."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Json = Any
"""Whatever JSON holds."""


@dataclass(frozen=True, slots=True)
class ColumnType:
    """What the values of a column are."""

    name: str = ""
    """By Connect's or Debezium's name, such as ``io.debezium.time.Date``; else by Avro's; empty for a plain value."""
    scale: int | None = None
    """Of a decimal: how many of its digits stand behind the point."""
    is_bytes: bool = False
    items: ColumnType | None = None
    """Of an array, or of a map's values."""
    fields: dict[str, ColumnType] = field(default_factory=dict)
    """Of a row within the row."""


PLAIN: Final = ColumnType()
"""Nothing is known but the value."""


def of_connect(schema: Json) -> ColumnType:
    """Return what Connect's JSON schema says."""
    if not isinstance(schema, Mapping):
        return PLAIN
    parameters = schema.get("parameters") or {}
    items = schema.get("items", schema.get("values"))
    return ColumnType(
        name=str(schema.get("name") or ""),
        scale=_scale(parameters.get("scale")),
        is_bytes=schema.get("type") == "bytes",
        items=of_connect(items) if items is not None else None,
        fields={str(inner.get("field")): of_connect(inner) for inner in schema.get("fields") or ()},
    )


def of_avro(schema: Json) -> ColumnType:
    """Return what an Avro schema says.  Raises ValueError where it is none."""
    return _Avro().type_of(schema, "")


def without_logical_types(schema: Json) -> Json:
    """Return an Avro schema by which a reader leaves values as they are written."""
    plain = copy.deepcopy(schema)
    _strip(plain)
    return plain


def _strip(schema: Json) -> None:
    if isinstance(schema, list):
        for branch in schema:
            _strip(branch)
    elif isinstance(schema, dict):
        schema.pop("logicalType", None)
        for inner in schema.get("fields", ()):
            _strip(inner["type"])
        for part in ("type", "items", "values"):
            _strip(schema.get(part))


class _Avro:
    """Reads one schema, in which a type that was named once is referred to by its name."""

    def __init__(self) -> None:
        self._named: dict[str, ColumnType] = {}

    def type_of(self, schema: Json, namespace: str) -> ColumnType:
        if isinstance(schema, list):  # of Connect's unions one branch is null
            branches = [branch for branch in schema if branch != "null"]
            return self.type_of(branches[0], namespace) if len(branches) == 1 else PLAIN
        if isinstance(schema, str):
            named = self._named.get(schema) or self._named.get(f"{namespace}.{schema}")
            return named or ColumnType(is_bytes=schema == "bytes")
        if not isinstance(schema, dict):
            raise ValueError("no Avro schema")  # noqa: TRY004 - of the schema as a whole
        if isinstance(schema.get("type"), dict | list):
            return self.type_of(schema["type"], namespace)
        parameters = schema.get("connect.parameters") or {}
        fields: dict[str, ColumnType] = {}
        items = schema.get("items", schema.get("values"))
        if "name" in schema:
            namespace = str(schema.get("namespace") or namespace)
        column = ColumnType(
            name=str(schema.get("connect.name") or schema.get("logicalType") or ""),
            scale=_scale(parameters.get("scale", schema.get("scale"))),
            is_bytes=schema.get("type") in ("bytes", "fixed"),
            items=self.type_of(items, namespace) if items is not None else None,
            fields=fields,
        )
        if "name" in schema:
            name = str(schema["name"])
            self._named[name if "." in name or not namespace else f"{namespace}.{name}"] = column
        fields |= {str(inner["name"]): self.type_of(inner["type"], namespace) for inner in schema.get("fields", ())}
        return column


def _scale(written: Json) -> int | None:
    """Return a decimal's scale; Connect writes it as text."""
    try:
        return None if written is None else int(written)
    except (TypeError, ValueError):
        return None
