"""disposal-victim-not-consulted: where there is a victim, the victim's view was heard."""

from __future__ import annotations

import pytest

from tests.streams.world import disposal, run

RULE = "disposal-victim-not-consulted"
ISSUED = "2016-03-10 09:00"


@pytest.mark.parametrize(("consulted", "status"), [(True, None), (False, "BREACHED"), (None, "BREACHED")])
def test_a_victim_is_consulted_only_if_it_says_so(consulted: bool | None, status: str | None) -> None:
    """No evidence is no consultation."""
    snapshot = disposal(ISSUED, victim_present=True, victim_consulted=consulted)
    assert run(snapshot, until=ISSUED).status(RULE) == status


def test_without_a_victim_there_is_nobody_to_consult() -> None:
    """Whatever the field says."""
    assert run(disposal(ISSUED, victim_consulted=False), until=ISSUED).status(RULE) is None


def test_consulting_clears_it_a_mistaken_victim_withdraws_it_and_rescinding_clears_it() -> None:
    """Each from the snapshot that shows it."""
    first = disposal(ISSUED, victim_present=True)
    consulted = disposal("2016-03-11", issued_at=ISSUED, victim_present=True, victim_consulted=True)
    nobody = disposal("2016-03-11", issued_at=ISSUED)
    rescinded = disposal("2016-03-11", issued_at=ISSUED, victim_present=True, rescinded_at="2016-03-10 17:00")
    assert run(first, consulted, until="2016-03-11").status(RULE) == "CLEARED REMEDIED"
    assert run(first, nobody, until="2016-03-11").status(RULE) == "WITHDRAWN CORRECTED"
    assert run(first, rescinded, until="2016-03-11").status(RULE) == "CLEARED REMEDIED"
    assert run(rescinded, until="2016-03-11").status(RULE) is None
