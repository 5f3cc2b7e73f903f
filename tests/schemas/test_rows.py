from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import rows
from schemas.admission import UnknownClasses
from schemas.products import Alert, DeadLetter, Fact
from schemas.records import AsbReport, Crime, Heartbeat, Incident, Link, NoCrime, OffenderHistory, Snapshot
from schemas.refusals import BadRecordError
from schemas.rows import from_fields, read_json, write_json
from schemas.shapes import Record
from tests.schemas.examples import CRIME, HEARTBEAT, INCIDENT, LINK, NINE
from tests.schemas.strategies import records

SECRET = "12 Secret Street"  # free text that may stand in any field by mistake


def line_of(record: Record, **changes: Any) -> bytes:
    """Write a record's line with some fields changed; one that becomes ``...`` is left out."""
    fields = {**json.loads(write_json(record)), **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def refusal(topic: str, line: bytes) -> BadRecordError:
    """Read a line that must be refused."""
    with pytest.raises(BadRecordError) as caught:
        read_json(topic, line)
    return caught.value


@given(records())
def test_what_is_written_is_read(record: Record) -> None:
    """Every record comes back the same, by its type and, from a source, by its topic."""
    line = write_json(record)
    assert b"\n" not in line
    assert rows._read(type(record), rows._object(line)) == record
    if isinstance(record, Snapshot | Heartbeat):
        assert read_json(record.TOPIC if isinstance(record, Snapshot) else Incident.TOPIC, line) == record


@given(records())
def test_lines_are_plain_json_with_every_field_in_order(record: Record) -> None:
    """Two writers of one record write the same bytes, whatever is null or empty."""
    assert tuple(json.loads(write_json(record))) == type(record).__struct_fields__


def test_an_alert_is_written_as_people_read_it() -> None:
    """Times with milliseconds and Z, nulls and empty lists spelt out, fields in the contract's order."""
    alert = Alert(
        alert_id="a",
        force="LEICS",
        rule_id="crime-not-recorded",
        policy_version="1",
        subject_system="STORM",
        subject_ref="INC/1",
        severity="HIGH",
        status="CLEARED",
        certainty="CONFIRMED",
        due_at=NINE,
        breached_at=NINE,
        raised_at=NINE + 1,
        updated_at=NINE + 1,
        sequence=1,
        reason="RECORDED_LATE",
        lateness_ms=1,
        title="Zoë's crime",
        facts=(Fact(name="reported_at", value="x", event_id="e-1"), Fact(name="k", value="1")),
    )
    assert write_json(alert).decode() == (
        '{"alert_id":"a","force":"LEICS","rule_id":"crime-not-recorded","policy_version":"1","subject_system":"STORM",'
        '"subject_ref":"INC/1","team":null,"beat":null,"offence_class":null,"discriminator":null,"severity":"HIGH",'
        '"status":"CLEARED","certainty":"CONFIRMED","due_at":"2013-05-01T09:00:00.000Z",'
        '"breached_at":"2013-05-01T09:00:00.000Z","raised_at":"2013-05-01T09:00:00.001Z",'
        '"updated_at":"2013-05-01T09:00:00.001Z","sequence":1,"reason":"RECORDED_LATE","lateness_ms":1,'
        '"title":"Zoë\'s crime","facts":[{"name":"reported_at","value":"x","event_id":"e-1"},'
        '{"name":"k","value":"1","event_id":null}]}'
    )


def test_bytes_are_written_as_base64() -> None:
    """A dead letter's message may be anything."""
    letter = DeadLetter(
        topic="t", partition=0, offset=0, ingest_time=-1, key=b"\xff", value=None, reason="NOT_AVRO", detail="d"
    )
    fields = json.loads(write_json(letter))
    assert (fields["key"], fields["value"], fields["ingest_time"]) == ("/w==", None, "1969-12-31T23:59:59.999Z")


def test_an_impossible_moment_is_not_written() -> None:
    """A record made outside the door may hold one; its line would not be read again."""
    with pytest.raises(ValueError, match="outside 1900 to 9999"):
        write_json(msgspec.structs.replace(HEARTBEAT, complete_through=2**60))


def test_a_line_without_event_id_is_a_heartbeat() -> None:
    """In a feed's file, with any offset."""
    line = b'{"force": "LEICS", "source": "STORM", "complete_through": "2013-05-01T10:00:00+01:00", "more": 1}'
    assert read_json(Incident.TOPIC, line) == HEARTBEAT


def test_links_have_no_heartbeat() -> None:
    """They are no feed; a line without event_id is a broken link."""
    refused = refusal(Link.TOPIC, write_json(HEARTBEAT))
    assert (refused.reason, refused.detail) == ("MISSING_FIELD", "event_id: required, and not there")
    assert read_json(Link.TOPIC, write_json(LINK)) == LINK


def test_defaults_need_not_be_written() -> None:
    """A line holds what its system knows; what it does not is null, false or empty."""
    line = line_of(INCIDENT, **dict.fromkeys(("revision", "closed_at", "qualifiers", "fcr_oversight", "team"), ...))
    assert read_json(Incident.TOPIC, line) == INCIDENT


def test_fields_of_later_times_are_ignored() -> None:
    """Adding fields is free, at every depth."""
    line = line_of(CRIME, grade=[1], partner_referrals=[{"agency": "A", "referred_at": "2013-05-01T09:00:00Z", "x": 1}])
    decoded = read_json(Crime.TOPIC, line)
    assert isinstance(decoded, Crime)
    assert [(referral.agency, referral.referred_at) for referral in decoded.partner_referrals] == [("A", NINE)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "EMPTY_VALUE"),
        (b" \r\n", "EMPTY_VALUE"),
        (b"{", "NOT_JSON"),
        (b"[]", "NOT_JSON"),
        (b"null", "NOT_JSON"),
        (b'{"event_id": NaN}', "NOT_JSON"),
        (b'{"event_id": "\xff"}', "NOT_JSON"),
        (b'{"event_id": "\\ud800"}', "NOT_JSON"),
        (b'{"event_id": "e"} {}', "NOT_JSON"),
        (b'{"a":' * 100_000, "NOT_JSON"),
    ],
)
def test_refuses_what_is_no_json_object(line: bytes, reason: str) -> None:
    """One object a line, and nothing else."""
    assert refusal(Incident.TOPIC, line).reason == reason


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"incident_ref": ...}, "MISSING_FIELD", "incident_ref"),
        ({"reported_at": ...}, "MISSING_FIELD", "reported_at"),
        ({"reported_at": None}, "WRONG_TYPE", "reported_at"),
        ({"reported_at": NINE}, "WRONG_TYPE", "reported_at"),
        ({"reported_at": SECRET}, "IMPOSSIBLE_DATE", "reported_at"),
        ({"closed_at": "2013-02-30T00:00:00Z"}, "IMPOSSIBLE_DATE", "closed_at"),
        ({"closed_at": "2013-05-01T00:00:00"}, "IMPOSSIBLE_DATE", "closed_at"),
        ({"closed_at": "1013-05-01T00:00:00Z"}, "IMPOSSIBLE_DATE", "closed_at"),
        ({"event_id": None}, "WRONG_TYPE", "event_id"),
        ({"event_id": 7}, "WRONG_TYPE", "event_id"),
        ({"event_id": " \t"}, "EMPTY_EVENT_ID", "event_id"),
        ({"force": ""}, "EMPTY_FORCE", "force"),
        ({"force": "LE\0ICS"}, "EMPTY_FORCE", "force"),
        ({"incident_ref": "-/-"}, "EMPTY_REFERENCE", "incident_ref"),
        ({"channel": SECRET}, "UNKNOWN_VALUE", "channel"),
        ({"disposition": "crimed"}, "UNKNOWN_VALUE", "disposition"),
        ({"offence_class": 7}, "WRONG_TYPE", "offence_class"),
        ({"crimes_expected": "1"}, "WRONG_TYPE", "crimes_expected"),
        ({"crimes_expected": 1.5}, "WRONG_TYPE", "crimes_expected"),
        ({"crimes_expected": True}, "WRONG_TYPE", "crimes_expected"),
        ({"crimes_expected": 2**31}, "OUT_OF_RANGE", "crimes_expected"),
        ({"revision": 2**63}, "OUT_OF_RANGE", "revision"),
        ({"reporter_informed": SECRET}, "WRONG_TYPE", "reporter_informed"),
        ({"revision": None}, "WRONG_TYPE", "revision"),
        ({"crime_refs": None}, "WRONG_TYPE", "crime_refs"),
        ({"crime_refs": SECRET}, "WRONG_TYPE", "crime_refs"),
        ({"crime_refs": [1]}, "WRONG_TYPE", "crime_refs[0]"),
    ],
)
def test_refuses_a_field_by_name_and_reason(changes: dict[str, Any], reason: str, field: str) -> None:
    """The sentence names the field and what was expected of it, never what stood there."""
    refused = refusal(Incident.TOPIC, line_of(INCIDENT, **changes))
    assert refused.reason == reason
    assert refused.detail.startswith(field)
    assert SECRET not in str(refused)


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"channel": SECRET}, "channel: one of PHONE, ONLINE, COUNTER, OFFICER, PARTNER, OTHER"),
        ({"disposition": "crimed"}, "disposition: one of CRIMED, CRIME_RELATED_INCIDENT, NOT_A_CRIME, "),
    ],
)
def test_the_words_that_a_field_may_hold_are_named(changes: dict[str, Any], detail: str) -> None:
    """Whoever writes an export finds them nowhere sooner."""
    assert refusal(Incident.TOPIC, line_of(INCIDENT, **changes)).detail.startswith(detail)


