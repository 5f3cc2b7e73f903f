"""Write a column's value as the text of a cell, by its type.

| value | cell |
| --- | --- |
| null | blank |
| text, enum, UUID, XML, JSON | as it is |
| number | digits with a point, never an exponent |
| truth value | ``true``, ``false`` |
| Decimal, VariableScaleDecimal | digits with a point, as many as its scale has |
| ZonedTimestamp, ZonedTime, Interval | as it is: RFC 3339 or ISO 8601 |
| Timestamp, MicroTimestamp, NanoTimestamp, Connect's own Timestamp | ISO 8601 without an offset; RFC 3339 in UTC where
  the feed has a ``time_zone`` (the first of an hour that clocks show twice) |
| Avro's timestamp-millis and its like, without Connect's name | RFC 3339 in UTC |
| Date, Time, MicroTime, NanoTime | ISO 8601: ``2026-05-31``, ``13:30:00``; the end of a day is ``24:00:00`` |
| MicroDuration, NanoDuration | seconds |
| bytes | hexadecimal digits |
| list | a JSON array of such texts, which a record's list takes as it is |
| row within the row, map | a JSON object; and each of its cells by itself, ``address.postcode`` |
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from deploy.connect.topic.column_types import PLAIN, ColumnType
from schemas.refusals import BadRecordError

Value: TypeAlias = Any
"""Whatever JSON or Avro holds."""

_PLACEHOLDER: Final = "__debezium_unavailable_value"
_PLACEHOLDER_BYTES: Final = _PLACEHOLDER.encode()
_PLACEHOLDER_TEXTS: Final = frozenset(
    {
        _PLACEHOLDER,
        base64.b64encode(_PLACEHOLDER_BYTES).decode(),
        base64.urlsafe_b64encode(_PLACEHOLDER_BYTES).decode(),
        _PLACEHOLDER_BYTES.hex(),
        str(uuid.UUID(bytes=hashlib.md5(_PLACEHOLDER_BYTES, usedforsecurity=False).digest(), version=3)),
    }
)
"""What stands for a value that the database did not send, as text, bytes in three spellings, and a UUID."""
_GREATEST_SCALE: Final = 1 << 14
"""Digits behind a number's point, or zeros before it: as many as PostgreSQL allows."""
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a time without a zone, which the mapping states
_DAY: Final = timedelta(days=1)


def is_unavailable(value: Value) -> bool:
    """Return whether a value stands for one that a change left as it was, and that was not sent."""
    match value:
        case str():
            return value in _PLACEHOLDER_TEXTS
        case bytes():
            return value == _PLACEHOLDER_BYTES
        case [item] if isinstance(item, str | bytes):
            return is_unavailable(item)
        case list():
            return value == list(_PLACEHOLDER_BYTES)
        case {**items}:
            return _PLACEHOLDER in items
    return False


def text_of(value: Value, column: ColumnType = PLAIN, zone: ZoneInfo | None = None) -> str:
    """Return a value as text, empty for null; ``zone`` is that of times without one.

    Raises BadRecordError, without the column's name, where it is no value of the type.
    """
    try:
        plain = _plain(value, column, zone)
        if isinstance(plain, str):
            return plain
        return "" if plain is None else msgspec.json.encode(plain).decode()
    except OverflowError:
        raise BadRecordError("IMPOSSIBLE_DATE", "outside the years 1 to 9999") from None
    except (ValueError, TypeError, AttributeError, ArithmeticError):
        kind = column.name.rpartition(".")[2] or "value that can be written as text"
        raise BadRecordError("WRONG_TYPE", f"no {kind}") from None


def _plain(value: Value, column: ColumnType, zone: ZoneInfo | None) -> str | list[Value] | dict[str, Value] | None:
    """Return a value with texts alone in it: itself one, or lists and objects of them."""
    if value is None:
        return None
    if (convert := _CONVERSIONS.get(column.name)) is not None:
        return convert(value, column, zone)
    match value:
        case list():
            return [_plain(item, column.items or PLAIN, zone) for item in value]
        case Mapping():
            inner = column.items or PLAIN
            return {str(name): _plain(item, column.fields.get(name, inner), zone) for name, item in value.items()}
    return _scalar(value, column)


