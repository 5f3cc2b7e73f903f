"""Every type of column, in each form that Debezium and Connect write."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deploy.connect.topic.cells import RowCells, cells_of, shape_of
from deploy.connect.topic.changes import ChangeKind, SnapshotPlace, change_of, is_key_alone
from deploy.connect.topic.column_texts import TYPES, is_unavailable, text_of
from deploy.connect.topic.column_types import PLAIN, ColumnType
from schemas.refusals import BadRecordError
from tests.deploy.connect.topic.captured import TOPIC, captured, decoder_of

FORMS = ("json", "avro", "unwrapped")
"""With a schema: Debezium's envelope as JSON and as Avro, and rows without envelope."""

EVERY_TYPE = {
    "id": "1",
    "a_small": "-2",
    "a_big": "9007199254740993",
    "a_real": "1.5",
    "a_double": "0.1",
    "a_numeric": "1234.50",
    "a_free_numeric": "12.345678901234567890",
    "a_money": "12.50",
    "a_bool": "true",
    "a_text": "Ünïcode",
    "a_char": "ab   ",
    "a_varchar": "v",
    "a_bytes": "00ff10",
    "a_date": "2026-03-29",
    "a_time": "24:00:00",
    "a_time3": "09:30:15.123000",
    "a_timetz": "08:30:15.5Z",
    "a_timestamp": "2026-03-29T01:30:00.123456",
    "a_timestamp3": "2026-03-29T01:30:00.123000",
    "a_timestamptz": "2026-03-29T00:30:00.123456Z",
    "a_interval": "37091106.789",
    "a_uuid": "00000000-0000-4000-8000-000000000001",
    "a_json": '{"a": 1}',
    "a_json.a": "1",
    "a_jsonb.ref": "C-1",
    "a_jsonb.n.x": '["1","2"]',
    "a_xml": "<a/>",
    "a_enum": "OPEN",
    "a_text_array": '["a;b","c",null]',
    "a_int_array": '["1","2"]',
    "a_time_array": '["2026-03-29T01:30:00.000000Z"]',
    "a_num_array": '["1.50","2.00"]',
    "a_inet": "10.0.0.1",
    "a_point.x": "1.0",
    "a_point.y": "2.0",
    "a_hstore": "",
    "a_bit": "true",
    "a_bits": "aa0a",
    "a_range": "[1,5)",
    "a_required": "needed",
    "n_required": "7",
}


def cells(name: str, offset: int, types: dict[str, ColumnType] | None = None, zone: str | None = None) -> RowCells:
    """Return the cells of a captured message."""
    (message,) = (message for message in captured(name) if message.topic == TOPIC and message.offset == offset)
    assert message.value is not None
    change = change_of(decoder_of(name).decode(message.value), "rows" if name == "unwrapped" else "debezium")
    return cells_of(change, types or {}, {"__kafka_offset": str(offset)}, zone=None if zone is None else ZoneInfo(zone))


@pytest.mark.parametrize("name", FORMS)
def test_every_type_is_the_same_text_in_every_form(name: str) -> None:
    """Dates, times, decimals, bytes, lists and rows within the row."""
    read = cells(name, 0)
    assert {column: read[column] for column in EVERY_TYPE} == EVERY_TYPE


@pytest.mark.parametrize("name", FORMS)
def test_what_debezium_says_beside_a_row_has_one_name_in_every_form(name: str) -> None:
    """As ExtractNewRecordState calls it."""
    read = cells(name, 0)
    assert read["__op"] == "r"
    assert read["__deleted"] == "false"
    assert read["__source_snapshot"] == "first_in_data_collection"
    assert int(read["__source_lsn"]) > 0
    assert read["__kafka_offset"] == "0"


def test_what_is_no_column_is_in_no_digest_of_all_columns() -> None:
    """The same change sent twice is the same row."""
    read = cells("json", 0)
    assert not [name for name in read if name.startswith("__")]
    assert read.get("__op") == "r"
    assert read.get("__never", "nothing") == "nothing"


