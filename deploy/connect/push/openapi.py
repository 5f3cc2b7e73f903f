"""Describe a push feed to whoever programs the sender: OpenAPI 3.1, made from the records' own types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from agents.kafka.writer_release import program_version
from deploy.connect.push.problems import MOST_ROWS_NAMED
from schemas.records import RECORD_BY_TOPIC
from schemas.shapes import SHAPES, RecordShape

_REF: Final = "#/components/schemas/{name}"
_NUMBER: Final = {"type": "integer", "minimum": 0}
_BAD_ROWS: Final = {
    "type": "array",
    "maxItems": MOST_ROWS_NAMED,
    "items": {
        "type": "object",
        "properties": {
            "row": {"type": "integer", "description": "Its first line, or its place in an array, from 1"},
            "reason": {"type": "string"},
            "detail": {"type": "string"},
        },
    },
}
_PROBLEM: Final = {
    "type": "object",
    "description": "What is wrong (RFC 9457). Nothing of the request was fed.",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "bad_rows": _NUMBER,
        "rows": _BAD_ROWS,
    },
}
_FED: Final = {
    "type": "object",
    "description": "The broker has what was fed.",
    "required": ["fed", "skipped", "set_aside"],
    "properties": {"fed": _NUMBER, "skipped": _NUMBER, "set_aside": _NUMBER, "rows": _BAD_ROWS},
}
_HEADERS: Final = (
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A request sent again with its key is answered as before, and feeds nothing twice.",
        "schema": {"type": "string", "maxLength": 200},
    },
    {
        "name": "Prefer",
        "in": "header",
        "description": "handling=lenient feeds good rows and sets bad ones aside; without it one bad row refuses all",
        "schema": {"type": "string", "enum": ["handling=lenient"]},
    },
)
_THROUGH: Final = {
    "in": "query",
    "description": "Every record of the sender up to this time has been sent, with those of this request.",
    "schema": {"type": "string", "format": "date-time"},
}
_PROBLEMS: Final = {
    "400": "The request cannot be read.",
    "401": "No token, or one that is not valid.",
    "409": "The feed is not vouched for, or nothing was pushed to it yet that could be complete.",
    "413": "Too many bytes or rows at once.",
    "415": "A media type or encoding that is not read here.",
    "422": "A row is no record, or an Idempotency-Key was sent with another request.",
    "429": "Too many requests wait: send it again after Retry-After.",
    "503": "The broker does not take it now: send it again after Retry-After.",
}


def description(feed: str, topic: str, media_types: Iterable[str], columns: Iterable[str]) -> dict[str, Any]:
    """Return the description of a feed.

    ``columns`` are those that its mapping reads; none where it has no mapping.
    """
    row, schemas = _row(topic, list(columns))
    content = {media_type: {"schema": _body(media_type, row)} for media_type in media_types}
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Push records to {feed}", "version": program_version(), "description": f"Topic: {topic}."},
        "paths": {
            "/records": {
                "post": {
                    "operationId": "pushRecords",
                    "summary": "Feed records; answered once the broker has them",
                    "parameters": [*_HEADERS, {"name": "complete_through", **_THROUGH}],
                    "requestBody": {"required": True, "content": content},
                    "responses": _responses(),
                }
            },
            "/complete": {
                "post": {
                    "operationId": "declareComplete",
                    "summary": "Say until when the sender's records are complete, without new ones",
                    "parameters": [_HEADERS[0], {"name": "through", "required": True, **_THROUGH}],
                    "responses": _responses(),
                }
            },
        },
        "components": {
            "schemas": {"Fed": _FED, "Problem": _PROBLEM, **schemas},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _row(topic: str, columns: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of a row, and the schemas that it refers to."""
    if columns:
        cell = {"type": ["string", "number", "boolean", "null"]}
        return {"type": "object", "properties": dict.fromkeys(columns, cell)}, {}
    record = RECORD_BY_TOPIC[topic]
    (schema,), schemas = msgspec.json.schema_components([record], ref_template=_REF)
    _name_times(schemas, record.__name__, SHAPES[record])
    return schema, schemas


def _name_times(schemas: dict[str, Any], name: str, shape: RecordShape) -> None:
    """Describe times as the text that they are in JSON; the record itself holds milliseconds."""
    properties = schemas[name]["properties"]
    for time in shape.times:
        optional = time not in shape.required
        properties[time] = {"type": ["string", "null"] if optional else "string", "format": "date-time"}
    for field, nested in shape.nested:
        _name_times(schemas, properties[field]["items"]["$ref"].rpartition("/")[2], nested)


def _body(media_type: str, row: dict[str, Any]) -> dict[str, Any]:
    if media_type == "application/json":
        return {"type": "array", "items": row}
    return {"type": "string", "description": "One row a line."}


def _responses() -> dict[str, Any]:
    def answer(description: str, name: str, media_type: str) -> dict[str, Any]:
        schema = {"$ref": _REF.format(name=name)}
        return {"description": description, "content": {media_type: {"schema": schema}}}

    problems = {
        status: answer(sentence, "Problem", "application/problem+json") for status, sentence in _PROBLEMS.items()
    }
    return {"200": answer("It was fed.", "Fed", "application/json"), **problems}
