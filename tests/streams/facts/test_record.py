"""A record is the set of its snapshots: every question is answered from the set, not from how it came together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import body_digest
from schemas.records import Incident
from streams.facts.record import KEPT_WHOLE, Insertion, Record
from tests.streams.world import incident

START = 1_457_600_000_000


def saved(at: int, text: str = "A", **stated: Any) -> Incident:
    """Return a snapshot at so many milliseconds, of an incident that says a letter."""
    return incident(START + at, reported_at=START, team=text, **stated)


def record_of(*snapshots: Incident) -> Record[Incident]:
    """Return a record with all of these in effect."""
    record: Record[Incident] = Record()
    for snapshot in snapshots:
        record.insert(snapshot, in_effect=True)
    return record


def letters(record: Record[Incident]) -> str:
    """Return what it said, oldest first, of each moment the last word."""
    return "".join(str(snapshot.team) for snapshot in record.effective)


def all_letters(record: Record[Incident]) -> str:
    """Return all that it said, oldest first."""
    return "".join(str(snapshot.team) for snapshot in record.in_effect)


def test_versions_are_ordered_by_event_time_revision_event_id_and_digest() -> None:
    """Each decides only where all before it are equal; arrival decides nothing."""
    ties = sorted((saved(2, letter, event_id="a", revision=1) for letter in "XYZ"), key=body_digest)
    in_order = [
        saved(1, "A", revision=9, event_id="z"),
        saved(2, "B", revision=0, event_id="z"),
        saved(2, "C", revision=1, event_id="Z"),
        *ties,
        saved(2, "D", revision=1, event_id="é"),
        saved(3, "E", revision=0, event_id="a"),
    ]
    expected = "".join(str(snapshot.team) for snapshot in in_order)
    for order in (in_order, in_order[::-1], in_order[::2] + in_order[1::2]):
        assert all_letters(record_of(*order)) == expected
        assert letters(record_of(*order)) == "ADE"


def test_the_first_and_the_newest_are_the_ends_of_that_order() -> None:
    """However late the first arrives."""
    record = record_of(saved(5, "B"), saved(9, "C"), saved(1, "A"))
    assert (record.first.team, record.newest.team) == ("A", "C")


def test_the_same_snapshot_again_is_a_duplicate_and_another_body_a_conflict() -> None:
    """Under one event_id; another event_id is another snapshot, whatever it says."""
    one = saved(1, "A", event_id="e")
    record = record_of(one)
    assert record.insert(one, in_effect=True) is Insertion.DUPLICATE
    assert record.insert(saved(1, "B", event_id="e"), in_effect=True) is Insertion.CONFLICT
    assert record.insert(saved(2, "A", event_id="e"), in_effect=True) is Insertion.CONFLICT
    assert record.insert(saved(1, "A", event_id="f"), in_effect=True) is Insertion.ADDED
    assert record.effective_count == len(record.snapshots) == 4


def test_what_has_not_taken_effect_is_not_seen() -> None:
    """Up to and including the clock's millisecond."""
    record: Record[Incident] = Record()
    for at, letter in ((1, "A"), (2, "B"), (2, "C"), (3, "D")):
        record.insert(saved(at, letter), in_effect=False)
    assert (record.take_effect(START), letters(record)) == (False, "")
    assert (record.take_effect(START + 2), letters(record), all_letters(record)) == (True, "AC", "ABC")
    assert (record.take_effect(START + 2), record.newest.team) == (False, "C")
    assert record.as_of(START + 9) is record.newest


@pytest.mark.parametrize(
    ("teams", "since"),
    [
        ("", None),
        ("x", None),
        ("A", 0),
        ("xA", 1),
        ("AAA", 0),
        ("AxA", 2),
        ("AAx", None),
        ("xAAxAA", 4),
    ],
)
def test_since_is_the_first_of_the_unbroken_run_that_lasts_until_now(teams: str, since: int | None) -> None:
    """None where it is not so now."""
    record = record_of(*(saved(at, letter) for at, letter in enumerate(teams)))
    first = record.since(lambda snapshot: snapshot.team == "A")
    assert (None if first is None else first.event_time - START) == since