def test_without_a_schema_numbers_stay_numbers_until_the_definition_says_what_they_are() -> None:
    """The names are Debezium's."""
    assert cells("json_without_schema", 0)["a_timestamp"] == "1774747800123456"
    types = {
        "a_timestamp": TYPES["MicroTimestamp"],
        "a_timestamp3": TYPES["Timestamp"],
        "a_date": TYPES["Date"],
        "a_time": TYPES["MicroTime"],
        "a_interval": TYPES["MicroDuration"],
    }
    read = cells("json_without_schema", 0, types)
    bytes_of = {"a_bytes", "a_bits", "a_time3", "a_json.a", "a_jsonb.ref", "a_jsonb.n.x"}
    expected = {column: text for column, text in EVERY_TYPE.items() if column not in bytes_of}
    assert {column: read[column] for column in expected} == expected


def test_connects_own_types_are_read_too() -> None:
    """Decimals are bytes with a scale, and times have milliseconds."""
    read = cells("connect_types", 0)
    assert read["a_numeric"] == "1234.50"
    assert read["a_free_numeric"] == "12.34567890123456789"
    assert read["a_money"] == "12.50"
    assert read["a_date"] == "2026-03-29"
    assert read["a_time3"] == "09:30:15.123000"
    assert read["a_timestamp"] == "2026-03-29T01:30:00.123000"
    assert read["a_interval"] == "P1Y2M3DT4H5M6.789S"


def test_times_without_a_zone_are_of_the_feeds_time_zone() -> None:
    """The hour that British clocks leave out in March is read as the one after it."""
    assert cells("json", 0, zone="Europe/London")["a_timestamp"] == "2026-03-29T01:30:00.123456Z"
    assert text_of(1780306200000, TYPES["Timestamp"], ZoneInfo("Europe/London")) == "2026-06-01T08:30:00Z"


@pytest.mark.parametrize("name", [*FORMS, "json_without_schema", "connect_types"])
def test_a_value_that_was_not_sent_is_never_taken_for_one(name: str) -> None:
    """It refuses the row where the mapping reads it, and not otherwise."""
    read = cells(name, 3)
    assert read["a_text"] == "changed"
    assert "a_toast" not in read
    for look in (lambda: read["a_toast"], lambda: read.get("a_toast")):
        with pytest.raises(BadRecordError, match="MISSING_FIELD: column a_toast: left as it was"):
            look()


def test_every_spelling_of_a_value_that_was_not_sent_is_known() -> None:
    """As text, bytes, lists, maps, and a UUID."""
    placeholder = "__debezium_unavailable_value"
    spellings: list[Any] = [placeholder, placeholder.encode(), [placeholder], {placeholder: placeholder}]
    spellings += ["X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==", placeholder.encode().hex(), list(placeholder.encode())]
    assert all(map(is_unavailable, spellings))
    assert not any(map(is_unavailable, ["", None, [], {}, 0, [1], "unavailable", b""]))


@pytest.mark.parametrize("name", FORMS)
def test_infinity_is_no_date(name: str) -> None:
    """It refuses the row where the mapping reads it."""
    read = cells(name, 1)
    assert read["a_required"] == "x"
    with pytest.raises(BadRecordError, match="IMPOSSIBLE_DATE: column a_date: outside the years 1 to 9999"):
        _ = read["a_date"]
    assert read["a_timestamptz"] == "-infinity"  # which the mapping refuses as a time


def test_a_column_that_is_gone_is_named() -> None:
    """A schema change must not make a blank of it."""
    before, after = cells("json", 11), cells("json", 12)
    assert before["a_char"] == after["renamed"] == "ab   "
    assert after["added"] == "5"
    assert (before["a_small"], after["a_small"]) == ("-2", "-2")  # a number became a text
    with pytest.raises(BadRecordError, match="MISSING_FIELD: column a_char: not in the message"):
        _ = after["a_char"]
    assert after.get("a_char", "") == ""


def test_a_renamed_column_is_found_by_an_alias_and_a_part_of_nothing_is_blank() -> None:
    """So that messages of before and after a change are read by one mapping."""
    row = {"new": "x", "address": None, "place": {"town": "Leicester"}}
    read = RowCells(row, PLAIN, {}, aliases={"old": ("older", "new")})
    assert read["old"] == read.get("old") == "x"
    assert read["address.postcode"] == ""
    assert read["place.town"] == "Leicester"
    with pytest.raises(BadRecordError, match=r"MISSING_FIELD: column place\.county: not in the message"):
        _ = read["place.county"]


