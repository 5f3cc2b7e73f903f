"""referral-not-audited: referrals with vulnerable people, and a sample of the others, are audited in a fortnight."""

from __future__ import annotations

from typing import Any

import pytest

from streams.obligations.referral_audit import percentile
from tests.streams.world import policy, reading, referral, run

RULE = "referral-not-audited"
DUE = "2016-03-24 09:00"


def received(until: str, ref: str = "R-1", **stated: Any) -> str | None:
    """Judge a referral received on 10 March; what is stated was saved on 1 April."""
    vulnerable = stated.pop("vulnerable", ())
    return run(
        referral("2016-03-10 09:00", ref, vulnerable=vulnerable),
        referral("2016-04-01 09:00", ref, received_at="2016-03-10 09:00", vulnerable=vulnerable, **stated),
        until=until,
    ).status(RULE)


@pytest.mark.parametrize("vulnerable", [("CHILD",), ("ADULT",), ("CHILD", "ADULT")])
def test_one_with_a_vulnerable_person_is_breached_one_millisecond_past_fourteen_days(
    vulnerable: tuple[str, ...],
) -> None:
    """Every one of them is audited."""
    assert received(DUE, vulnerable=vulnerable) is None
    assert received("2016-03-24 09:00:00.001", vulnerable=vulnerable) == "BREACHED"


@pytest.mark.parametrize(
    ("audited_at", "status"), [(DUE, "WITHDRAWN MET_IN_TIME"), ("2016-03-24 09:00:00.001", "CLEARED REMEDIED")]
)
def test_the_time_of_the_audit_says_whether_it_was_in_time(audited_at: str, status: str) -> None:
    """Not when it was saved."""
    assert received("2016-04-01 09:00", vulnerable=("CHILD",), fcr_audited_at=audited_at) == status


@pytest.mark.parametrize(("ref", "place"), [("R-58", 0), ("R-116", 19), ("R-31", 20), ("R-255", 99)])
def test_of_the_others_those_in_the_first_fifth_are_selected(ref: str, place: int) -> None:
    """The place is the first 8 bytes of the SHA-256 of force/ref, big-endian, modulo 100."""
    assert percentile("LEICS", ref) == place
    assert received("2016-03-25", ref) == ("BREACHED" if place < 20 else None)


@pytest.mark.parametrize(
    ("read_at", "status"), [(DUE, None), ("2016-03-24 09:00:00.001", "CLEARED REMEDIED"), ("2016-03-30", "BREACHED")]
)
def test_the_registrars_reading_of_it_is_an_audit(read_at: str, status: str | None) -> None:
    """From when it was first saved, whatever they correct later."""
    child = referral("2016-03-10 09:00", vulnerable=("CHILD",))
    read = reading(read_at, "CATS", "R-1", reader="FCR", read_by="F1")
    corrected = reading("2016-04-02", "CATS", "R-1", reader="FCR", read_by="F1", crimes_found=1)
    assert run(child, read, until="2016-03-29").status(RULE) == status
    assert run(child, read, corrected, until="2016-04-03").status(RULE) == (status and "CLEARED REMEDIED")


@pytest.mark.parametrize("other", [{"reader": "FIRST"}, {"reader": "SECOND"}, {"ref": "R-2"}, {"system": "PPN"}])
def test_no_other_reading_is_the_registrars_audit(other: dict[str, Any]) -> None:
    """Nor is one of another record."""
    child = referral("2016-03-10 09:00", vulnerable=("CHILD",))
    read = reading("2016-03-11", **{"system": "CATS", "ref": "R-1", "reader": "FCR", **other})
    assert run(child, read, until="2016-03-25").status(RULE) == "BREACHED"


def test_the_share_is_policy() -> None:
    """A force may audit all or none of them; the vulnerable are audited all the same."""
    none, everyone = policy("[rules]\naudit_share_percent = 0"), policy("[rules]\naudit_share_percent = 100")
    first, last = referral("2016-03-10 09:00", "R-58"), referral("2016-03-10 09:00", "R-255")
    child = referral("2016-03-10 09:00", "R-255", vulnerable=("CHILD",))
    assert run(first, until="2016-03-25", book=none).status(RULE) is None
    assert run(last, until="2016-03-25", book=everyone).status(RULE) == "BREACHED"
    assert run(child, until="2016-03-25", book=none).status(RULE) == "BREACHED"


def test_how_the_reference_is_typed_does_not_change_the_selection() -> None:
    """References are compared after normalisation, so the same referral is chosen however it is written."""
    assert percentile("LEICS", " r/116.") == percentile("LEICS", "R-116") == 19


def test_another_force_has_a_sample_of_its_own() -> None:
    """The force is part of what is digested."""
    assert percentile("NOTTS", "R-116") != percentile("LEICS", "R-116")


def test_a_referral_found_to_be_about_nobody_vulnerable_is_withdrawn() -> None:
    """Unless the sample chose it, nobody owes an audit."""
    outcome = run(
        referral("2016-03-10 09:00", "R-31", vulnerable=("CHILD",)),
        referral("2016-04-01 09:00", "R-31", received_at="2016-03-10 09:00"),
        until="2016-04-01 09:00",
    )
    assert outcome.status(RULE) == "WITHDRAWN CORRECTED"


def test_fourteen_days_run_from_the_receipt_first_stated() -> None:
    """A receipt dated forward afterwards gains no time."""
    outcome = run(
        referral("2016-03-10 09:00", vulnerable=("CHILD",)),
        referral("2016-03-20 09:00", vulnerable=("CHILD",)),
        until="2016-03-24 09:00:00.001",
    )
    assert outcome.status(RULE) == "BREACHED"
