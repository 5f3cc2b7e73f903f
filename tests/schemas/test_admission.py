from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from schemas.admission import admit, require_key, require_not_ahead
from schemas.products import AlertAction, Erasure
from schemas.records import SOURCE_RECORDS, Crime, Heartbeat, Incident, OffenderHistory, Snapshot
from schemas.refusals import REASONS, BadRecordError
from schemas.shapes import Record
from schemas.times import EARLIEST, LATEST
from tests.schemas.examples import CRIME, HEARTBEAT, INCIDENT, NINE, filled

DAY = 86_400_000


@pytest.mark.parametrize("record", [INCIDENT, HEARTBEAT])
def test_a_record_travels_under_its_own_force(record: Snapshot | Heartbeat) -> None:
    """The key is the force in UTF-8, to the byte."""
    require_key(record, b"LEICS")
    for key in (b"leics", b"LEICS ", b"", None):
        with pytest.raises(BadRecordError, match="WRONG_KEY"):
            require_key(record, key)


@pytest.mark.parametrize(
    ("record", "name", "moment"),
    [(INCIDENT, "event_time", NINE + 600_000), (HEARTBEAT, "complete_through", NINE)],
)
def test_a_record_may_be_ahead_of_its_arrival_by_the_allowance(
    record: Snapshot | Heartbeat, name: str, moment: int
) -> None:
    """Exactly the allowance is let in; one millisecond more would drive time itself."""
    require_not_ahead(record, moment, 0)
    require_not_ahead(record, moment - DAY, DAY)
    with pytest.raises(BadRecordError, match=f"FAR_FUTURE: {name} "):
        require_not_ahead(record, moment - DAY - 1, DAY)


@pytest.mark.parametrize(("allowance", "words"), [(DAY, "24 hours"), (30 * DAY, "30 days"), (90_000, "90 seconds")])
def test_how_far_ahead_is_said_in_words(allowance: int, words: str) -> None:
    """Nobody reads 86400000 as a day."""
    with pytest.raises(BadRecordError) as caught:
        require_not_ahead(HEARTBEAT, NINE - 31 * DAY, allowance)
    assert caught.value.detail == f"complete_through is more than {words} ahead of its arrival"


COUNTS = [
    (record, name)
    for record in SOURCE_RECORDS
    for name in ("crimes_expected", "offender_age", "goods_value_pence")
    if name in record.__struct_fields__
]


@pytest.mark.parametrize(("record", "name"), COUNTS)
def test_a_number_below_zero_is_refused(record: type[Snapshot], name: str) -> None:
    """-1 crime would be a decision that there was none, -1 year an offender too young; 0 is let in."""
    fields = msgspec.to_builtins(filled(record))
    assert getattr(admit(record, {**fields, name: 0}), name) == 0
    for number in (-1, -(2**31)):
        with pytest.raises(BadRecordError) as caught:
            admit(record, {**fields, name: number})
        assert (caught.value.reason, caught.value.detail) == ("OUT_OF_RANGE", f"{name}: a number below 0")


@pytest.mark.parametrize("ms", [EARLIEST, LATEST])
def test_the_first_and_the_last_moment_are_let_in(ms: int) -> None:
    """1900 to 9999, both ends included."""
    assert admit(Incident, {**msgspec.to_builtins(INCIDENT), "closed_at": ms}).closed_at == ms


@pytest.mark.parametrize("ms", [EARLIEST - 1, LATEST + 1])
@pytest.mark.parametrize("name", ["event_time", "closed_at"])
def test_an_impossible_date_is_refused(name: str, ms: int) -> None:
    """One millisecond beyond either end, in a required field and in one that may be null."""
    with pytest.raises(BadRecordError) as caught:
        admit(Incident, {**msgspec.to_builtins(INCIDENT), name: ms})
    assert (caught.value.reason, caught.value.detail) == ("IMPOSSIBLE_DATE", f"{name}: outside 1900 to 9999")


