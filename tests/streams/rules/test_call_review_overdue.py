"""call-review-overdue: the calls chosen from each handler's month are reviewed, NCRS included, in three days."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Call
from streams.facts.dip_sample import moments
from tests.streams.restarts import run_with_restarts
from tests.streams.world import DAY, HOUR, Outcome, call, ms, policy, run

RULE = "call-review-overdue"
FIRST, SECOND, THIRD = moments("LEICS", "H1", "2016-03", 3)
DUE = FIRST + 3 * DAY
UNTIL = "2016-05-01"


def handled(at: int = FIRST, ref: str = "K-1", **stated: Any) -> Call:
    """Return a call of the handler's, saved as it ended."""
    return call(at, ref, **stated)


def reviewed(at: int, ref: str = "K-1", handled_at: int = FIRST, **stated: Any) -> Call:
    """Return the same call once a supervisor has listened to it."""
    return call(at, ref, **{"handled_at": handled_at, "reviewed_at": at, "ncrs_compliant": True, **stated})


# -- when ----------------------------------------------------------------------------------------------------------


def test_a_chosen_call_is_breached_one_millisecond_past_three_days() -> None:
    """Nothing is said beforehand."""
    assert run(handled(), until=DUE).history(RULE) == []
    alert = run(handled(), until=DUE + 1).alert(RULE)
    assert alert is not None
    assert (alert.status, alert.due_at, alert.severity, alert.subject_system) == ("BREACHED", DUE, "LOW", "CMC")
    assert alert.team == "T1"


@pytest.mark.parametrize(("late", "status"), [(0, None), (1, "CLEARED REMEDIED")])
def test_a_review_at_the_last_moment_is_in_time(late: int, status: str | None) -> None:
    """The time of the review says so, to the millisecond."""
    assert run(handled(), reviewed(DUE + late), until=UNTIL).status(RULE) == status


def test_a_review_without_a_word_on_the_ncrs_is_none() -> None:
    """HMIC asked for a check of compliance, not for a tick."""
    outcome = run(handled(), reviewed(FIRST + DAY, ncrs_compliant=None), until=UNTIL)
    assert outcome.status(RULE) == "BREACHED"


def test_the_review_counts_from_when_the_word_on_the_ncrs_was_there() -> None:
    """Of two things needed the later counts; the record gives no time for the second but its own."""
    outcome = run(
        handled(),
        reviewed(FIRST + DAY, ncrs_compliant=None),
        reviewed(DUE + HOUR, reviewed_at=FIRST + DAY, ncrs_compliant=False),
        until=UNTIL,
    )
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.status, alert.lateness_ms) == ("CLEARED", HOUR)


def test_a_call_that_was_not_compliant_is_reviewed_all_the_same() -> None:
    """The rule is about looking, not about what is seen."""
    assert run(handled(), reviewed(FIRST + DAY, ncrs_compliant=False), until=UNTIL).history(RULE) == []


@pytest.mark.parametrize(("at", "status"), [(DUE, "WITHDRAWN MET_IN_TIME"), (DUE + 1, "CLEARED REMEDIED")])
def test_a_review_saved_later_counts_from_when_it_was_done(at: int, status: str) -> None:
    """Spec section 3, when it was met: for a review, the time the record itself gives; its findings came with it."""
    outcome = run(handled(), reviewed(DUE + DAY, reviewed_at=at), until=UNTIL)
    assert outcome.status(RULE) == status


def test_a_review_without_a_time_counts_from_when_a_reviewer_is_named() -> None:
    """Where the record gives no time, the snapshot since which it is so."""
    outcome = run(handled(), reviewed(DUE + HOUR, reviewed_at=None, reviewed_by="R-1"), until=UNTIL)
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.status, alert.lateness_ms) == ("CLEARED", HOUR)


def test_taking_the_review_back_breaches_it() -> None:
    """What the newest snapshot says is so."""
    outcome = run(handled(), reviewed(FIRST + DAY), handled(FIRST + 9 * DAY, handled_at=FIRST), until=UNTIL)
    assert outcome.status(RULE) == "BREACHED"


