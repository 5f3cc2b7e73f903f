"""disposal-implications-unexplained: the record shows that the offender was told what the disposal means."""

from __future__ import annotations

import pytest

from tests.streams.world import disposal, run

RULE = "disposal-implications-unexplained"
ISSUED = "2016-03-10 09:00"
KINDS = ["CAUTION", "CONDITIONAL_CAUTION", "PND", "CANNABIS_WARNING", "COMMUNITY_RESOLUTION"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("explained", "status"), [(True, None), (False, "BREACHED"), (None, "BREACHED")])
def test_only_a_stated_explanation_will_do(kind: str, explained: bool | None, status: str | None) -> None:
    """No evidence is no explanation, for every kind of disposal."""
    snapshot = disposal(ISSUED, kind=kind, implications_explained=explained)
    assert run(snapshot, until=ISSUED).status(RULE) == status


def test_an_explanation_entered_later_clears_it() -> None:
    """And its loss raises it again."""
    outcome = run(
        disposal(ISSUED, implications_explained=None),
        disposal("2016-03-11", issued_at=ISSUED, implications_explained=True),
        disposal("2016-03-12", issued_at=ISSUED, implications_explained=False),
        until="2016-03-12",
    )
    assert outcome.course(RULE) == [
        "2016-03-10T09:00:00.000Z BREACHED",
        "2016-03-11T00:00:00.000Z CLEARED REMEDIED",
        "2016-03-12T00:00:00.000Z BREACHED",
    ]


def test_a_disposal_rescinded_owes_no_explanation() -> None:
    """It stands against nobody; the time given for it is taken at its word, ahead of the clock or not."""
    first = disposal(ISSUED, implications_explained=False)
    for rescinded_at in ("2016-03-10 12:00", "2016-03-20"):
        rescinded = disposal("2016-03-11", issued_at=ISSUED, implications_explained=False, rescinded_at=rescinded_at)
        assert run(first, rescinded, until="2016-03-11").status(RULE) == "CLEARED REMEDIED"
        assert run(rescinded, until="2016-03-11").status(RULE) is None
