"""Messages become records through a mapping; deletes are noticed, and what cannot be read is set aside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from deploy.connect.topic.decoding import JsonDecoder
from deploy.connect.topic.definition import TopicFeed
from deploy.connect.topic.rows import MessageReader
from deploy.connect.topic.vouching import SETTLED_MS, Vouching
from deploy.files.mapping import ColumnMapping, read_mapping
from deploy.files.row_reader import FileRow, RowReader
from schemas.records import Crime, Heartbeat, Snapshot
from streams.topology.messages import TopicMessage

AT = 1_780_306_200_000
"""2026-06-01T09:30:00Z"""
MAPPING = """
topic = "cis.crimes.v1"

[fields]
event_id = { digest = ["ref", "__source_lsn", "__deleted"] }
force = { constant = "LEICS" }
source = { constant = "CIS" }
event_time = [
    { column = "__source_ts_ms", time = "epoch millis", when = [{ column = "__deleted", any_of = ["true"] }] },
    { column = "saved", time = "epoch millis" },
]
revision = "__source_lsn"
crime_ref = "ref"
recorded_at = { column = "recorded", time = "epoch millis" }
offence_code = "code"
offence_class = { column = "class", otherwise = "OTHER", values = { Theft = "THEFT" } }
status = { column = "__deleted", values = { true = "CANCELLED", false = "RECORDED" } }
incident_refs = "incidents"

[[skip]]
column = "ref"
matches = "^TEST"
"""


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> ColumnMapping:
    """Give a mapping of crimes."""
    file = tmp_path_factory.mktemp("mapping") / "crimes.toml"
    file.write_text(MAPPING)
    return read_mapping(str(file))


def crime_row(**more: Any) -> dict[str, Any]:
    """Return a row of the made-up table."""
    return {
        "ref": "C/1",
        "saved": AT - 2,
        "recorded": AT - 60_000,
        "code": "8N",
        "class": "Theft",
        "incidents": ["I;1", "I-2"],
        **more,
    }


def envelope(operation: str, row: dict[str, Any] | None, lsn: int = 1, **source: Any) -> dict[str, Any]:
    """Return a change as Debezium writes it."""
    part, other = ("before", "after") if operation == "d" else ("after", "before")
    return {"op": operation, part: row, other: None, "ts_ms": AT, "source": {"ts_ms": AT - 1, "lsn": lsn, **source}}


def message(offset: int, value: dict[str, Any] | bytes | None, key: dict[str, Any] | None = None) -> TopicMessage:
    """Return a message of the topic."""
    content = msgspec.json.encode(value) if isinstance(value, dict) else value
    return TopicMessage("police.crime", 0, offset, msgspec.json.encode(key or {"ref": "C/1"}), content, AT)


class Read:
    """What comes of messages."""

    def __init__(self, mapping: ColumnMapping, *messages: TopicMessage, **keys: Any) -> None:
        feed = TopicFeed(
            topic=Crime.TOPIC, mapping="crimes", **({"from_topic": "police.crime", "overlap": "0s"} | keys)
        )
        feed.check()
        self.vouching = Vouching(0)
        self.reader = MessageReader("crimes", feed, mapping, JsonDecoder(), self.vouching)
        with capture_logs() as self.logs:
            self.rows: list[FileRow] = list(self.reader.rows(messages, RowReader(Crime.TOPIC, mapping, AT, 86_400_000)))

    @property
    def crimes(self) -> list[Snapshot | Heartbeat]:
        """The records."""
        return [row.record for row in self.rows if row.record is not None]

    @property
    def refusals(self) -> list[str]:
        """Why rows are set aside."""
        return [str(row.refusal) for row in self.rows if row.refusal is not None]


def test_a_change_becomes_a_record_as_its_mapping_says(mapping: ColumnMapping) -> None:
    """A list of the row is a list of the record, whatever stands in it; the place in the log orders changes."""
    read = Read(mapping, message(0, envelope("c", crime_row(), lsn=5)), message(1, envelope("u", crime_row(), lsn=6)))
    first, second = read.crimes
    assert isinstance(first, Crime)
    assert isinstance(second, Crime)
    assert (first.crime_ref, first.event_time, first.recorded_at) == ("C/1", AT - 2, AT - 60_000)
    assert first.incident_refs == ("I;1", "I-2")
    assert (first.revision, second.revision) == (5, 6)
    assert first.event_id != second.event_id


def test_the_same_message_is_the_same_record_whenever_it_is_read(mapping: ColumnMapping) -> None:
    """Nothing in it is of the reader's own clock."""
    change = message(0, envelope("c", crime_row()))
    assert Read(mapping, change).crimes == Read(mapping, change).crimes


