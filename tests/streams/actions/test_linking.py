"""A person's word that a report and a crime belong together: who may give it, and what it says."""

from __future__ import annotations

import msgspec
import pytest

from dashboards.board.domain.people import ROLE_NAMES, Person
from streams.actions import ActionRefusedError
from streams.actions.linking import LINKER_ROLES, after, check_link, link_of
from streams.policy import PolicyBook
from tests.dashboards.trials.sample import an_alert
from tests.streams.actions.alerts import BEGAN

POLICY = PolicyBook.built_in().actions
ALERT = an_alert("crime-not-recorded", "STORM", "I-1", wall=BEGAN, due_in=0)
LINK = link_of(ALERT, " C/1 ", event_id="e", source="BOARD", at=BEGAN, by="insp.patel")


def test_a_link_names_both_records_and_who_says_so() -> None:
    """The alert's report, the crime as it was typed but for blanks around it."""
    assert (LINK.left_system, LINK.left_ref, LINK.crime_ref) == ("STORM", "I-1", "C/1")
    assert (LINK.confirmed, LINK.confirmed_by, LINK.event_time, LINK.force) == (True, "insp.patel", BEGAN, "LEICS")
    check_link(LINK, "SUPERVISOR", POLICY)


def test_an_alert_about_no_report_is_linked_to_nothing() -> None:
    """Nor is a feed."""
    for rule_id, system in (("no-crime-unsupported", "CIS"), ("feed-silent", "FEED")):
        with pytest.raises(ActionRefusedError):
            link_of(
                an_alert(rule_id, system, "X", wall=BEGAN, due_in=None),  # type: ignore[arg-type]
                "C/1",
                event_id="e",
                source="BOARD",
                at=BEGAN,
                by="x",
            )


@pytest.mark.parametrize(("behind_ms", "becomes"), [(-1, 0), (0, 1), (5, 6)])
def test_a_later_statement_is_the_newest_whatever_the_clocks_say(behind_ms: int, becomes: int) -> None:
    """The clock of whoever made the last one may have been ahead, by a millisecond or more."""
    newest = msgspec.structs.replace(LINK, event_time=BEGAN + behind_ms)
    assert after(LINK, newest).event_time == BEGAN + becomes
    assert after(LINK, None) is LINK


@pytest.mark.parametrize(
    ("changes", "role", "sentence"),
    [
        ({}, "OPS", "OPS may not link records"),
        ({}, "nobody", "a role there is not may not link records"),
        ({"confirmed_by": " "}, "FCR", "somebody confirms the link: name them"),
        ({"crime_ref": " - "}, "FCR", "a link needs the reference of a report and that of a crime"),
        ({"crime_ref": "C" * 2001}, "FCR", "more than 2000 characters"),
        ({"crime_ref": "C\0"}, "FCR", "crime_ref"),
    ],
)
def test_what_may_not_be_linked_is_refused_in_a_sentence(changes: dict[str, str], role: str, sentence: str) -> None:
    """Before it is written."""
    with pytest.raises(ActionRefusedError, match=sentence):
        check_link(msgspec.structs.replace(LINK, **changes), role, POLICY)


def test_the_board_gives_the_right_to_the_same_roles() -> None:
    """Who sees the button may use it, and nobody else."""
    people = [Person(name="x", role=role, forces=("*",)) for role in ROLE_NAMES]
    assert {person.role for person in people if person.may("link")} == LINKER_ROLES
