"""Comparisons take their turn, one at a time over all boards, and whatever becomes of their process is said."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from dashboards.board.ingest.process_queue import ProcessQueue
from dashboards.board.readmodel import ReadModel, alert_differences, policy_comparisons
from dashboards.board.readmodel.alert_differences import DifferenceFilter
from dashboards.board.readmodel.policy_comparisons import LOST_MS, PolicyComparison
from streams.policy.calendar import DAY
from tests.dashboards.board.served_board import WALL, FixedClock
from tests.dashboards.trials.policy_comparison import compared, comparison_request
from tests.dashboards.trials.sample import an_alert

PATIENCE_SECONDS = 30


@dataclass
class Pretended:
    """A process that ends when it is told to."""

    ended: threading.Event = field(default_factory=threading.Event)
    status: int = 0
    terminated: bool = False

    def poll(self) -> int | None:
        """Give the exit status once it ended."""
        return self.status if self.ended.is_set() else None

    def terminate(self) -> None:
        """Note that it was told to stop."""
        self.terminated, self.status = True, -15
        self.ended.set()

    def wait(self) -> int:
        """Wait until it ended."""
        self.ended.wait()
        return self.status

    def end(self, status: int) -> None:
        """End by itself."""
        self.status = status
        self.ended.set()


@dataclass
class Started:
    """The processes that were started, by comparison."""

    processes: dict[str, Pretended] = field(default_factory=dict)

    def __call__(self, comparison_id: str) -> Pretended:
        """Start one."""
        self.processes[comparison_id] = Pretended()
        return self.processes[comparison_id]


@contextmanager
def running(model: ReadModel, clock: FixedClock, start: Callable[[str], Pretended]) -> Iterator[ProcessQueue]:
    """Run comparisons for the while."""
    thread = ProcessQueue(policy_comparisons, model, clock, start, keep_days=30)
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < ends, "it never came"
        threading.Event().wait(0.02)


def one(model: ReadModel, comparison_id: str) -> PolicyComparison:
    """Return a comparison that is there."""
    with model.reading() as connection:
        comparison = policy_comparisons.find(connection, comparison_id)
    assert comparison is not None
    return comparison


def put(model: ReadModel, at: int = WALL) -> str:
    """Ask for a comparison."""
    comparison_id = str(uuid.uuid4())
    assert policy_comparisons.enqueue(model, comparison_request(at, comparison_id))
    return comparison_id


def test_one_runs_at_a_time_whichever_board_it_is(either_model: ReadModel) -> None:
    """The first asked goes first; nobody else takes one while it is under way."""
    second, first = put(either_model, WALL + 1), put(either_model, WALL)
    taken: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: taken.append(policy_comparisons.claim(either_model, WALL))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(filter(None, taken)) == [first]
    policy_comparisons.fail(either_model, first, "no", WALL)
    assert policy_comparisons.claim(either_model, WALL) == second


def test_what_came_of_it_is_kept_and_vanishes_with_it(either_model: ReadModel) -> None:
    """Numbers by day and the cases, until the comparison is older than is kept."""
    alert = an_alert("crime-not-recorded", "STORM", "I-1", wall=WALL, due_in=-1)
    comparison = compared(either_model, WALL, [alert], [])
    result = one(either_model, comparison.comparison_id).result
    assert result is not None
    assert [line.appear for lines in result.by_day.values() for line in lines] == [1]
    wanted = DifferenceFilter(comparison_id=comparison.comparison_id, start=0, end=WALL + DAY)
    with either_model.reading() as connection:
        (case,) = alert_differences.search(connection, wanted)
    assert (case.kind, case.alert_id, case.theirs, case.has_alert) == ("APPEARS", alert.alert_id, None, False)
    assert case.ours is not None
    assert case.ours.due_at == alert.due_at
    policy_comparisons.remove_before(either_model, WALL)
    assert one(either_model, comparison.comparison_id).state == "DONE"
    policy_comparisons.remove_before(either_model, WALL + 1)
    with either_model.reading() as connection:
        assert policy_comparisons.find(connection, comparison.comparison_id) is None
        assert alert_differences.count(connection, wanted) == 0


def test_they_are_run_one_after_another(model: ReadModel, clock: FixedClock) -> None:
    """The next process starts when the one before has ended."""
    first, second, started = put(model), put(model, WALL + 1), Started()
    with running(model, clock, started):
        until(lambda: first in started.processes)
        assert second not in started.processes
        started.processes[first].end(0)
        until(lambda: second in started.processes)
        started.processes[second].end(0)
        until(lambda: one(model, second).state == "FAILED")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(1, "The process that compares failed."), (-9, "was ended by signal 9; perhaps it had too")],
)
def test_a_process_that_fails_is_told_of(model: ReadModel, clock: FixedClock, status: int, sentence: str) -> None:
    """In a sentence for whoever asked; the next one runs."""
    first, started = put(model), Started()
    with running(model, clock, started):
        until(lambda: first in started.processes)
        started.processes[first].end(status)
        until(lambda: one(model, first).state == "FAILED")
        assert sentence in (one(model, first).error or "")
        second = put(model, WALL + 1)
        until(lambda: second in started.processes)


def test_what_the_process_itself_says_stands(model: ReadModel, clock: FixedClock) -> None:
    """Why it failed is not written over by how it ended."""
    first, started = put(model), Started()
    with running(model, clock, started):
        until(lambda: first in started.processes)
        policy_comparisons.fail(model, first, "The records could not be read.", WALL)
        started.processes[first].end(1)
        second = put(model, WALL + 1)
        until(lambda: second in started.processes)
    assert one(model, first).error == "The records could not be read."


def test_a_process_that_cannot_be_started_is_told_of(model: ReadModel, clock: FixedClock) -> None:
    """With what the system says."""
    first = put(model)

    def start(_: str) -> Pretended:
        raise OSError(12, "Cannot allocate memory")

    with running(model, clock, start):
        until(lambda: one(model, first).state == "FAILED")
    assert one(model, first).error == "The process that compares could not be started: Cannot allocate memory."


def test_one_that_is_removed_stops(model: ReadModel, clock: FixedClock) -> None:
    """Its process is told, and the next one's turn comes."""
    first, second, started = put(model), put(model, WALL + 1), Started()
    with running(model, clock, started):
        until(lambda: first in started.processes)
        policy_comparisons.remove(model, first)
        until(lambda: second in started.processes)
    assert started.processes[first].terminated


