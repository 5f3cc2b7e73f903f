"""no-crime-unauthorised: a recorded crime was cancelled by someone without the authority, or not independent."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.identifiers import alert_id
from tests.streams.world import FORCE, Outcome, crime, ms, no_crime, policy, run

RULE = "no-crime-unauthorised"
NOON = "2016-03-10 12:00"
UNTIL = "2016-03-20"
DISCRIMINATOR = "2016-03-10T12:00:00.000Z"
WITHOUT_AUTHORITY: dict[str, Any] = {"decided_by_role": "SERGEANT"}
ROLES = ("FCR", "DEPUTY_FCR", "CHIEF_OFFICER", "DDM", "SERGEANT", "OFFICER")
REASONS = ("NO_CRIME", "C1", "C2", "C3", "C4", "C5")


def decided(**stated: Any) -> Outcome:
    """Return what is said of one decision."""
    return run(no_crime(NOON, **stated), until=UNTIL)


def may_decide(offence_class: str, reason: str) -> set[str]:
    """Return who may, by the contract: the registrar alone for most of rape and some of homicide."""
    registrar_only = (offence_class == "RAPE" and reason != "C1") or (
        offence_class == "HOMICIDE" and reason in {"NO_CRIME", "C2"}
    )
    return {"FCR"} if registrar_only else {"FCR", "DEPUTY_FCR", "DDM"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("offence_class", ["RAPE", "HOMICIDE", "ROBBERY", "THEFT"])
def test_only_those_with_authority_may_decide(offence_class: str, reason: str, role: str) -> None:
    """Every class, reason and role of the table."""
    outcome = decided(offence_class=offence_class, reason=reason, decided_by_role=role)
    authorised = role in may_decide(offence_class, reason)
    assert outcome.status(RULE) == (None if authorised else "BREACHED")


def test_the_alert_is_about_the_crime_and_told_apart_by_decided_at() -> None:
    """Raised with the decision, although CIS has not shown the crime yet."""
    outcome = run(no_crime(NOON, "cr/1", **WITHOUT_AUTHORITY), until=UNTIL)
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.subject_system, alert.subject_ref, alert.discriminator) == ("CIS", "cr/1", DISCRIMINATOR)
    assert (alert.due_at, alert.breached_at, alert.severity) == (None, ms(NOON), "HIGH")
    assert alert.alert_id == alert_id(FORCE, RULE, "CIS", "CR-1", DISCRIMINATOR)


def test_the_reference_is_as_the_first_snapshot_in_effect_wrote_it() -> None:
    """What a later snapshot, already delivered but not in effect, writes does not matter."""
    outcome = run(no_crime(NOON, "cr/1", **WITHOUT_AUTHORITY), crime("2016-03-10 12:01", "CR 1"), until=UNTIL)
    alert = outcome.alert(RULE)
    assert alert is not None
    assert alert.subject_ref == "cr/1"


def test_of_a_rape_it_is_critical() -> None:
    """The severity of the decision's class."""
    alert = decided(offence_class="RAPE", **WITHOUT_AUTHORITY).alert(RULE)
    assert alert is not None
    assert (alert.severity, alert.offence_class) == ("CRITICAL", "RAPE")


@pytest.mark.parametrize("independent", [None, False, True])
@pytest.mark.parametrize("reason", REASONS)
def test_c2_to_c5_need_someone_independent(reason: str, independent: bool | None) -> None:
    """Not stated is not true; NO_CRIME and C1 do not ask."""
    outcome = decided(reason=reason, independent=independent)
    right = independent is True or reason in {"NO_CRIME", "C1"}
    assert outcome.status(RULE) == (None if right else "BREACHED")


@pytest.mark.parametrize(("role", "expected"), [("CHIEF_OFFICER", None), ("DDM", "BREACHED"), ("SERGEANT", "BREACHED")])
def test_a_chief_officer_decides_where_the_force_has_no_registrar(role: str, expected: str | None) -> None:
    """By the policy; for other crimes than rape and homicide nothing changes."""
    book = policy('[installation]\nforces_without_registrar = ["LEICS"]')
    rape = run(no_crime(NOON, offence_class="RAPE", decided_by_role=role), until=UNTIL, book=book)
    assert rape.status(RULE) == expected
    theft = run(no_crime(NOON, decided_by_role="CHIEF_OFFICER"), until=UNTIL, book=book)
    assert theft.status(RULE) == "BREACHED"


