"""What people say a report discloses: which assessment stands, and what the rules make of it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Snapshot
from tests.streams.world import DAY, HOUR, Outcome, asb_report, assessment, crime, incident, ms, referral, run

NOON = "2016-03-10 12:00"
DUE = ms(NOON) + DAY
UNTIL = "2016-04-10"
WRITTEN = "2016-03-10 15:00"
LATER = "2016-03-10 16:00"


def outcome(*snapshots: Snapshot) -> Outcome:
    """Return what is said of an incident that STORM leaves undecided, and of these snapshots."""
    return run(incident(NOON), *snapshots, until=UNTIL)


def expected_number(*snapshots: Snapshot) -> int | None:
    """Return how many crimes the rule that requires them asks for; None where it asks for none.

    The number is found by recording more and more crimes until the alert is cleared.
    """
    for number in range(5):
        recorded = [crime("2016-03-20", f"C-{n}", incident_refs=("I-1",)) for n in range(number)]
        status = run(*snapshots, *recorded, until=UNTIL).status("crime-not-recorded")
        if status != "BREACHED":
            return None if status is None else number
    return 5


def given(at: str = WRITTEN, by: str = "D1", role: str = "DDM", crimes: int | None = 1, **stated: Any) -> Snapshot:
    """Return an assessment of the incident."""
    return assessment(at, assessed_by=by, assessed_role=role, assessed_at=at, crimes=crimes, **stated)


def test_an_assessment_with_crimes_discloses_them_as_the_source_would() -> None:
    """What nobody had said is required from then on, by the limit of the report."""
    said = outcome(given(crimes=2))
    alert = said.alert("crime-not-recorded")
    assert alert is not None
    assert (alert.status, alert.due_at) == ("BREACHED", DUE)
    assert expected_number(incident(NOON), given(crimes=2)) == 2


def test_one_persons_newest_assessment_replaces_their_older_ones() -> None:
    """The older is as if it had never been given."""
    assert expected_number(incident(NOON), given(crimes=3), given(LATER, crimes=1)) == 1


def test_a_revoked_assessment_is_as_if_never_given_and_the_persons_older_one_stands() -> None:
    """What it had said is not asked for any more."""
    revoked = assessment(
        "2016-03-10 17:00", assessed_by="D1", assessed_role="DDM", assessed_at=LATER, crimes=1, revoked=True
    )
    assert expected_number(incident(NOON), given(crimes=3), given(LATER, crimes=1), revoked) == 3
    assert expected_number(incident(NOON), given(LATER, crimes=1), revoked) is None


def test_of_several_people_the_newest_stands_and_all_are_remembered() -> None:
    """The latest number of at least one is what is required."""
    assert expected_number(incident(NOON), given(crimes=1), given(LATER, "S1", "SUPERVISOR", 3)) == 3


@pytest.mark.parametrize(("fcr_at", "other_at"), [(WRITTEN, LATER), (LATER, WRITTEN)])
def test_the_registrars_assessment_stands_over_others(fcr_at: str, other_at: str) -> None:
    """Whoever came first."""
    said = [given(fcr_at, "F1", "FCR", 2), given(other_at, "S1", "SUPERVISOR", 4)]
    assert expected_number(incident(NOON), *said) == 2


def test_the_registrars_assessment_stands_over_the_source_too() -> None:
    """A later snapshot of STORM that says something else changes nothing."""
    later = incident("2016-03-11 09:00", reported_at=NOON, crimes_expected=1)
    assert expected_number(incident(NOON), given(role="FCR", crimes=3), later) == 3
    assert expected_number(incident(NOON), given(crimes=3), later) == 1


def test_a_source_states_a_number_since_it_first_did_without_a_break() -> None:
    """An assessment after that is newer, even if the source saves the same number again later."""
    first = incident(NOON, crimes_expected=1)
    again = incident("2016-03-11 09:00", reported_at=NOON, crimes_expected=1)
    assert expected_number(first, given(crimes=2), again) == 2


def test_at_one_millisecond_the_assessment_is_the_later() -> None:
    """Both state a number at the same moment: the person's is the one required."""
    assert expected_number(incident(NOON, crimes_expected=1), given(NOON, crimes=2)) == 2