@pytest.mark.parametrize(
    ("referral", "reason", "detail"),
    [
        ({"agency": "A"}, "MISSING_FIELD", "partner_referrals[0].referred_at: required, and not there"),
        ({"agency": "A", "referred_at": 5}, "WRONG_TYPE", "partner_referrals[0].referred_at: "),
        ({"agency": "A", "referred_at": SECRET}, "IMPOSSIBLE_DATE", "partner_referrals[0].referred_at: "),
        (SECRET, "WRONG_TYPE", "partner_referrals[0]: "),
    ],
)
def test_refuses_a_field_inside_a_list_by_its_place(referral: Any, reason: str, detail: str) -> None:
    """A smaller record is held to the same."""
    refused = refusal(Crime.TOPIC, line_of(CRIME, partner_referrals=[referral]))
    assert refused.reason == reason
    assert refused.detail.startswith(detail)
    assert SECRET not in str(refused)


def test_refuses_a_list_of_records_that_is_none() -> None:
    """Text where a list of records is wanted."""
    assert refusal(Crime.TOPIC, line_of(CRIME, partner_referrals=SECRET)).reason == "WRONG_TYPE"
    history = b'{"event_id":"e","force":"L","source":"P","event_time":"2013-05-01T09:00:00Z","offender_id":"O",'
    history += b'"as_of":"2013-05-01T09:00:00Z","entries":'
    assert refusal(OffenderHistory.TOPIC, history + b'"x"}').reason == "WRONG_TYPE"
    assert refusal(OffenderHistory.TOPIC, history + b'["x"]}').reason == "WRONG_TYPE"


