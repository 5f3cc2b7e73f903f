"""disposal-outcome-inadequate: a community resolution is meaningful and rests on an admission."""

from __future__ import annotations

import pytest

from tests.streams.world import disposal, run

RULE = "disposal-outcome-inadequate"
ISSUED = "2016-03-10 09:00"
RESOLUTION = "COMMUNITY_RESOLUTION"


@pytest.mark.parametrize(
    ("meaningful", "admitted", "status"),
    [
        (True, True, None),
        (False, True, "BREACHED"),
        (None, True, "BREACHED"),
        (True, False, "BREACHED"),
        (True, None, "BREACHED"),
        (None, None, "BREACHED"),
    ],
)
def test_it_needs_both_and_both_stated(meaningful: bool | None, admitted: bool | None, status: str | None) -> None:
    """A meaningful outcome of an offence nobody admitted resolves nothing, nor does an admission alone."""
    snapshot = disposal(ISSUED, kind=RESOLUTION, outcome_meaningful=meaningful, offence_admitted=admitted)
    assert run(snapshot, until=ISSUED).status(RULE) == status


@pytest.mark.parametrize("kind", ["CAUTION", "CONDITIONAL_CAUTION", "PND", "CANNABIS_WARNING"])
def test_other_disposals_agree_no_outcome(kind: str) -> None:
    """The rule is about community resolutions."""
    snapshot = disposal(ISSUED, kind=kind, outcome_meaningful=None, offence_admitted=False)
    assert run(snapshot, until=ISSUED).status(RULE) is None


def test_it_is_put_right_by_correction_by_another_kind_or_by_rescinding() -> None:
    """Each from the snapshot that shows it."""
    first = disposal(ISSUED, kind=RESOLUTION, outcome_meaningful=False)
    right = disposal("2016-03-11", issued_at=ISSUED, kind=RESOLUTION)
    other = disposal("2016-03-11", issued_at=ISSUED, kind="CAUTION", outcome_meaningful=False)
    rescinded = disposal(
        "2016-03-11", issued_at=ISSUED, kind=RESOLUTION, outcome_meaningful=False, rescinded_at="2016-03-11"
    )
    assert run(first, right, until="2016-03-11").status(RULE) == "CLEARED REMEDIED"
    assert run(first, other, until="2016-03-11").status(RULE) == "WITHDRAWN CORRECTED"
    assert run(first, rescinded, until="2016-03-11").status(RULE) == "CLEARED REMEDIED"