def test_an_assessment_counts_from_its_first_event_time() -> None:
    """assessed_at only names it; a later snapshot of it makes it no newer."""
    second = assessment("2016-03-12", assessed_by="D1", assessed_role="DDM", assessed_at=WRITTEN, crimes=2)
    source = incident("2016-03-11 09:00", reported_at=NOON, crimes_expected=1)
    assert expected_number(incident(NOON), given(crimes=2), source, second) == 1


@pytest.mark.parametrize("role", ["FCR", "DEPUTY_FCR", "DDM"])
def test_that_there_is_no_crime_is_a_valid_not_a_crime_by_those_who_may_decide_it(role: str) -> None:
    """It answers the report since its first event_time: in time here."""
    ruled = given(role=role, crimes=0, rationale="a dispute about rent")
    said = run(incident(NOON, status="CLOSED", crimes_expected=1), ruled, until=UNTIL)
    assert said.status("crime-not-recorded") is None
    assert said.course("incident-closed-unresolved") == [
        "2016-03-10T12:00:00.000Z BREACHED",
        "2016-03-10T15:00:00.000Z CLEARED REMEDIED",
    ]
    late = given("2016-03-12", role=role, crimes=0, rationale="a dispute about rent")
    alert = run(incident(NOON, crimes_expected=1), late, until=UNTIL).alert("crime-not-recorded")
    assert alert is not None
    assert (alert.status, alert.reason) == ("CLEARED", "DISPOSED_LATE")


@pytest.mark.parametrize(
    ("role", "rationale"), [("SUPERVISOR", "nothing in it"), ("AUDITOR", "nothing in it"), ("DDM", None), ("FCR", " ")]
)
def test_that_there_is_no_crime_by_others_or_without_a_reason_only_decides(role: str, rationale: str | None) -> None:
    """report-undecided is met by it, and nothing else."""
    ruled = given(role=role, crimes=0, rationale=rationale)
    closed = incident(NOON, status="CLOSED")
    said = run(closed, ruled, until=UNTIL)
    assert said.status("report-undecided") is None
    assert said.status("incident-closed-unresolved") == "BREACHED"
    assert run(referral(NOON), _of_referral(role, rationale), until=UNTIL).status("referral-unlinked") == "BREACHED"


def _of_referral(role: str, rationale: str | None) -> Snapshot:
    return assessment(
        WRITTEN, "CATS", "R-1", assessed_by="D1", assessed_role=role, assessed_at=WRITTEN, crimes=0, rationale=rationale
    )


def test_no_crime_is_valid_only_while_it_is_what_is_expected_now() -> None:
    """A source or a person that later says otherwise undoes it."""
    ruled = given(crimes=0, rationale="a dispute about rent")
    assert expected_number(incident(NOON, crimes_expected=1), ruled) is None
    assert expected_number(incident(NOON, crimes_expected=1), ruled, given(LATER, "S1", "SUPERVISOR", 2)) == 2
    source = incident(LATER, reported_at=NOON, crimes_expected=2)
    assert expected_number(incident(NOON, crimes_expected=1), ruled, source) == 2


def test_a_supervisors_word_that_there_is_none_does_not_undo_a_decision() -> None:
    """It says nothing that the rules ask for."""
    ruled = given(crimes=0, rationale="a dispute about rent")
    by_other = given(LATER, "S1", "SUPERVISOR", 0, rationale="agreed")
    assert expected_number(incident(NOON, crimes_expected=1), ruled, by_other) is None


def test_an_assessment_decides_a_report_from_its_event_time() -> None:
    """Late, where it comes past the limit."""
    assert outcome(given(crimes=1)).status("report-undecided") is None
    alert = outcome(given("2016-03-12 12:00")).alert("report-undecided")
    assert alert is not None
    assert (alert.status, alert.reason, alert.lateness_ms) == ("CLEARED", "REMEDIED", DAY)