def test_refuses_a_heartbeat_without_a_force() -> None:
    """Nobody would know whose feed is complete."""
    assert refusal(Incident.TOPIC, line_of(HEARTBEAT, force=" ")).reason == "EMPTY_FORCE"
    assert refusal(Incident.TOPIC, line_of(HEARTBEAT, force="LE\0ICS")).reason == "EMPTY_FORCE"
    assert refusal(Incident.TOPIC, line_of(HEARTBEAT, complete_through=...)).reason == "MISSING_FIELD"


def test_unknown_offence_classes_are_counted_wherever_they_stand() -> None:
    """Read as OTHER, in the record and in what it holds."""
    counted = UnknownClasses()
    history = (
        b'{"event_id":"e","force":"L","source":"P","event_time":"2013-05-01T09:00:00Z","offender_id":"O",'
        b'"as_of":"2013-05-01T09:00:00Z","entries":['
        b'{"kind":"PND","date":"2013-05-01T09:00:00Z","offence_class":"PIRACY"},'
        b'{"kind":"PND","date":"2013-05-01T09:00:00Z","offence_class":"DRUGS"}]}'
    )
    decoded = read_json(OffenderHistory.TOPIC, history, counted)
    assert isinstance(decoded, OffenderHistory)
    assert [entry.offence_class for entry in decoded.entries] == ["OTHER", "DRUGS"]
    strange = line_of(INCIDENT, offence_class="PIRACY")
    assert read_json(Incident.TOPIC, strange, counted) == msgspec.structs.replace(INCIDENT, offence_class="OTHER")
    assert counted == {"PIRACY": 2}
    assert read_json(Incident.TOPIC, strange) == msgspec.structs.replace(INCIDENT, offence_class="OTHER")