def test_an_impossible_date_inside_a_list_is_refused() -> None:
    """Named by its place."""
    fields = msgspec.to_builtins(CRIME)
    fields["partner_referrals"] = [{"agency": "A", "referred_at": LATEST + 1}]
    with pytest.raises(BadRecordError) as caught:
        admit(Crime, fields)
    assert caught.value.reason == "IMPOSSIBLE_DATE"
    assert caught.value.detail == "partner_referrals[0].referred_at: outside 1900 to 9999"


def test_an_impossible_heartbeat_is_refused() -> None:
    """It would drive time itself."""
    with pytest.raises(BadRecordError, match="IMPOSSIBLE_DATE: complete_through"):
        admit(Heartbeat, {"force": "LEICS", "source": "STORM", "complete_through": LATEST + 1})


@pytest.mark.parametrize(
    ("record_type", "fields"),
    [
        (Incident, {**msgspec.to_builtins(INCIDENT), "incident_ref": "é"}),
        (Crime, {**msgspec.to_builtins(CRIME), "crime_ref": ""}),
        (
            OffenderHistory,
            {"event_id": "e", "force": "L", "source": "P", "event_time": 0, "offender_id": " ", "as_of": 0},
        ),
    ],
)
def test_an_identity_of_nothing_is_refused(record_type: type[Snapshot], fields: dict[str, Any]) -> None:
    """A reference that normalises to nothing would be everybody's."""
    with pytest.raises(BadRecordError, match="EMPTY_REFERENCE"):
        admit(record_type, fields)


def test_a_refusal_says_why_in_one_of_the_closed_reasons() -> None:
    """Metrics are labelled with it."""
    refusal = BadRecordError("WRONG_KEY", "a sentence")
    assert refusal.reason in REASONS
    assert (refusal.detail, str(refusal)) == ("a sentence", "WRONG_KEY: a sentence")
    assert isinstance(refusal, ValueError)


def texts(value: Any, place: str = "") -> Iterator[tuple[str, list[str | int]]]:
    """Yield where a record's fields hold text that may be anything, as the refusal names it and as a path."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, item in items:
        here = f"{place}[{name}]" if isinstance(name, int) else f"{place}.{name}".lstrip(".")
        if isinstance(item, str):
            yield here, [name]
        elif isinstance(item, dict | list | tuple):
            yield from ((there, [name, *path]) for there, path in texts(item, here))


def spoiled(fields: Any, path: list[str | int], text: str) -> Any:
    """Return fields with another text at a place."""
    copied: Any = json.loads(msgspec.json.encode(fields))
    inner = copied
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = text
    return copied


@pytest.mark.parametrize(
    "record_type", [*SOURCE_RECORDS, Heartbeat, AlertAction, Erasure], ids=lambda record_type: record_type.__name__
)
@pytest.mark.parametrize(("text", "problem"), [("A\0B", "NUL"), ("A\ud800", "no Unicode"), ("\udfffA", "no Unicode")])
def test_text_that_no_database_takes_is_refused_in_every_field(
    record_type: type[Record], text: str, problem: str
) -> None:
    """Named by its place, in references, free text and smaller records alike; offence classes become OTHER."""
    fields = msgspec.to_builtins(filled(record_type))
    refused = 0
    for place, path in texts(fields):
        if "offence_class" in path or "offence_classes" in path:
            continue
        with pytest.raises(BadRecordError) as caught:
            admit(record_type, spoiled(fields, path, text))
        if caught.value.reason == "UNKNOWN_VALUE":
            continue
        refused += 1
        assert caught.value.reason in ({"WRONG_TYPE", "EMPTY_FORCE"} if place == "force" else {"WRONG_TYPE"})
        assert caught.value.detail.startswith(place)
        assert problem in caught.value.detail
    assert refused >= 2


def test_a_backslash_before_u0000_is_text() -> None:
    """What somebody typed is not the character."""
    assert admit(Incident, {**msgspec.to_builtins(INCIDENT), "location": "\\u0000"}).location == "\\u0000"