def test_limit_and_number_of_moments_are_policy() -> None:
    """A force may look within a day, or look at no calls at all."""
    day, none = policy('[rules]\ncall_review_limit = "1d"'), policy("[rules]\ndip_sample_moments = 0")
    assert run(handled(), until=FIRST + DAY + 1, book=day).status(RULE) == "BREACHED"
    assert run(handled(), until=UNTIL, book=none).history(RULE) == []


# -- which ---------------------------------------------------------------------------------------------------------


def breached(outcome: Outcome) -> set[str]:
    """Return the calls whose review is overdue in the end."""
    return {
        alert.subject_ref for alert in outcome.final.values() if alert.rule_id == RULE if alert.status == "BREACHED"
    }


def test_of_a_handlers_month_three_calls_are_chosen_each_after_its_moment() -> None:
    """Two calls an hour apart after each moment: the first of the two."""
    calls = [handled(at + n * HOUR, f"K-{at}-{n}") for at in (FIRST, SECOND, THIRD) for n in (0, 1)]
    assert breached(run(*calls, until=UNTIL)) == {f"K-{at}-0" for at in (FIRST, SECOND, THIRD)}


def test_a_call_before_the_first_moment_is_not_chosen() -> None:
    """A millisecond is enough."""
    assert run(handled(FIRST - 1), until=UNTIL).history(RULE) == []


def test_an_earlier_call_that_is_saved_later_takes_the_place() -> None:
    """CMC saved two calls the wrong way round: what was chosen is withdrawn, what should have been is chosen."""
    outcome = run(handled(FIRST + 2 * HOUR), handled(DUE + DAY, "K-2", handled_at=FIRST + HOUR), until=SECOND - 1)
    assert outcome.status(RULE, ref="K-1") == "WITHDRAWN CORRECTED"
    assert outcome.status(RULE, ref="K-2") == "BREACHED"


def test_a_call_that_turns_out_to_be_another_handlers_leaves_its_place_to_the_next() -> None:
    """Whose call it was is corrected after it was breached; the next call is due three days after it was handled."""
    other = next(f"H{n}" for n in range(2, 99) if moments("LEICS", f"H{n}", "2016-03", 3)[0] > FIRST)
    corrected = handled(DUE + 2, handled_at=FIRST, call_handler=other)
    outcome = run(handled(), handled(FIRST + HOUR, "K-2"), corrected, until=SECOND - 1)
    assert outcome.status(RULE, ref="K-1") == "WITHDRAWN CORRECTED"
    assert outcome.course(RULE, ref="K-2")[-1].endswith("BREACHED")


def test_handlers_are_compared_as_references_are() -> None:
    """H 1 and H-1 are one person with three calls a month, not two with six."""
    first = moments("LEICS", "H-1", "2016-03", 3)[0]
    outcome = run(
        call(first, "K-1", call_handler="h 1"), call(first + 1, "K-2", call_handler="H-1"), until=first + 3 * DAY + 2
    )
    assert breached(outcome) <= {"K-1"}


# -- laws ----------------------------------------------------------------------------------------------------------

SPREAD = st.lists(st.integers(ms("2016-03-01"), ms("2016-03-31 22:00")), min_size=1, max_size=7, unique=True)


@given(SPREAD, st.data())
def test_arrival_order_does_not_change_the_selection(times: list[int], data: st.DataObject) -> None:
    """Calls of two handlers in any order: the same are overdue, with the same history."""
    calls = [call(at, f"K-{n}", event_id=f"k{n}", call_handler=f"H{n % 2 + 1}") for n, at in enumerate(times)]
    assert run(*data.draw(st.permutations(calls)), until=UNTIL).final == run(*calls, until=UNTIL).final


@given(SPREAD, st.lists(st.integers(ms("2016-03-01"), ms("2016-04-10")), max_size=4))
def test_a_restart_changes_nothing(times: list[int], stops: list[int]) -> None:
    """Begun again from its table, as often as you like, the sample is the same."""
    calls = [call(at, f"K-{n}", event_id=f"k{n}") for n, at in enumerate(times)]
    assert run_with_restarts(*calls, stops=[*sorted(stops), UNTIL]).alerts == run(*calls, until=UNTIL).alerts
