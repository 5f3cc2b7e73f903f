from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agents.notifier.batching import QueuedNotification, due_batches
from streams.policy.calendar import MINUTE
from tests.agents.notifier.examples import POLICY

AT = 1_700_000_000_000


def queued(count: int, *, urgent: bool = True, at: int = AT) -> list[QueuedNotification]:
    """Make notifications queued since then."""
    return [
        QueuedNotification(f"{'u' if urgent else 'o'}{step}-{at}", f"alert-{step}", "BREACHED", urgent, at)
        for step in range(count)
    ]


def kinds(*args: object) -> list[tuple[str, int]]:
    """Name the messages that are due, with how many alerts each holds."""
    queue, recent, storm_at, clock = args
    batches = due_batches(queue, recent, storm_at, POLICY, clock)  # type: ignore[arg-type]
    return [(batch.kind, len(batch.notifications)) for batch in batches]


def test_what_is_urgent_goes_alone_and_almost_at_once() -> None:
    """After the moment in which a storm would show."""
    queue = queued(3)
    assert kinds(queue, [], None, AT + POLICY.urgent_wait - 1) == []
    assert kinds(queue, [], None, AT + POLICY.urgent_wait) == [("SINGLE", 1)] * 3


def test_what_is_not_gathers() -> None:
    """Until the first has waited long enough; one that came alone is not called a group."""
    early, late = queued(1, urgent=False), queued(4, urgent=False, at=AT + MINUTE)
    assert kinds([*early, *late], [], None, AT + POLICY.group_wait - 1) == []
    assert kinds([*early, *late], [], None, AT + POLICY.group_wait) == [("GROUP", 5)]
    assert kinds(early, [], None, AT + POLICY.group_wait) == [("SINGLE", 1)]


def test_a_storm_is_one_message() -> None:
    """As many as the policy allows go alone; one more and all are one."""
    clock = AT + POLICY.urgent_wait
    assert kinds(queued(POLICY.storm_messages), [], None, clock) == [("SINGLE", 1)] * POLICY.storm_messages
    assert kinds(queued(POLICY.storm_messages + 1), [], None, clock) == [("STORM", POLICY.storm_messages + 1)]


def test_a_storm_that_comes_in_drops_is_one_too() -> None:
    """What went alone just before counts, until it is out of the window."""
    clock = AT + POLICY.urgent_wait
    recent = [AT - 1] * POLICY.storm_messages
    assert kinds(queued(2), recent, None, clock) == [("STORM", 2)]
    assert kinds(queued(2), recent, None, AT - 1 + POLICY.storm_window) == [("SINGLE", 1)] * 2


def test_while_a_storm_lasts_the_next_message_waits() -> None:
    """Then all that came meanwhile is in one message."""
    queue = queued(30, at=AT + 1)
    assert kinds(queue, [AT], AT, AT + POLICY.storm_window - 1) == []
    assert kinds(queue, [], AT, AT + POLICY.storm_window) == [("STORM", 30)]
    assert kinds(queued(1, urgent=False), [AT], AT, AT + POLICY.group_wait) == [("SINGLE", 1)]


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 20))
def test_every_notification_is_sent_once_in_a_message_of_its_own_name(urgent: int, ordinary: int, before: int) -> None:
    """Nothing is lost or doubled, and the same notifications make the same Message-ID in any order."""
    queue = [*queued(urgent), *queued(ordinary, urgent=False)]
    clock = AT + POLICY.group_wait
    batches = due_batches(queue, [clock] * before, None, POLICY, clock)
    batched = [notification.notification_id for batch in batches for notification in batch.notifications]
    assert sorted(batched) == sorted(notification.notification_id for notification in queue)
    turned = due_batches(queue[::-1], [clock] * before, None, POLICY, clock)
    assert {batch.message_id for batch in turned} == {batch.message_id for batch in batches}
    assert len({batch.message_id for batch in batches}) == len(batches)