def test_unknown_offence_classes_do_not_fill_the_memory() -> None:
    """Beyond a hundred different ones they are counted together; those known before go on."""
    counted = UnknownClasses()
    for number in (*range(103), 0):
        read_json(Incident.TOPIC, line_of(INCIDENT, offence_class=f"X{number}"), counted)
    assert len(counted) == 101
    assert (counted[""], counted["X0"]) == (3, 2)


def test_an_unknown_topic_is_a_bug_not_bad_data() -> None:
    """Nobody reads a file of a topic he does not know."""
    with pytest.raises(KeyError):
        read_json("storm.weather.v1", b"{}")


@given(st.binary(max_size=40) | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_any_line_is_read_or_refused(document: Any) -> None:
    """No line gets past the two ends: a record, or a reason."""
    line = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(BadRecordError):
        read_json(Incident.TOPIC, line)


@given(
    st.sampled_from(Incident.__struct_fields__),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=3,
    ),
)
def test_any_value_in_any_field_is_read_or_refused(name: str, value: Any) -> None:
    """The same, one field at a time."""
    try:
        decoded = read_json(Incident.TOPIC, line_of(INCIDENT, **{name: value}))
    except BadRecordError:
        return
    assert isinstance(decoded, Incident)


ROW = {
    "event_id": "e-1",
    "force": "LEICS",
    "source": "STORM",
    "event_time": "2013-05-01T09:10:00Z",
    "incident_ref": "INC/000123/13",
    "reported_at": "2013-05-01 10:00:00+01:00",
    "channel": "PHONE",
    "reporter": "VICTIM",
    "opening_code": "BURGLARY",
    "offence_class": "BURGLARY",
    "crimes_expected": "1",
    "status": "OPEN",
    "crime_refs": "CR/1/13; CR/2/13",
    "call_handler": "A. Handler",
    "closed_at": "",
    "revision": "",
    "reporter_informed": "",
    "team": None,
    "Column 27": "x",
}


def test_a_row_of_text_is_read_as_its_record() -> None:
    """Numbers, times and lists as text; an empty cell is a field not stated."""
    assert from_fields(Incident.TOPIC, ROW) == INCIDENT


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("TRUE", True), ("1", True), ("false", False), ("0", False)]
)
def test_a_row_may_spell_truth_as_text(text: str, value: bool) -> None:
    """As spreadsheets write it."""
    assert from_fields(Incident.TOPIC, {**ROW, "fcr_oversight": text}) == msgspec.structs.replace(
        INCIDENT, fcr_oversight=value
    )


@pytest.mark.parametrize("cell", ["CR/1/13;;CR/2/13;", '["CR/1/13", "CR/2/13"]', ["CR/1/13", "CR/2/13"]])
def test_a_row_may_spell_a_list_as_text_or_json_or_be_one(cell: Any) -> None:
    """Whatever the mapping left it as."""
    assert from_fields(Incident.TOPIC, {**ROW, "crime_refs": cell}) == INCIDENT


