from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.times import EARLIEST, LATEST, from_rfc3339, to_rfc3339
from tests.schemas.strategies import MOMENTS

NINE = 1_367_398_800_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2013-05-01T09:00:00Z", NINE),
        ("2013-05-01T09:00:00.000Z", NINE),
        ("2013-05-01t09:00:00z", NINE),
        ("2013-05-01 09:00:00Z", NINE),
        ("2013-05-01T10:00:00+01:00", NINE),
        ("2013-05-01T09:00:00-00:00", NINE),
        ("2013-05-01T09:00:00.1Z", NINE + 100),
        ("2013-05-01T09:00:00.12Z", NINE + 120),
        ("2013-05-01T09:00:00.123Z", NINE + 123),
        ("2013-05-01T09:00:00.1239Z", NINE + 123),
        ("2013-05-01T09:00:00.123999999Z", NINE + 123),
        ("2013-05-01T09:00:00.999999999+00:00", NINE + 999),
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.9999Z", -1),
        ("2012-02-29T00:00:00Z", 1_330_473_600_000),
        ("1900-01-01T00:00:00Z", EARLIEST),
        ("1900-01-01T01:00:00+01:00", EARLIEST),
        ("9999-12-31T23:59:59.999Z", LATEST),
        ("9999-12-31T22:59:59.999-01:00", LATEST),
    ],
)
def test_reads_every_spelling_of_rfc_3339(text: str, ms: int) -> None:
    """Any offset, T or a space, and up to nine decimals, truncated to the millisecond."""
    assert from_rfc3339(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2013-05-01",
        "2013-05-01T09:00:00",
        "2013-05-01T09:00:00.000",
        "2013-05-01T09:00Z",
        "2013-05-01T09:00:00+0100",
        "2013-05-01T09:00:00+01",
        "2013-05-01T09:00:00+01:00:30",
        "2013-05-01T09:00:00+24:00",
        "2013-05-01T09:00:00,123Z",
        "2013-05-01T09:00:00.Z",
        "2013-05-01T09:00:00.1234567890Z",
        "2013-W18-3T09:00:00Z",
        "20130501T090000.123Z",
        "2013-05-01_09:00:00Z",
        "2013-05-01T09:00:00Z ",
        "2013-05-01T09:00:00Z\n",
        "2013-02-30T00:00:00Z",
        "2013-02-29T00:00:00Z",
        "2013-13-01T00:00:00Z",
        "2013-05-01T24:00:00Z",
        "2013-05-01T23:59:60Z",
        "٢٠١٣-05-01T09:00:00Z",
        "2013-05-01T09:00:00.\ud800\ud800\ud800Z",
        "0000-01-01T00:00:00Z",
        "1899-12-31T23:59:59.999Z",
        "1900-01-01T00:59:59.999+01:00",
        "9999-12-31T23:00:00-01:00",
    ],
)
def test_refuses_what_is_no_moment_with_a_sentence_that_does_not_repeat_it(text: str) -> None:
    """A wrong time is a ValueError; whatever stood there stays out of its message."""
    with pytest.raises(ValueError, match=" ") as refusal:
        from_rfc3339(text)
    assert not text or text not in str(refusal.value)


def test_quick_way_reads_nothing_the_grammar_does_not_know() -> None:
    """Whatever four characters follow the seconds, it is read only where RFC 3339 allows it."""
    grammar = re.compile(r"(\.[0-9]{3})Z")
    for tail in product("0+-:.,ZW ", repeat=4):
        text = f"2013-05-01T09:00:00{''.join(tail)}Z"
        try:
            from_rfc3339(text)
        except ValueError:
            assert not grammar.fullmatch(text[19:])
        else:
            assert grammar.fullmatch(text[19:])


@pytest.mark.parametrize("ms", [EARLIEST - 1, LATEST + 1, 2**63])
def test_refuses_to_write_an_impossible_date(ms: int) -> None:
    """A moment outside 1900 to 9999 has no text."""
    with pytest.raises(ValueError, match="outside 1900 to 9999"):
        to_rfc3339(ms)


@given(MOMENTS)
def test_text_round_trips(ms: int) -> None:
    """What is written has one shape and is read as the same moment."""
    text = to_rfc3339(ms)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    assert from_rfc3339(text) == ms


@given(st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30)), st.integers(-1439, 1439))  # noqa: DTZ001 - as said
def test_agrees_with_datetime(local: datetime, offset_minutes: int) -> None:
    """Any local time with any offset is the moment datetime says it is."""
    moment = local.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    assert from_rfc3339(moment.isoformat()) == (moment - EPOCH) // timedelta(milliseconds=1)


@given(MOMENTS, MOMENTS)
def test_text_sorts_as_moments_do(left: int, right: int) -> None:
    """Written moments compare like the moments themselves."""
    assert (to_rfc3339(left) < to_rfc3339(right)) == (left < right)