def _scalar(value: Value, column: ColumnType) -> str:
    match value:
        case str():
            return _bytes(value).hex() if column.is_bytes else value
        case bool():
            return "true" if value else "false"
        case float():
            return f"{Decimal(repr(value)):f}"
        case bytes():
            return value.hex()
    return str(value)


def _bytes(value: str | bytes) -> bytes:
    """Return bytes, which in JSON are base64."""
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


Conversion: TypeAlias = Callable[[Value, ColumnType, ZoneInfo | None], str]


def _local(unit: int) -> Conversion:
    """Convert a date and time without a zone, of which a second has ``unit`` parts."""

    def convert(value: Value, _: ColumnType, zone: ZoneInfo | None) -> str:
        moment = _moment(int(value), unit)
        return moment.isoformat() if zone is None else _utc(moment.replace(tzinfo=zone).astimezone(UTC))

    return convert


def _instant(unit: int) -> Conversion:
    return lambda value, *_: _utc(_moment(int(value), unit))


def _moment(value: int, unit: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value * 1_000_000 // unit)


def _utc(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


def _time(unit: int) -> Conversion:
    """Convert a time of day; the midnight at the end of the day is 24:00."""

    def convert(value: Value, *_: object) -> str:
        length = timedelta(microseconds=int(value) * 1_000_000 // unit)
        if length == _DAY:
            return "24:00:00"
        if not timedelta() <= length < _DAY:
            raise ValueError
        return (_EPOCH + length).time().isoformat()

    return convert


def _duration(unit: int) -> Conversion:
    return lambda value, *_: f"{(Decimal(int(value)) / unit).normalize():f}"


def _day(value: Value, *_: object) -> str:
    return (date(1970, 1, 1) + timedelta(days=int(value))).isoformat()


def _decimal(value: Value, column: ColumnType, _: object) -> str:
    """Convert an unscaled number of bytes."""
    if isinstance(value, int | float):
        return f"{Decimal(repr(value)):f}"
    if column.scale is None:
        raise ValueError
    return _scaled(value, column.scale)


def _own_scale(value: Value, *_: object) -> str:
    return _scaled(value["value"], int(value["scale"]))


def _scaled(value: str | bytes, scale: int) -> str:
    if abs(scale) > _GREATEST_SCALE:
        raise ValueError
    number = int.from_bytes(_bytes(value), "big", signed=True)
    return f"{Decimal(f'{number}E{-scale}'):f}"


_CONVERSIONS: Final[Mapping[str, Conversion]] = {
    "io.debezium.time.Date": _day,
    "io.debezium.time.Timestamp": _local(1_000),
    "io.debezium.time.MicroTimestamp": _local(1_000_000),
    "io.debezium.time.NanoTimestamp": _local(1_000_000_000),
    "io.debezium.time.Time": _time(1_000),
    "io.debezium.time.MicroTime": _time(1_000_000),
    "io.debezium.time.NanoTime": _time(1_000_000_000),
    "io.debezium.time.MicroDuration": _duration(1_000_000),
    "io.debezium.time.NanoDuration": _duration(1_000_000_000),
    "io.debezium.data.VariableScaleDecimal": _own_scale,
    "org.apache.kafka.connect.data.Date": _day,
    "org.apache.kafka.connect.data.Time": _time(1_000),
    "org.apache.kafka.connect.data.Timestamp": _local(1_000),
    "org.apache.kafka.connect.data.Decimal": _decimal,
    "date": _day,
    "time-millis": _time(1_000),
    "time-micros": _time(1_000_000),
    "timestamp-millis": _instant(1_000),
    "timestamp-micros": _instant(1_000_000),
    "timestamp-nanos": _instant(1_000_000_000),
    "local-timestamp-millis": _local(1_000),
    "local-timestamp-micros": _local(1_000_000),
    "local-timestamp-nanos": _local(1_000_000_000),
    "decimal": _decimal,
}
"""By the names of Debezium, Connect and, without those, Avro; other types are written as their value stands."""

TYPES: Final[Mapping[str, ColumnType]] = {
    name.rpartition(".")[2]: ColumnType(name) for name in _CONVERSIONS if name.startswith("io.debezium.time.")
}
"""What numbers may mean whose messages have no schema, by the last part of Debezium's names."""