def test_a_row_may_hold_smaller_records_as_json() -> None:
    """No-crime decisions stand on verifiable information; a CSV file can bring it."""
    row = {
        "event_id": "e",
        "force": "LEICS",
        "source": "CIS",
        "event_time": "2013-05-01T09:00:00Z",
        "crime_ref": "CR/1/13",
        "decided_at": "2013-05-01T09:00:00Z",
        "decided_by": "F",
        "decided_by_role": "FCR",
        "reason": "NO_CRIME",
        "offence_class": "ROBBERY",
        "independent": "true",
        "avi": '[{"kind": "CCTV", "detail": "d", "verified_by": "V"}]',
    }
    decoded = from_fields(NoCrime.TOPIC, row)
    assert isinstance(decoded, NoCrime)
    assert [(item.kind, item.verified_by) for item in decoded.avi] == [("CCTV", "V")]


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"event_id": ""}, "EMPTY_EVENT_ID", "event_id"),
        ({"reported_at": ""}, "IMPOSSIBLE_DATE", "reported_at"),
        ({"status": ""}, "UNKNOWN_VALUE", "status"),
        ({"crimes_expected": "one"}, "WRONG_TYPE", "crimes_expected"),
        ({"fcr_oversight": "perhaps"}, "WRONG_TYPE", "fcr_oversight"),
        ({"crime_refs": "[1"}, "WRONG_TYPE", "crime_refs"),
        ({"crime_refs": "[1]"}, "WRONG_TYPE", "crime_refs"),
        ({"crime_refs": "[" * 100_000}, "WRONG_TYPE", "crime_refs"),
        ({"crime_refs": '["\udce9"]'}, "WRONG_TYPE", "crime_refs"),
        ({"location": "Caf\udce9"}, "WRONG_TYPE", "location: text that is no Unicode"),
        ({"crime_refs": ["\udce9"]}, "WRONG_TYPE", "crime_refs[0]: text that is no Unicode"),
        ({"crime_refs": '["a\\u0000"]'}, "WRONG_TYPE", "crime_refs[0]: holds a NUL"),
        ({"incident_ref": "2.0171E+11"}, "WRONG_TYPE", "incident_ref: a number in a spreadsheet's spelling"),
        ({"incident_ref": " 2,0171e+11 "}, "WRONG_TYPE", "incident_ref: a number in a spreadsheet's spelling"),
        ({"event_id": "2E+11"}, "WRONG_TYPE", "event_id: a number in a spreadsheet's spelling"),
        ({"victim_token": "2E+11"}, "WRONG_TYPE", "victim_token: a number in a spreadsheet's spelling"),
        ({"duplicate_of": "2E+11"}, "WRONG_TYPE", "duplicate_of: a number in a spreadsheet's spelling"),
        ({"crime_refs": "CR/1;2.01E+11"}, "WRONG_TYPE", "crime_refs: a number in a spreadsheet's spelling"),
        ({"incident_ref": "2.0171E11"}, "WRONG_TYPE", "incident_ref: a number in a spreadsheet's spelling"),
        ({"crime_refs": ["2,0171e-4"]}, "WRONG_TYPE", "crime_refs: a number in a spreadsheet's spelling"),
        ({"incident_ref": "43586.41667"}, "WRONG_TYPE", "incident_ref: a date and time as a spreadsheet counts"),
        ({"duplicate_of": "43586,417"}, "WRONG_TYPE", "duplicate_of: a date and time as a spreadsheet counts"),
        ({"victim_token": "#N/A"}, "WRONG_TYPE", "victim_token: what a spreadsheet shows in the place of a value"),
        ({"crime_refs": "CR/1;#REF!"}, "WRONG_TYPE", "crime_refs: what a spreadsheet shows in the place of a value"),
        ({"incident_ref": "=A1&B1"}, "WRONG_TYPE", "incident_ref: a spreadsheet's formula"),
    ],
)
def test_a_row_is_refused_like_a_line(changes: dict[str, Any], reason: str, field: str) -> None:
    """The same reasons, and one more: text a file's reader could not decode."""
    with pytest.raises(BadRecordError) as caught:
        from_fields(Incident.TOPIC, {**ROW, **changes})
    assert caught.value.reason == reason
    assert caught.value.detail.startswith(field)


@pytest.mark.parametrize(
    ("name", "reason", "detail"),
    [
        ("event_time", "IMPOSSIBLE_DATE", "event_time: blank"),
        ("reported_at", "IMPOSSIBLE_DATE", "reported_at: blank"),
        ("status", "UNKNOWN_VALUE", "status: blank; one of OPEN, CLOSED"),
    ],
)
def test_a_blank_cell_that_a_record_needs_is_called_blank(name: str, reason: str, detail: str) -> None:
    """Whoever reads the refusal looks for a cell without anything in it, not for a time badly written."""
    with pytest.raises(BadRecordError) as caught:
        from_fields(Incident.TOPIC, {**ROW, name: ""})
    assert (caught.value.reason, caught.value.detail) == (reason, detail)