def test_only_the_highest_of_one_millisecond_counts_for_since() -> None:
    """What was never in effect neither breaks a run nor begins one."""
    never_broken = record_of(saved(1, "A"), saved(2, "x", revision=1), saved(2, "A", revision=2))
    assert never_broken.since(lambda snapshot: snapshot.team == "A") is never_broken.snapshots[0]
    never_begun = record_of(saved(1, "A", revision=1), saved(1, "x", revision=2), saved(2, "A"))
    assert never_begun.since(lambda snapshot: snapshot.team == "A") is never_begun.snapshots[2]


def test_of_one_moment_only_the_highest_is_read() -> None:
    """First, newest, "so far" and "first stated" alike, whichever came first; what is lower is never asked."""
    lower, higher = saved(1, "A", assessed_at=START + 7), saved(1, "B", revision=1)
    for order in ((lower, higher), (higher, lower)):
        record = record_of(*order, saved(2, "C", assessed_at=START + 9))
        assert (letters(record), record.first) == ("BC", higher)
        assert record.first_stated(lambda snapshot: snapshot.assessed_at) == START + 9
        assert record.as_of(START + 1) is higher
        assert list(record.at_moment(START + 1)) == [lower, higher]


def test_a_higher_revision_is_read_from_when_it_is_there() -> None:
    """Though the lower has been read before; and a lower one that comes later is not read at all."""
    record = record_of(saved(1, "A"), saved(2, "B"))
    assert letters(record) == "AB"
    record.insert(saved(1, "X", revision=2), in_effect=True)
    assert (letters(record), str(record.first.team)) == ("XB", "X")
    record.insert(saved(1, "Y", revision=1), in_effect=True)
    assert (letters(record), all_letters(record)) == ("XB", "AYXB")


def test_as_of_is_what_it_said_at_a_moment() -> None:
    """The highest of that millisecond; nothing before the first."""
    record = record_of(saved(1, "A"), saved(3, "B", revision=1), saved(3, "C", revision=2))
    states = {at: record.as_of(START + at) for at in (0, 1, 2, 3, 4)}
    assert {at: snapshot and snapshot.team for at, snapshot in states.items()} == {
        0: None,
        1: "A",
        2: "A",
        3: "C",
        4: "C",
    }


def test_the_first_to_state_a_time_is_believed() -> None:
    """Later ones are not asked; none is none."""
    record = record_of(saved(1), saved(2, assessed_at=START + 7), saved(3, assessed_at=START + 5))
    assert record.first_stated(lambda snapshot: snapshot.assessed_at) == START + 7
    assert record.first_stated(lambda snapshot: snapshot.closed_at) is None


# -- long records --------------------------------------------------------------------------------------------------


def test_a_long_record_keeps_only_the_ends_of_runs_that_say_the_same() -> None:
    """A source that saves a record every minute does not fill the state."""
    record = record_of(*(saved(at, "A") for at in range(1000)))
    assert len(record.snapshots) <= KEPT_WHOLE
    assert (record.first.event_time, record.newest.event_time) == (START, START + 999)


def test_a_record_that_always_says_something_else_is_kept_whole() -> None:
    """Nothing that was said is lost."""
    record = record_of(*(saved(at, "AB"[at % 2]) for at in range(40)))
    assert len(record.snapshots) == record.effective_count == 40


def test_what_comes_between_the_ends_of_a_run_that_was_dropped_leaves_the_newer_end() -> None:
    """Since when the record says so again is then its newest snapshot: those before it have gone."""
    record = record_of(*(saved(at, "A") for at in range(0, 2 * KEPT_WHOLE, 2)), saved(2 * KEPT_WHOLE, "A"))
    record.insert(saved(5, "B"), in_effect=True)
    assert [(one.event_time - START, one.team) for one in record.snapshots] == [
        (0, "A"),
        (5, "B"),
        (2 * KEPT_WHOLE, "A"),
    ]
    since = record.since(lambda snapshot: snapshot.team == "A")
    assert since is record.newest


