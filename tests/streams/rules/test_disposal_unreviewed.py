"""disposal-unreviewed: every disposal is reviewed, checked on PNC and has its form, within a week."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import disposal, run

RULE = "disposal-unreviewed"
ISSUED = "2016-02-25 09:00"
DUE = "2016-03-03 09:00"
"""Seven days later: there is a 29 February in between."""
REVIEWED = {"reviewed_at": "2016-03-01", "reviewed_by": "V1", "pnc_checked_at": "2016-03-01"}


def saved(*later: tuple[str, dict[str, Any]], until: str = "2016-03-10", form: bool = True) -> str | None:
    """Judge a disposal as issued, with or without its form, and what was saved later."""
    first = disposal(ISSUED, form_attached=form)
    more = [disposal(at, issued_at=ISSUED, **{"form_attached": form, **stated}) for at, stated in later]
    return run(first, *more, until=until).status(RULE)


def test_it_is_breached_one_millisecond_past_seven_days() -> None:
    """The due moment itself is still in time."""
    assert saved(until=DUE) is None
    assert saved(until="2016-03-03 09:00:00.001") == "BREACHED"


def test_reviewed_checked_and_with_its_form_it_is_met() -> None:
    """All three in time, and no alert was ever raised."""
    assert saved(("2016-03-02", REVIEWED)) is None


@pytest.mark.parametrize(
    "missing",
    [{"reviewed_at": None, "reviewed_by": None}, {"pnc_checked_at": None}, {"form_attached": False}],
)
def test_each_of_the_three_is_needed(missing: dict[str, Any]) -> None:
    """Two of them do not make a review."""
    assert saved(("2016-03-02", {**REVIEWED, **missing})) == "BREACHED"


@pytest.mark.parametrize("last", ["reviewed_at", "pnc_checked_at"])
@pytest.mark.parametrize(
    ("at", "status"), [(DUE, "WITHDRAWN MET_IN_TIME"), ("2016-03-03 09:00:00.001", "CLEARED REMEDIED")]
)
def test_the_latest_of_the_three_says_when_it_was_met(last: str, at: str, status: str) -> None:
    """Judged by the times given, though they were saved after the week."""
    assert saved(("2016-03-08", {**REVIEWED, last: at})) == status


@pytest.mark.parametrize(
    ("attached", "status"), [(DUE, None), ("2016-03-03 09:00:00.001", "CLEARED REMEDIED")]
)  # fmt: skip
def test_a_form_counts_from_the_snapshot_since_which_it_is_attached(attached: str, status: str | None) -> None:
    """No field says when it was scanned."""
    assert saved((attached, {**REVIEWED, "form_attached": True}), form=False) == status


def test_a_form_taken_off_and_attached_again_counts_from_the_second_time() -> None:
    """It has to be there without a break."""
    later: list[tuple[str, dict[str, Any]]] = [
        ("2016-03-02", {**REVIEWED}),
        ("2016-03-04", {**REVIEWED, "form_attached": False}),
        ("2016-03-05", {**REVIEWED, "form_attached": True}),
    ]
    assert saved(*later, until="2016-03-03") is None
    assert saved(*later, until="2016-03-04") == "BREACHED"
    assert saved(*later, until="2016-03-05") == "CLEARED REMEDIED"


def test_a_review_without_a_time_counts_from_the_snapshot_that_names_the_reviewer() -> None:
    """Where the record gives no time, the snapshot since which it is so stands for it."""
    without = {**REVIEWED, "reviewed_at": None}
    assert saved(("2016-03-03 09:00", without), ("2016-03-09", {**without, "victim_present": True})) is None
    assert saved(("2016-03-03 09:00:00.001", without)) == "CLEARED REMEDIED"


@pytest.mark.parametrize(
    ("rescinded_at", "status"),
    [(DUE, "WITHDRAWN MET_IN_TIME"), ("2016-03-03 09:00:00.001", "CLEARED REMEDIED")],
)
def test_a_disposal_rescinded_needs_no_review_from_then_on(rescinded_at: str, status: str) -> None:
    """Rescinded within the week it was never owed; later, it was late."""
    assert saved(("2016-03-08", {"rescinded_at": rescinded_at})) == status


def test_the_earlier_of_review_and_rescission_meets_it() -> None:
    """A disposal reviewed in time and rescinded later is no breach, nor the reverse."""
    assert saved(("2016-03-02", {**REVIEWED, "rescinded_at": "2016-03-09"})) is None
    assert saved(("2016-03-02", {**REVIEWED, "reviewed_at": "2016-03-05", "rescinded_at": "2016-03-01"})) is None