@pytest.mark.parametrize(
    "reference", ["2E11", "CR/2E+11", "2017E+", "E+11", "12E-3", "2.0171", "43586.4", "13586.41667", "#12"]
)
def test_a_reference_that_only_resembles_a_number_is_read(reference: str) -> None:
    """Only a spreadsheet's own spelling is refused."""
    assert from_fields(Incident.TOPIC, {**ROW, "incident_ref": reference}) == msgspec.structs.replace(
        INCIDENT, incident_ref=reference
    )


@pytest.mark.parametrize(
    ("found", "replacement", "problem"),
    [
        (b'"revision":0', b'"revision":0,"revision":1', "revision is stated twice"),
        (b'"revision":0', b'"revision":0,"revision" : 0', "revision is stated twice"),
        (b'"revision":0', b'"revision":0,"revisi\\u006fn":0', "revision is stated twice"),
        (b'"revision":0', b'"revision":0,"12 High Street":1,"12 High Street":2', "a key is stated twice"),
        (b'"revision":0', b'"revision":0,"more":[[{"team":1,"team":2}]]', "team is stated twice"),
        (b'"agency":"Victim Support"', b'"agency":"A","agency":"B"', "agency is stated twice"),
        (b'"location":null', b'"location":"\\":","location":"\\":"', "location is stated twice"),
        (b'"location":null', b'"location":":","team":""', "team is stated twice"),
    ],
)
def test_a_key_that_is_stated_twice_is_named(found: bytes, replacement: bytes, problem: str) -> None:
    """In the record, in what it holds, and in fields that are ignored; only names of fields are repeated."""
    line = write_json(CRIME)
    assert found in line
    caught = refusal(Crime.TOPIC, line.replace(found, replacement))
    assert (caught.reason, caught.detail) == ("NOT_JSON", f"{problem} in one object")


@given(
    st.recursive(
        st.none() | st.text('":\\ ab', max_size=6),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('":\\ ab', max_size=3), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]),
)
def test_keys_that_are_stated_once_are_no_fault(value: Any, separators: tuple[str, str]) -> None:
    """Whatever signs the texts hold, and however the JSON is spaced."""
    fields = {**json.loads(write_json(INCIDENT)), "more": value}
    assert read_json(Incident.TOPIC, json.dumps(fields, separators=separators).encode()) == INCIDENT


def test_a_key_that_a_row_states_twice_in_its_list_is_named() -> None:
    """A CSV cell may hold JSON."""
    with pytest.raises(BadRecordError, match="NOT_JSON: agency is stated twice in one object"):
        from_fields(Crime.TOPIC, {"partner_referrals": '[{"agency": "A", "agency": "B"}]'})


def test_a_row_counts_unknown_offence_classes() -> None:
    """As a line does."""
    counted = UnknownClasses()
    row = {
        "event_id": "e",
        "force": "LEICS",
        "source": "SENTINEL",
        "event_time": "2013-05-01T09:00:00Z",
        "asb_ref": "ASB/1",
        "reported_at": "2013-05-01T09:00:00Z",
        "partner": "FORCE",
        "offence_class": "PIRACY",
    }
    decoded = from_fields(AsbReport.TOPIC, row, counted)
    assert isinstance(decoded, AsbReport)
    assert (decoded.offence_class, counted) == ("OTHER", {"PIRACY": 1})


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"crimes_expected": "two"}, "crimes_expected: not a whole number"),
        ({"revision": "1_0"}, "revision: not a whole number"),
        ({"fcr_oversight": "perhaps"}, "fcr_oversight: neither true nor false"),
    ],
)
def test_a_text_that_spells_no_value_is_refused_in_words(changes: dict[str, str], detail: str) -> None:
    """Whoever exported a table knows its columns, and not the types that a program gives them."""
    with pytest.raises(BadRecordError) as caught:
        from_fields(Incident.TOPIC, {**ROW, **changes})
    assert (caught.value.reason, caught.value.detail) == ("WRONG_TYPE", detail)


def test_a_time_that_is_null_is_refused_as_no_time() -> None:
    """And not as a number, which no line of a file has for a time."""
    refused = refusal(Incident.TOPIC, line_of(INCIDENT, event_time=None))
    assert refused.detail == "event_time: Expected an RFC 3339 time, got `null`"