def test_what_waits_is_never_dropped() -> None:
    """Only what is in effect can be known to stand between equals."""
    record: Record[Incident] = Record()
    for at in range(40):
        record.insert(saved(at, "A"), in_effect=at < 20)
    assert len(record.snapshots) - record.effective_count == 20


def test_what_waits_is_read_once_it_takes_effect_although_a_snapshot_was_dropped_before() -> None:
    """As many are in effect, of as many, as when the record was last read; it says something else."""
    record = record_of(saved(0, "A", revision=0), saved(0, "B", revision=1))
    for at, letter in enumerate("CDEFGHIJKLMXXX", start=1):
        record.insert(saved(at, letter), in_effect=True)
    before = record.effective_count, len(record.snapshots)
    assert letters(record) == "BCDEFGHIJKLMXXX"
    record.insert(saved(20, "Z"), in_effect=False)
    record.take_effect(START + 20)
    assert (record.effective_count, len(record.snapshots)) == before
    assert letters(record) == "BCDEFGHIJKLMXXZ"


def test_nothing_is_read_of_what_was_dropped_from_effect() -> None:
    """A record that is forgotten begins anew."""
    record = record_of(saved(0, "A", revision=0), saved(0, "B", revision=1))
    assert letters(record) == "B"
    record.drop_effective()
    for snapshot in (saved(1, "C"), saved(2, "D")):
        record.insert(snapshot, in_effect=True)
    assert letters(record) == "CD"


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("AAAAx")), min_size=KEPT_WHOLE + 1, max_size=60))
def test_dropping_changes_no_answer(steps: list[tuple[int, str]]) -> None:
    """As snapshots come in time order, first, newest, since and as_of are what the whole record would say."""
    at, whole = 0, []
    for number, (apart, letter) in enumerate(steps):
        at += apart
        whole.append(saved(at, letter, event_id=f"{number:03}"))
    record = record_of(*whole)
    assert record.first is [snapshot for snapshot in whole if snapshot.event_time == START + steps[0][0]][-1]
    assert record.newest is whole[-1]
    assert record.effective_count == len(record.snapshots)
    for letter in "Ax":
        since = record.since(lambda s, letter=letter: s.team == letter)  # type: ignore[misc]
        assert (since and since.event_time) == _since(whole, letter)
    for moment in range(START - 1, START + at + 1):
        now = [snapshot for snapshot in whole if snapshot.event_time <= moment]
        answer = record.as_of(moment)
        assert (answer and answer.team) == (now[-1].team if now else None)
    read = [one for one, after in zip(whole, [*whole[1:], None], strict=True) if not _hidden(one, after)]
    assert _firsts_of_runs(record.effective) == _firsts_of_runs(read)


def _firsts_of_runs(read: Sequence[Incident]) -> list[str]:
    """Return the event_id of the first snapshot of each run that says the same."""
    return [next(run).event_id for _, run in groupby(read, key=lambda snapshot: snapshot.team)]


def _since(whole: list[Incident], letter: str) -> int | None:
    in_effect = [one for one, after in zip(whole, [*whole[1:], None], strict=True) if not _hidden(one, after)]
    start = None
    for snapshot in reversed(in_effect):
        if snapshot.team != letter:
            break
        start = snapshot.event_time
    return start


def _hidden(one: Incident, after: Incident | None) -> bool:
    return after is not None and after.event_time == one.event_time


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_any_order_of_arrival_gives_the_same_record(order: tuple[int, ...]) -> None:
    """In effect at once, as they are live."""
    four = [
        saved(1, "A", event_id="a"),
        saved(1, "B", event_id="b"),
        saved(2, "C", revision=1),
        saved(2, "D", revision=0),
    ]
    record = record_of(*(four[index] for index in order))
    assert (letters(record), all_letters(record)) == ("BC", "ABDC")
    assert (record.first.team, record.newest.team) == ("B", "C")