def test_each_decision_has_an_alert_of_its_own() -> None:
    """Two wrong decisions on one crime."""
    outcome = run(no_crime(NOON, **WITHOUT_AUTHORITY), no_crime("2016-03-11 12:00", **WITHOUT_AUTHORITY), until=UNTIL)
    assert outcome.status(RULE, DISCRIMINATOR) == "BREACHED"
    assert outcome.status(RULE, "2016-03-11T12:00:00.000Z") == "BREACHED"


def test_a_newer_decision_without_flaw_puts_it_right() -> None:
    """Newer by decided_at, whenever it is saved."""
    wrong = no_crime("2016-03-10 13:00", decided_at=NOON, **WITHOUT_AUTHORITY)
    right = no_crime("2016-03-11 12:00", decided_at="2016-03-10 12:00:00.001")
    assert run(wrong, right, until=UNTIL).course(RULE)[-1] == "2016-03-11T12:00:00.000Z CLEARED REMEDIED"


def test_an_older_decision_without_flaw_puts_nothing_right() -> None:
    """It came before."""
    older = no_crime("2016-03-11 12:00", decided_at="2016-03-10 11:59:59.999")
    assert run(no_crime(NOON, **WITHOUT_AUTHORITY), older, until=UNTIL).status(RULE) == "BREACHED"


def test_a_newer_decision_that_is_unsupported_puts_nothing_right() -> None:
    """Without either flaw is what is asked."""
    newer = no_crime("2016-03-11 12:00", rationale=None)
    assert run(no_crime(NOON, **WITHOUT_AUTHORITY), newer, until=UNTIL).status(RULE) == "BREACHED"


def test_the_decisions_own_correction_puts_it_right() -> None:
    """The role was entered wrongly."""
    corrected = no_crime("2016-03-11 12:00", decided_at=NOON)
    assert run(no_crime(NOON, **WITHOUT_AUTHORITY), corrected, until=UNTIL).status(RULE) == "CLEARED REMEDIED"


def test_restoring_the_crime_puts_it_right_and_cancelling_it_again_does_not_last() -> None:
    """RECORDED again after CIS showed it CANCELLED; then CANCELLED once more on the same decision."""
    story = [
        crime("2016-03-09 12:00"),
        no_crime(NOON, **WITHOUT_AUTHORITY),
        crime("2016-03-10 13:00", status="CANCELLED"),
        crime("2016-03-11 12:00"),
    ]
    assert run(*story, until=UNTIL).course(RULE)[-1] == "2016-03-11T12:00:00.000Z CLEARED REMEDIED"
    again = crime("2016-03-12 12:00", status="CANCELLED")
    assert run(*story, again, until=UNTIL).status(RULE) == "BREACHED"


def test_a_crime_that_cis_never_showed_gone_is_not_restored() -> None:
    """RECORDED all along puts nothing right."""
    outcome = run(
        crime("2016-03-09 12:00"), no_crime(NOON, **WITHOUT_AUTHORITY), crime("2016-03-11 12:00"), until=UNTIL
    )
    assert outcome.status(RULE) == "BREACHED"


def test_a_cancellation_that_was_never_in_effect_is_not_undone() -> None:
    """CANCELLED and RECORDED saved in one millisecond: only the highest revision was ever shown."""
    outcome = run(
        no_crime(NOON, **WITHOUT_AUTHORITY),
        crime("2016-03-10 13:00", status="CANCELLED", revision=0),
        crime("2016-03-10 13:00", revision=1),
        until=UNTIL,
    )
    assert outcome.status(RULE) == "BREACHED"


def test_it_is_judged_whatever_the_crimes_status() -> None:
    """Each decision, also on a crime that CIS still shows as RECORDED, or transferred."""
    for status in ("RECORDED", "CANCELLED", "TRANSFERRED"):
        outcome = run(crime("2016-03-09 12:00", status=status), no_crime(NOON, **WITHOUT_AUTHORITY), until=UNTIL)
        assert outcome.status(RULE) == "BREACHED"