@pytest.mark.parametrize("name", [*FORMS, "json_without_schema"])
def test_each_message_is_known_for_what_it_is(name: str) -> None:
    """A snapshot, changes, deletes with and without the whole row, and a truncated table."""
    decoder, shape = decoder_of(name), "rows" if name == "unwrapped" else "debezium"
    read = [
        (change_of(decoder.decode(message.value), shape), decoder.decode(message.key).value if message.key else {})
        for message in captured(name)
        if message.topic == TOPIC and message.value is not None
    ]
    kinds = [change.kind for change, _ in read]
    deleted = [is_key_alone(change, key) for change, key in read if change.kind is ChangeKind.DELETED]
    assert [change.snapshot for change, _ in read[:4]] == [
        SnapshotPlace.WITHIN,
        SnapshotPlace.WITHIN,
        SnapshotPlace.END,
        SnapshotPlace.NONE,
    ]
    assert kinds[:6] == [ChangeKind.ROW] * 6
    assert kinds[6] is ChangeKind.DELETED
    assert deleted == [True, True, False]
    assert (kinds[-1] is ChangeKind.TRUNCATED) == (name != "unwrapped")  # which leaves it out
    assert all(change.committed_at is not None for change, _ in read)


def test_a_key_is_described_without_what_stands_in_it() -> None:
    """Letters and digits are told apart, and no more."""
    assert shape_of({"log_no": "LPC/000123", "part": 7}) == "log_no AAA/999999, part 9"
    assert shape_of({}) == "none"
    assert shape_of({"name": "x" * 100}) == f"name {'A' * 40}..."


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (0, "io.debezium.time.Date", "1970-01-01"),
        (-1, "io.debezium.time.NanoTimestamp", "1969-12-31T23:59:59.999999"),
        (1, "io.debezium.time.NanoTime", "00:00:00"),
        (-1500000, "io.debezium.time.MicroDuration", "-1.5"),
        (1_780_306_200_000, "timestamp-millis", "2026-06-01T09:30:00Z"),
        (1_780_306_200_000_000, "local-timestamp-micros", "2026-06-01T09:30:00"),
        (2020, "io.debezium.time.Year", "2020"),
        (None, "io.debezium.time.Date", ""),
        (1e21, "", "1000000000000000000000"),
        (False, "", "false"),
    ],
)
def test_a_value_is_written_as_its_type_says(value: Any, column: str, text: str) -> None:
    """Avro's own types are instants where they say so."""
    assert text_of(value, ColumnType(column)) == text


@pytest.mark.parametrize(
    ("value", "column"),
    [("soon", "io.debezium.time.Date"), ("?", "org.apache.kafka.connect.data.Decimal"), ({}, "io.debezium.time.Time")],
)
def test_a_value_that_is_not_of_its_type_is_refused(value: Any, column: str) -> None:
    """The sentence names the type and not the value."""
    with pytest.raises(BadRecordError, match=f"WRONG_TYPE: no {column.rpartition('.')[2]}"):
        text_of(value, ColumnType(column, scale=2))


def test_bytes_are_hexadecimal_digits_and_bad_base64_is_refused() -> None:
    """In JSON they are base64."""
    assert text_of("AP8Q", ColumnType(is_bytes=True)) == text_of(b"\x00\xff\x10", PLAIN) == "00ff10"
    with pytest.raises(BadRecordError, match="WRONG_TYPE"):
        text_of("A", ColumnType(is_bytes=True))


def test_a_scale_that_no_database_has_is_refused() -> None:
    """A few bytes must not become a text of a gigabyte."""
    for scale in (-10_000_000, 10_000_000):
        with pytest.raises(BadRecordError, match="no VariableScaleDecimal"):
            text_of({"value": "AQ==", "scale": scale}, ColumnType("io.debezium.data.VariableScaleDecimal"))