@pytest.mark.parametrize("deleted", ["notice", "refuse", "record"])
def test_a_delete_is_noticed_once_with_the_shape_of_its_key(mapping: ColumnMapping, deleted: str) -> None:
    """Its tombstone, which follows it, is no second one."""
    row = crime_row(ref="TEST-7")  # which the mapping skips, so that a record is none either
    key = {"ref": "TEST-7"}
    read = Read(mapping, message(3, envelope("d", row), key), message(4, None, key), deleted=deleted)
    assert read.reader.deletions == 1
    (named,) = read.logs
    assert (named["event"], named["key"], named["offset"]) == ("row_deleted", "ref AAAA-9", 3)
    assert [row.is_deleted for row in read.rows] == [deleted == "notice", False]
    if deleted != "notice":
        assert read.refusals == ["WRONG_RECORD: it was deleted at its source; its key: ref AAAA-9"]
        assert "TEST-7" in read.rows[0].text


def test_a_tombstone_without_its_delete_is_a_delete(mapping: ColumnMapping) -> None:
    """As a compacted topic has it, and one whose last message belongs to another row."""
    other = {"ref": "C/2"}
    read = Read(mapping, message(3, None), message(4, envelope("d", crime_row())), message(5, None, other))
    assert read.reader.deletions == 3
    assert [row.is_deleted for row in read.rows] == [True, True, True]


def test_a_delete_may_be_a_record(mapping: ColumnMapping) -> None:
    """The mapping knows it by ``__deleted``, and has the row as it was."""
    read = Read(mapping, message(3, envelope("d", crime_row(), lsn=9)), message(4, None), deleted="record")
    (crime,) = read.crimes
    assert isinstance(crime, Crime)
    assert (crime.status, crime.event_time, crime.revision) == ("CANCELLED", AT - 1, 9)
    assert read.reader.deletions == 0


def test_a_delete_that_has_its_key_alone_is_no_record(mapping: ColumnMapping) -> None:
    """Blanks would be taken for what the source says."""
    row = crime_row(saved=0, recorded=0, code="", incidents=[])
    row["class"] = None
    read = Read(mapping, message(3, envelope("d", row)), deleted="record")
    assert read.crimes == []
    assert "REPLICA IDENTITY FULL" in read.refusals[0]


def test_a_truncated_table_is_noticed_whatever_a_delete_is(mapping: ColumnMapping) -> None:
    """It says of no row that it is gone."""
    for deleted in ("notice", "record"):
        read = Read(mapping, message(3, envelope("t", None)), deleted=deleted)
        assert read.logs[0]["what"] == "every row of the table was deleted (TRUNCATE)"
        assert read.reader.deletions == 1
        assert bool(read.refusals) == (deleted == "record")


def test_many_deletes_are_named_by_a_few_and_counted(mapping: ColumnMapping) -> None:
    """Whoever deletes a million rows is not to fill the log."""
    read = Read(mapping, *(message(n, envelope("d", crime_row()), {"ref": f"C/{n}"}) for n in range(9)))
    assert [line["event"] for line in read.logs] == [*["row_deleted"] * 5, "more_rows_deleted"]
    assert read.logs[-1]["rows"] == 4


def test_a_message_that_cannot_be_read_is_kept_as_it_was_with_its_offset(mapping: ColumnMapping) -> None:
    """Bytes that are no text are spelled in base64."""
    read = Read(
        mapping,
        message(3, b"\xff\0"),
        message(4, envelope("c", {"ref": "C/1"})),
        message(5, envelope("c", crime_row(saved="__debezium_unavailable_value"))),
    )
    assert read.crimes == []
    assert [row.line for row in read.rows] == [3, 4, 5]
    assert read.rows[0].text == "/wA="
    assert '"ref":"C/1"' in read.rows[1].text
    assert read.refusals[1] == "MISSING_FIELD: column saved: not in the message"
    assert read.refusals[2].startswith("MISSING_FIELD: column saved: left as it was by the change, and not sent")


def test_a_value_that_was_not_sent_is_taken_from_the_row_before_where_that_has_it(mapping: ColumnMapping) -> None:
    """As it is where the table logs whole rows."""
    change = envelope("u", crime_row(code="__debezium_unavailable_value"))
    change["before"] = crime_row(code="19C")
    (crime,) = Read(mapping, message(3, change)).crimes
    assert isinstance(crime, Crime)
    assert crime.offence_code == "19C"