def test_a_board_that_stops_leaves_its_comparison_to_the_next(model: ReadModel, clock: FixedClock) -> None:
    """The process ends with it, and the comparison waits again."""
    first, started = put(model), Started()
    with running(model, clock, started):
        until(lambda: first in started.processes)
    assert started.processes[first].terminated
    assert one(model, first).state == "QUEUED"
    assert policy_comparisons.claim(model, WALL) == first


def test_a_comparison_whose_board_was_killed_fails_in_the_end(either_model: ReadModel) -> None:
    """Nobody has said for a minute that it is under way; one that is vouched for goes on."""
    first, second = put(either_model), put(either_model, WALL + 1)
    assert policy_comparisons.claim(either_model, WALL) == first
    policy_comparisons.keep_alive(either_model, first, WALL + LOST_MS)
    assert policy_comparisons.claim(either_model, WALL + LOST_MS + LOST_MS) is None
    assert policy_comparisons.claim(either_model, WALL + LOST_MS + LOST_MS + 1) == second
    assert "The board that ran it stopped" in (one(either_model, first).error or "")


def test_old_comparisons_vanish_by_themselves(model: ReadModel, clock: FixedClock) -> None:
    """A board that runs forgets those older than it is told to keep."""
    old = compared(model, WALL - 31 * DAY, [], [], comparison_id=str(uuid.uuid4()))
    young = compared(model, WALL - 29 * DAY, [], [], comparison_id=str(uuid.uuid4()))

    def there(comparison_id: str) -> bool:
        with model.reading() as connection:
            return policy_comparisons.find(connection, comparison_id) is not None

    with running(model, clock, Started()):
        until(lambda: not there(old.comparison_id))
    assert there(young.comparison_id)
