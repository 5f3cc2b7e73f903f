from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schemas.admission import admit, require_key, require_not_ahead
from schemas.records import Crime, Heartbeat, Incident, OffenderHistory, Snapshot
from schemas.refusals import REASONS, BadRecordError
from schemas.times import EARLIEST, LATEST
from tests.schemas.examples import CRIME, HEARTBEAT, INCIDENT, NINE

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