def test_a_referral_that_people_say_discloses_nothing_is_out_of_scope() -> None:
    """And one of which they say that it discloses two needs two."""
    ruled = assessment(WRITTEN, "CATS", "R-1", assessed_role="DDM", crimes=0, rationale="advice only")
    assert run(referral(NOON), ruled, until=UNTIL).status("referral-unlinked") == "WITHDRAWN CORRECTED"
    two = assessment(WRITTEN, "CATS", "R-1", crimes=2)
    recorded = crime("2016-03-10 16:00", referral_refs=("R-1",))
    assert run(referral(NOON), two, recorded, until=UNTIL).status("referral-unlinked") == "BREACHED"


def test_an_asb_report_is_judged_by_what_people_say() -> None:
    """As an incident is."""
    said = run(asb_report(NOON), assessment(WRITTEN, "SENTINEL", "A-1", crimes=1), until=UNTIL)
    assert said.status("asb-crime-not-recorded") == "BREACHED"


def test_assessing_a_report_ends_the_wait_for_an_assessment() -> None:
    """The unit of the control room has nothing left to assess."""
    assert outcome(given("2016-03-10 13:00", crimes=1)).status("assessment-overdue") is None
    assert outcome().status("assessment-overdue") == "BREACHED"


def test_an_assessed_class_makes_a_report_of_rape() -> None:
    """The hour runs from the report, as if the source had said it."""
    said = outcome(given(crimes=1, offence_class="RAPE"))
    for rule_id in ("rape-not-recorded", "rape-not-overseen"):
        alert = said.alert(rule_id)
        assert alert is not None
        assert (alert.status, alert.due_at) == ("BREACHED", ms(NOON) + HOUR)


def test_the_newest_statement_of_the_class_is_what_crimes_are_compared_with() -> None:
    """A person's class is newer than the source's before it."""
    closed = incident(NOON, status="CLOSED", offence_class="THEFT", crimes_expected=1)
    recorded = crime("2016-03-10 14:00", incident_refs=("I-1",), offence_class="THEFT")
    assert run(closed, recorded, until=UNTIL).status("offence-misclassified") is None
    robbery = given(crimes=1, offence_class="ROBBERY")
    assert run(closed, recorded, robbery, until=UNTIL).status("offence-misclassified") == "BREACHED"
    assert run(closed, recorded, given(crimes=1), until=UNTIL).status("offence-misclassified") is None


def test_an_n100_answers_a_report_that_a_person_calls_a_rape() -> None:
    """Its class now is what counts, whoever states it."""
    n100 = crime("2016-03-10 12:30", incident_refs=("I-1",), offence_code="N100/01", offence_class="RAPE")
    said = outcome(given("2016-03-10 12:40", crimes=1, offence_class="RAPE"), n100)
    assert said.status("rape-not-recorded") is None


def test_an_alert_shows_what_was_assessed_by_which_role_and_since_when() -> None:
    """No name of a person, no free text."""
    alert = outcome(given(crimes=2, offence_class="ROBBERY", rationale="private")).alert("crime-not-recorded")
    assert alert is not None
    facts = {fact.name: fact.value for fact in alert.facts}
    assert facts["crimes_assessed"] == "2"
    assert facts["offence_class_assessed"] == "ROBBERY"
    assert (facts["assessed_role"], facts["assessed_since"]) == ("DDM", "2016-03-10T15:00:00.000Z")
    assert "D1" not in facts.values()
    assert "private" not in facts.values()


def test_an_assessment_of_another_report_says_nothing_of_this_one() -> None:
    """References are compared as ever."""
    elsewhere = assessment(WRITTEN, "STORM", "I-2", crimes=2)
    assert outcome(elsewhere).status("crime-not-recorded") is None
    spelled = assessment(WRITTEN, "STORM", "i/1", crimes=2)
    assert outcome(spelled).status("crime-not-recorded") == "BREACHED"
