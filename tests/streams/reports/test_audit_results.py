"""Audit results taken back: a snapshot that says what CATS said last and what the registrar found."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schemas.records import Referral
from streams.engine.monitor import Monitor
from streams.facts.record import version
from streams.reports.audit_results import AuditResult, states_result, with_result
from tests.streams.world import BUILT_IN, DAY, FORCE, Outcome, ms, referral, run

NOON = ms("2016-03-10 12:00")
RESULT = AuditResult(FORCE, "R-1", NOON + DAY, "COMPLIANT")
RULE = "referral-not-audited"


def cats_referral(**stated: Any) -> Referral:
    """Return what CATS says of a referral with a child in it."""
    return referral(NOON, **{"event_id": "e-1", "vulnerable": ("CHILD",), "crimes_expected": 0, **stated})


def test_the_snapshot_says_everything_cats_said_and_the_audit() -> None:
    """Same source, same time; the next revision, so that it goes before."""
    snapshot = with_result(cats_referral(revision=4), RESULT)
    assert (snapshot.fcr_audited_at, snapshot.fcr_audit_outcome) == (NOON + DAY, "COMPLIANT")
    assert (snapshot.source, snapshot.event_time, snapshot.revision) == ("CATS", NOON, 5)
    assert version(snapshot) > version(cats_referral(revision=4))
    unsaid = msgspec.structs.replace(snapshot, event_id="e-1", revision=4, fcr_audited_at=None, fcr_audit_outcome=None)
    assert unsaid == cats_referral(revision=4)


def test_the_same_result_of_the_same_snapshot_is_the_same_event() -> None:
    """Sent twice, it is there once; however the reference was typed."""
    assert (
        with_result(cats_referral(), RESULT)
        == with_result(cats_referral(), RESULT)
        == with_result(cats_referral(), RESULT._replace(referral_ref="r 1"))
    )


@pytest.mark.parametrize("other", [{"audited_at": NOON}, {"outcome": "NOT COMPLIANT"}, {"force": "NOTTS"}])
def test_another_result_is_another_event(other: dict[str, Any]) -> None:
    """So is the same result on top of another snapshot."""
    ids = {
        with_result(cats_referral(), RESULT).event_id,
        with_result(cats_referral(), RESULT._replace(**other)).event_id,
    }
    assert len(ids) == 2
    assert with_result(cats_referral(event_id="e-2"), RESULT).event_id not in ids


def test_a_snapshot_states_a_result_once_it_has_been_taken_back() -> None:
    """Both when and what."""
    assert not states_result(cats_referral(), RESULT)
    assert states_result(with_result(cats_referral(), RESULT), RESULT)
    assert not states_result(with_result(cats_referral(), RESULT), RESULT._replace(outcome="NOT COMPLIANT"))


def test_a_result_in_time_meets_the_rule_and_moves_no_clock() -> None:
    """It arrives long after; what counts is when the registrar audited."""
    late = with_result(cats_referral(), RESULT)
    assert run(cats_referral(), late, until=NOON + 30 * DAY).status(RULE) is None
    assert run(cats_referral(), until=NOON + 30 * DAY).status(RULE) == "BREACHED"


def test_taken_back_behind_the_clock_it_takes_effect_at_once() -> None:
    """The breach was none: the audit had been in time."""
    monitor = Monitor(FORCE, BUILT_IN)
    monitor.apply(cats_referral(), NOON)
    monitor.advance(NOON + 30 * DAY)
    monitor.apply(with_result(cats_referral(), RESULT), NOON + 30 * DAY)
    assert monitor.clock == NOON + 30 * DAY
    assert Outcome(tuple(monitor.drain_alerts())).status(RULE) == "WITHDRAWN MET_IN_TIME"


def test_a_later_snapshot_of_cats_that_does_not_state_it_takes_it_back() -> None:
    """CATS is the record; the result has to be entered there too."""
    forgets = msgspec.structs.replace(cats_referral(), event_time=NOON + 20 * DAY, event_id="e-9")
    assert (
        run(cats_referral(), with_result(cats_referral(), RESULT), forgets, until=NOON + 30 * DAY).status(RULE)
        == "BREACHED"
    )