def test_rows_without_an_envelope_are_read_and_say_themselves_what_vouches_for_them(mapping: ColumnMapping) -> None:
    """As a JDBC source writes them, in the order of the column that is their event_time."""
    rows = [crime_row(saved=AT - 10, __source_lsn=1), crime_row(saved=AT - 5, __source_lsn=2)]
    read = Read(mapping, *(message(n, row) for n, row in enumerate(rows)), shape="rows", vouch="event_time")
    assert len(read.crimes) == 2
    assert read.vouching.through(AT + SETTLED_MS + 1_000) == AT - 6
    assert Read(mapping, message(0, rows[0]), shape="rows").vouching.through(AT + 60_000) is None


def test_changes_vouch_by_the_time_of_their_commit(mapping: ColumnMapping) -> None:
    """Rows that were set aside too, since they are kept; a snapshot only at its end."""
    later = AT + SETTLED_MS + 1_000
    assert Read(mapping, message(0, envelope("c", {"ref": "C/1"}))).vouching.through(later) == AT - 2
    first = message(0, envelope("r", crime_row(), snapshot="first"))
    last = message(1, envelope("r", crime_row(), snapshot="last"))
    assert Read(mapping, first).vouching.through(later) is None
    assert Read(mapping, first, last).vouching.through(later) == AT - 2


def test_only_a_heartbeat_that_comes_through_the_databases_log_vouches(mapping: ColumnMapping) -> None:
    """Debezium's own says that the connector lives, not how far it has read."""
    for value, vouches in (
        ({"op": "m", "ts_ms": AT, "source": {"ts_ms": AT - 7}, "message": {}}, True),
        ({"ts_ms": AT}, False),
        (b"?", False),
    ):
        read = Read(mapping, heartbeat_topic="police.message")
        assert read.reader.heartbeat(message(0, value)) is vouches
        assert (read.vouching.through(AT + SETTLED_MS + 1_000) == AT - 8) is vouches


MEMBERS = ("op", "source", "before", "after", "schema", "payload", "ts_ms", "snapshot", "lsn", "ref", "saved", "id")
OF_SCHEMAS = ("name", "type", "fields", "field", "items", "parameters", "scale", "value", "status", "__op", "__deleted")
TYPE_NAMES = ("org.apache.kafka.connect.data.Decimal", "io.debezium.time.Date", "io.debezium.data.VariableScaleDecimal")
WORDS = st.sampled_from((*MEMBERS, *OF_SCHEMAS, "incidents"))
TEXTS = st.text(max_size=4) | st.sampled_from(
    (*TYPE_NAMES, "io.debezium.data.Json", "__debezium_unavailable_value", "c", "d", "t", "m", "true", "AP8Q", "[")
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | TEXTS
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | TEXTS, inner, max_size=6),
    max_leaves=25,
)
ENVELOPES = st.fixed_dictionaries(
    {"op": TEXTS, "source": st.dictionaries(WORDS, ANYTHING, max_size=4), "after": ANYTHING, "before": ANYTHING}
)
WRAPPED = st.fixed_dictionaries({"schema": ANYTHING, "payload": ENVELOPES | ANYTHING})


@given(
    ENVELOPES | WRAPPED | ANYTHING,
    ANYTHING,
    st.sampled_from(["notice", "refuse", "record"]),
    st.sampled_from(["debezium", "rows"]),
)
def test_no_message_stops_the_reading(
    mapping: ColumnMapping, value: object, key: object, deleted: str, shape: str
) -> None:
    """Whatever it is: what cannot be read is set aside, and the next one is read."""
    content = json.dumps(value).encode()
    strange = TopicMessage("police.crime", 0, 3, json.dumps(key).encode(), content, AT)
    good = message(4, envelope("c", crime_row()) if shape == "debezium" else crime_row(__source_lsn=1))
    read = Read(mapping, strange, good, deleted=deleted, shape=shape)
    assert isinstance(read.rows[-1].record, Crime)
    read.reader.heartbeat(strange)


def test_rows_within_rows_without_end_are_set_aside(mapping: ColumnMapping) -> None:
    """What a program can still decode may be too deep to go through."""
    content = b'{"ref": ' + b'{"a": ' * 900 + b"1" + b"}" * 901
    read = Read(mapping, message(3, content), shape="rows")
    assert len(read.refusals) == 1


def test_the_shipped_recipe_can_be_read() -> None:
    """Its mapping is one of a source topic."""
    from deploy.connect.feeds_file import read_feeds

    folder = Path("deploy/connect/recipes/debezium-postgresql")
    (feed,) = read_feeds(folder / "feeds.toml").values()
    assert isinstance(feed, TopicFeed)
    assert read_mapping(str(folder / "mapping.toml")).topic == feed.topic
