"""The campaign's check of visits to the board finds what nobody may see, and sessions that are gone."""

from __future__ import annotations

from tests.chaos.checks.visits import Visit, check_visits, forces_named
from tests.chaos.findings import Verdict

PAGE = "GET /alerts/{alert_id}"


def visited(*visits: Visit) -> list[str]:
    """Return what the check of visits finds."""
    verdict = Verdict("")
    check_visits(visits, verdict)
    return verdict.kinds


def visit(
    status: int | None, *, role: str = "FCR", owns: bool = True, named: str = "", after_kill: bool = True
) -> Visit:
    """Make a visit of somebody of LEICS to an alert's page."""
    return Visit(role, "LEICS", PAGE, owns, status, frozenset(named.split()), after_kill)


def test_visits_are_compared_with_the_table_of_roles() -> None:
    """Own alerts are shown, foreign ones are not there, and whoever is signed out is sent to the sign-in page."""
    assert visited(visit(200, named="LEICS"), visit(404, owns=False), visit(303, role="signed out")) == []
    assert visited(visit(200, owns=False)) == ["DIFFERENT"]
    assert visited(visit(200, role="signed out")) == ["DIFFERENT"]


def test_a_session_that_does_not_survive_the_board_is_found() -> None:
    """Whoever is sent to sign in again, and whoever is never answered again."""
    assert visited(visit(200, after_kill=False), visit(303)) == ["DIFFERENT"]
    assert visited(visit(200, after_kill=False), visit(None)) == ["STUCK"]
    assert visited(visit(200, after_kill=False), visit(503)) == ["STUCK"]


def test_a_foreign_record_on_a_page_is_found() -> None:
    """Whatever the page is about, and however a reference is written on it."""
    assert visited(visit(200, named="LEICS DERBS")) == ["LEAKED"]
    forces = {7: "DERBS", 8: "LEICS"}
    for page in ("<td>C-1 s7</td>", "see c/1/S7.", "I1S7", "about=STORM:I1S7", "handled by P1 s7"):
        assert forces_named(page, forces) == {"DERBS"}, page
    assert forces_named("C-1 s77, s7, C-1 s8, 7", forces) == {"LEICS"}
