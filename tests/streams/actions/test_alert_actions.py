from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.products import ActionKind, AlertAction
from streams.actions import AlertActions, Handling, hand_over
from streams.actions.roles import ROLES
from streams.policy import LEVELS
from streams.policy.calendar import HOUR, MINUTE
from tests.streams.actions.alerts import ALERT, BEGAN, action

MOMENTS = st.integers(BEGAN, BEGAN + 5)
ACTIONS = st.builds(
    AlertAction,
    action_id=st.sampled_from("abcdef"),
    alert_id=st.sampled_from([ALERT.alert_id, ""]),
    force=st.just("LEICS"),
    kind=st.sampled_from(get_args(ActionKind)),
    by=st.sampled_from(["asmith", "bjones"]),
    role=st.sampled_from(sorted(ROLES)),
    at=MOMENTS,
    text=st.sampled_from([None, " ", "seen", "waiting"]),
    assignee=st.sampled_from([None, "cpatel"]),
    expires_at=st.none() | MOMENTS,
    level=st.sampled_from([None, *LEVELS, "CHIEF"]),
    outcome=st.sampled_from([None, "CLOSE", "REOPEN"]),
)
LISTS = st.lists(ACTIONS, max_size=8)


@given(LISTS, st.randoms(use_true_random=False))
def test_arrival_order_and_duplicates_do_not_change_what_stands(actions: list[AlertAction], random: object) -> None:
    """Any order, with anything said twice, comes to the same."""
    shuffled = [*actions, *actions[:3]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert AlertActions.of(shuffled) == AlertActions.of(actions)


@given(LISTS, LISTS, LISTS)
def test_merging_is_associative_and_commutative(
    one: list[AlertAction], two: list[AlertAction], three: list[AlertAction]
) -> None:
    """However the actions are split between readers, together they know the same."""
    left = AlertActions.of(one).merge(*two).merge(*three)
    right = AlertActions.of(three).merge(*AlertActions.of(two).merge(*one).actions)
    assert left == right


@given(LISTS)
def test_merging_what_is_known_changes_nothing(actions: list[AlertAction]) -> None:
    """A replay of the topic gives back the very same value."""
    known = AlertActions.of(actions)
    assert known.merge(*actions) is known


@given(LISTS, MOMENTS)
def test_nothing_is_quiet_beyond_what_somebody_stated(actions: list[AlertAction], clock: int) -> None:
    """Past every stated expiry neither an acknowledgement nor a silence stands."""
    handling = AlertActions.of(actions).handling(BEGAN + 6)
    assert (handling.acknowledged, handling.silenced) == (None, None)
    assert AlertActions.of(actions).handling(clock).override is None or handling.override is not None


@given(LISTS, ACTIONS)
def test_levels_only_rise_and_notes_only_gather(actions: list[AlertAction], more: AlertAction) -> None:
    """With an action of a new id, whatever its time, no level falls and no note goes."""
    known = AlertActions.of(actions)
    before, after = known.handling(BEGAN), known.merge(_named(more, "new")).handling(BEGAN)
    assert _rank(after) >= _rank(before)
    assert set(before.notes) <= set(after.notes)


def _named(given_action: AlertAction, name: str) -> AlertAction:
    import msgspec

    return msgspec.structs.replace(given_action, action_id=name)


def _rank(handling: Handling) -> int:
    return -1 if handling.level is None else LEVELS.index(handling.level)


def test_an_acknowledgement_holds_through_its_expiry_and_no_longer() -> None:
    """The millisecond stated is the last."""
    alert_actions = AlertActions.of([action("ACK", expires_at=BEGAN + HOUR)])
    held = alert_actions.handling(BEGAN + HOUR).acknowledged
    assert held is not None
    assert (held.by, held.until) == ("asmith", BEGAN + HOUR)
    assert alert_actions.handling(BEGAN + HOUR + 1).acknowledged is None
    assert alert_actions.handling(BEGAN).changes_at == BEGAN + HOUR + 1


def test_two_people_acting_at_once_both_leave_their_mark() -> None:
    """Different things stand side by side; of two of a kind in one millisecond the greater id is the later."""
    alert_actions = AlertActions.of(
        [
            action("ASSIGN", action_id="a", by="asmith", assignee="asmith"),
            action("ASSIGN", action_id="b", by="bjones", assignee="bjones"),
            action("NOTE", action_id="c", by="bjones", text="rang the officer"),
        ]
    )
    handling = alert_actions.handling(BEGAN)
    assert (handling.assignee, [note.by for note in handling.notes]) == ("bjones", ["bjones"])


def test_a_silence_ends_when_it_is_lifted() -> None:
    """The later of the two words stands."""
    silence = action("SILENCE", expires_at=BEGAN + HOUR, text="duplicate of another log")
    lifted = action("UNSILENCE", at=BEGAN + MINUTE)
    assert AlertActions.of([silence]).handling(BEGAN + MINUTE).silenced is not None
    assert AlertActions.of([lifted, silence]).handling(BEGAN + MINUTE).silenced is None


def test_the_registrar_can_take_an_override_back() -> None:
    """Closed by one word, open again by the next."""
    close = action("OVERRIDE", text="not within the rules", outcome="CLOSE")
    reopen = action("OVERRIDE", at=BEGAN + 1, text="it is after all", outcome="REOPEN")
    assert AlertActions.of([close]).handling(BEGAN).is_closed
    assert not AlertActions.of([close, reopen]).handling(BEGAN).is_closed


@pytest.mark.parametrize(
    "rogue",
    [
        action("SILENCE", text="for ever"),
        action("SILENCE", expires_at=BEGAN + 1),
        action("SILENCE", expires_at=BEGAN, text="past"),
        action("ACK"),
        action("OVERRIDE", role="SUPERVISOR", text="mine now"),
        action("OVERRIDE", text="  "),
        action("ESCALATE", level="CHIEF"),
        action("ACK", role="AUDITOR", expires_at=BEGAN + 1),
        action("ACK", role="KING", expires_at=BEGAN + 1),
    ],
)
def test_what_should_never_have_been_written_stands_for_nothing(rogue: AlertAction) -> None:
    """Whoever can write to the topic still cannot silence for ever or close as somebody they are not."""
    assert AlertActions.of([rogue]) == AlertActions()


def test_two_notifiers_escalations_are_one_and_the_earlier() -> None:
    """One id, two moments: whichever is read first, the earlier stands."""
    early, late = (action("ESCALATE", at=at, action_id="same", level="FCR") for at in (BEGAN, BEGAN + 9))
    for order in ([early, late], [late, early]):
        alert_actions = AlertActions.of(order)
        assert alert_actions.actions == (early,)
        assert alert_actions.handling(BEGAN).escalated_at == BEGAN


def test_a_shift_is_handed_over_once_however_often_it_is_sent() -> None:
    """Its alerts are the next person's, and the shift itself says so under no alert."""
    sent = [
        hand_over(
            action_id="h",
            force="LEICS",
            alert_ids=[ALERT.alert_id, "other", "other"],
            by="asmith",
            role="SUPERVISOR",
            to="bjones",
            at=BEGAN,
            text="quiet night",
        )
        for _ in range(2)
    ]
    assert sent[0] == sent[1]
    assert [given_action.alert_id for given_action in sent[0]] == ["", ALERT.alert_id, "other"]
    handling = AlertActions.of(sent[0][1:2]).handling(BEGAN)
    assert (handling.assignee, handling.handover and handling.handover.to) == ("bjones", "bjones")


@pytest.mark.parametrize(("by", "whose"), [("asmith", "bjones"), ("cpatel", "cpatel")])
def test_with_a_shift_goes_what_was_acknowledged_in_it(by: str, whose: str) -> None:
    """The next person sees to it until the same time; what somebody else acknowledged stays theirs."""
    ack = action("ACK", by=by, expires_at=BEGAN + HOUR)
    shift = hand_over(
        action_id="h",
        force="LEICS",
        alert_ids=[ALERT.alert_id],
        by="asmith",
        role="SUPERVISOR",
        to="bjones",
        at=BEGAN + MINUTE,
        text=None,
    )
    acknowledged = AlertActions.of([ack, shift[1]]).handling(BEGAN + MINUTE).acknowledged
    assert acknowledged is not None
    assert (acknowledged.by, acknowledged.until) == (whose, BEGAN + HOUR)
