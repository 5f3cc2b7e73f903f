"""Through when a topic's rows are complete."""

from __future__ import annotations

from deploy.connect.topic.changes import Change, ChangeKind, SnapshotPlace
from deploy.connect.topic.vouching import SETTLED_MS, Vouching

MINUTE = 60_000
AT = 1_780_000_000_000
LATER = AT + SETTLED_MS + 1_000


def test_a_change_vouches_for_what_was_committed_before_it_less_the_overlap() -> None:
    """At its own millisecond others may follow."""
    vouching = Vouching(MINUTE)
    vouching.note(AT - 500, AT)
    assert vouching.through(LATER) == AT - 500 - MINUTE - 1


def test_what_was_just_written_does_not_count_yet() -> None:
    """Another partition may still get what was to be written before it."""
    vouching = Vouching(0)
    vouching.note(AT, AT)
    assert vouching.through(AT + SETTLED_MS) is None
    assert vouching.through(LATER) == AT - 1


def test_nothing_is_said_twice() -> None:
    """A heartbeat that says no more is left out, and an older one says nothing."""
    vouching = Vouching(0)
    vouching.note(AT, AT)
    assert vouching.through(LATER) == AT - 1
    assert vouching.through(LATER + 1) is None
    vouching.note(AT - MINUTE, AT + 1)
    vouching.note(AT, AT + 1)
    assert vouching.through(LATER + MINUTE) is None


def test_of_changes_written_out_of_order_each_counts_in_its_own_time() -> None:
    """One that says more and was written earlier takes the place of one that says less."""
    vouching = Vouching(0)
    vouching.note(AT, AT + 10_000)
    vouching.note(AT + 1, AT)
    assert vouching.through(LATER) == AT


def test_a_steady_stream_is_vouched_for_as_it_goes() -> None:
    """However many changes come, what is old enough counts."""
    vouching, said = Vouching(0), []
    for moment in range(AT, AT + 60_000, 100):
        vouching.note(moment, moment)
        said.append(vouching.through(moment))
    stated = [through for through in said if through is not None]
    assert stated == sorted(stated)
    assert len(stated) > 50
    assert AT + 60_000 - stated[-1] < SETTLED_MS + 2_000
    assert len(vouching._pending) < 10


def test_a_source_whose_clock_is_ahead_vouches_for_no_more_than_now() -> None:
    """What is not yet cannot be complete."""
    vouching = Vouching(0)
    vouching.note(AT + MINUTE, AT)
    assert vouching.through(LATER) == LATER - 1


def test_in_the_middle_of_a_snapshot_nothing_is_complete() -> None:
    """Its end is: through when it began."""
    vouching = Vouching(0)
    within = Change(ChangeKind.ROW, committed_at=AT, snapshot=SnapshotPlace.WITHIN)
    end = Change(ChangeKind.ROW, committed_at=AT, snapshot=SnapshotPlace.END)
    vouching.note_snapshot(within.snapshot)
    vouching.note_commit(within, AT)
    vouching.note(AT + 1, AT)  # a heartbeat
    assert vouching.through(LATER) is None
    vouching.note_snapshot(end.snapshot)
    vouching.note_commit(end, AT)
    assert not vouching.in_snapshot
    assert vouching.through(LATER) == AT


def test_a_reader_that_begins_in_the_middle_of_a_snapshot_knows_it() -> None:
    """It is told, and the first change from the log of changes ends the snapshot too."""
    vouching = Vouching(0, in_snapshot=True)
    vouching.note(AT, AT)
    assert vouching.through(LATER) is None
    change = Change(ChangeKind.ROW, committed_at=AT + 1, snapshot=SnapshotPlace.NONE)
    vouching.note_snapshot(change.snapshot)
    vouching.note_commit(change, AT + 1)
    assert vouching.through(LATER) == AT


def test_rows_read_again_beside_the_log_change_nothing() -> None:
    """An incremental snapshot vouches for nothing and hides nothing."""
    vouching = Vouching(0)
    vouching.note_snapshot(SnapshotPlace.INCREMENTAL)
    vouching.note_commit(Change(ChangeKind.ROW, committed_at=AT, snapshot=SnapshotPlace.INCREMENTAL), AT)
    assert vouching.through(LATER) is None
    vouching.note(AT, AT)
    assert vouching.through(LATER) == AT - 1
