"""The read model: what arrives twice, late, out of turn or on two boards at once leaves the same state."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.board.domain.filters import Filters
from dashboards.board.domain.people import Person
from dashboards.board.ingest import apply
from dashboards.board.readmodel import ReadModel, alerts, tables
from dashboards.board.readmodel.cases import StoredCases
from schemas.codec import Codec
from schemas.products import Alert, AlertAction, Candidate, Erasure, Product, Subject
from streams.topology.messages import TopicMessage
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.policy_comparison import compared
from tests.dashboards.trials.sample import a_case, a_clock, an_alert, key_of

EVERYONE = Person(name="a", role="FCR", forces=("*",))
CODEC = Codec()
ALERT = an_alert("crime-not-recorded", "STORM", "INC-1", wall=WALL, due_in=60_000, team="A")


def arrived(record: Product, offset: int, partition: int = 0, *, key: str | None = None) -> TopicMessage:
    """Make a message of a record."""
    name = (key_of(record) if key is None else key).encode()
    return TopicMessage(record.TOPIC, partition, offset, name, CODEC.encode(record))


def tombstone(record: Product, offset: int) -> TopicMessage:
    """Make the message that forgets a record."""
    return TopicMessage(record.TOPIC, 0, offset, key_of(record).encode(), None)


def version(sequence: int, status: str = "BREACHED") -> Alert:
    """Give the alert as it is at a change."""
    return msgspec.structs.replace(ALERT, sequence=sequence, status=status, updated_at=WALL + sequence)


def held(model: ReadModel) -> dict[str, int]:
    """Give each alert's sequence."""
    with model.reading() as connection:
        every = Filters(status=("AT_RISK", "BREACHED", "CLEARED", "WITHDRAWN"))
        items = alerts.search(connection, every, EVERYONE, WALL)
    return {item.alert.alert_id: item.alert.sequence for item in items}


def act(kind: str, number: int, at: int = WALL, **fields: object) -> AlertAction:
    """Make an action on the alert."""
    stated = {"by": "insp.patel", "role": "SUPERVISOR", "at": at, "kind": kind, **fields}
    return msgspec.convert(
        {"action_id": f"act-{number}", "alert_id": ALERT.alert_id, "force": "LEICS", **stated}, AlertAction
    )


def test_an_alert_is_kept_whole(either_model: ReadModel) -> None:
    """Every field of an alert comes back as it went in, facts and all."""
    apply.apply(either_model, [arrived(ALERT, 0)], CODEC)
    with either_model.reading() as connection:
        item = alerts.find(connection, ALERT.alert_id, EVERYONE)
    assert item is not None
    assert item.alert == ALERT


def test_an_older_sequence_never_replaces_a_newer_one(either_model: ReadModel) -> None:
    """A worker that began again repeats old changes behind new ones; the newest stands."""
    apply.apply(either_model, [arrived(version(3), 0)], CODEC)
    apply.apply(either_model, [arrived(version(2), 1), arrived(version(1), 2)], CODEC)
    assert held(either_model) == {ALERT.alert_id: 3}


def test_an_older_sequence_in_the_same_batch_does_not_win(either_model: ReadModel) -> None:
    """The same holds inside one batch."""
    apply.apply(either_model, [arrived(version(4), 0), arrived(version(2), 1)], CODEC)
    assert held(either_model) == {ALERT.alert_id: 4}


def test_a_tombstone_forgets_and_what_comes_after_it_stands(either_model: ReadModel) -> None:
    """An alert that is forgotten is gone; raised again it begins at sequence 1, in the same batch or a later one."""
    apply.apply(either_model, [arrived(version(7), 0), tombstone(ALERT, 1)], CODEC)
    assert held(either_model) == {}
    apply.apply(either_model, [arrived(version(5), 2)], CODEC)
    apply.apply(either_model, [tombstone(ALERT, 3), arrived(version(1), 4)], CODEC)
    assert held(either_model) == {ALERT.alert_id: 1}


def test_a_restart_goes_on_where_it_stopped(either_model: ReadModel) -> None:
    """The positions are stored with what they cover, by topic and partition."""
    assert apply.positions(either_model, Alert.TOPIC, "log-1") == {}
    apply.apply(either_model, [arrived(version(1), 41, partition=3), arrived(version(2), 7, partition=5)], CODEC)
    assert apply.positions(either_model, Alert.TOPIC, "log-1") == {3: 42, 5: 8}


def test_a_topic_made_anew_is_read_from_its_beginning(either_model: ReadModel) -> None:
    """What was read of a topic that was deleted and made again is dropped with its positions."""
    apply.positions(either_model, Alert.TOPIC, "log-1")
    apply.apply(either_model, [arrived(ALERT, 10)], CODEC)
    assert apply.positions(either_model, Alert.TOPIC, "log-2") == {}
    assert held(either_model) == {}


def test_a_board_that_lags_behind_another_changes_nothing(either_model: ReadModel) -> None:
    """Two boards read one log into one database: the slower one's old tombstone does not undo the faster one's work."""
    ahead = [arrived(version(1), 0), tombstone(ALERT, 1), arrived(version(1, "AT_RISK"), 2)]
    apply.apply(either_model, ahead, CODEC)
    for message in ahead[:2]:
        apply.apply(either_model, [message], CODEC)
    assert held(either_model) == {ALERT.alert_id: 1}


def test_what_cannot_be_read_is_passed_over_and_said(either_model: ReadModel) -> None:
    """One bad message keeps nothing else out, and the position goes past it."""
    bad = TopicMessage(Alert.TOPIC, 0, 0, b"x", b"\x00nonsense")
    refused = apply.apply(either_model, [bad, arrived(ALERT, 1)], CODEC)
    assert [(item.message.offset, item.reason) for item in refused] == [(0, "UNKNOWN_SCHEMA")]
    assert held(either_model) == {ALERT.alert_id: 1}


def test_actions_amount_to_the_same_in_any_order(either_model: ReadModel) -> None:
    """What people did is folded by its own time, not by its arrival."""
    first, second = act("ASSIGN", 1, WALL, assignee="a"), act("ASSIGN", 2, WALL + 5, assignee="b")
    apply.apply(either_model, [arrived(ALERT, 0), arrived(second, 0), arrived(first, 1)], CODEC)
    with either_model.reading() as connection:
        item = alerts.find(connection, ALERT.alert_id, EVERYONE)
    assert item is not None
    assert item.handling.assignee == "b"


def test_an_action_that_comes_back_changes_nothing(either_model: ReadModel) -> None:
    """Shown at once, it is brought by its topic again: no screen is told of a change that is none."""
    ack = act("ACK", 1, expires_at=WALL + 100)
    apply.apply(either_model, [arrived(ALERT, 0)], CODEC)
    apply.show_at_once(either_model, ack)
    last_change = either_model.newest_change()
    apply.apply(either_model, [arrived(ack, 0)], CODEC)
    with either_model.reading() as connection:
        assert alerts.changed_since(connection, last_change, 10) == []
    apply.apply(either_model, [arrived(act("NOTE", 2, text="rung the sergeant"), 1)], CODEC)
    with either_model.reading() as connection:
        assert alerts.changed_since(connection, last_change, 10) == [ALERT.alert_id]


def test_new_evidence_never_wipes_what_people_did(either_model: ReadModel) -> None:
    """An acknowledgement stands beside the alert when the alert changes, and a note is not lost."""
    ack, note = act("ACK", 1, expires_at=WALL + 100), act("NOTE", 2, text="rung the sergeant")
    apply.apply(either_model, [arrived(version(1), 0), arrived(ack, 0), arrived(note, 1)], CODEC)
    apply.apply(either_model, [arrived(version(2), 1)], CODEC)
    with either_model.reading() as connection:
        item = alerts.find(connection, ALERT.alert_id, EVERYONE)
    assert item is not None
    assert (item.handling.acked_by, item.handling.acked_until, item.handling.notes) == ("insp.patel", WALL + 100, 1)


def test_an_action_under_another_forces_key_is_nobodys_word(either_model: ReadModel) -> None:
    """An action counts only under the key of its own force."""
    apply.apply(either_model, [arrived(ALERT, 0), arrived(act("ASSIGN", 1, assignee="x"), 0, key="DERBS")], CODEC)
    with either_model.reading() as connection:
        assert alerts.actions_on(connection, ALERT.alert_id, "LEICS") == []


def test_an_action_for_ever_stands_for_nothing(either_model: ReadModel) -> None:
    """A silence without an end, however it got onto the topic, hides nothing."""
    apply.apply(either_model, [arrived(ALERT, 0), arrived(act("SILENCE", 1, text="why"), 0)], CODEC)
    assert held(either_model) == {ALERT.alert_id: 1}


def test_a_candidate_comes_and_goes_with_its_message(either_model: ReadModel) -> None:
    """A probable crime is shown until its tombstone."""
    candidate = Candidate(
        alert_id=ALERT.alert_id,
        force="LEICS",
        subject_system="STORM",
        subject_ref="INC-1",
        crime_ref="CR-1",
        probability=0.9,
        reasons=("same beat",),
    )
    apply.apply(either_model, [arrived(ALERT, 0), arrived(candidate, 0)], CODEC)
    with either_model.reading() as connection:
        assert alerts.candidates_for(connection, ALERT.alert_id) == [candidate]
    apply.apply(either_model, [tombstone(candidate, 1)], CODEC)
    with either_model.reading() as connection:
        assert alerts.candidates_for(connection, ALERT.alert_id) == []


def test_a_cases_links_are_those_of_its_newest_version(either_model: ReadModel) -> None:
    """A link that is taken back is gone."""
    apply.apply(either_model, [arrived(a_case("STORM", "I-1", began_at=WALL, linked=[("CIS", "C-1")]), 0)], CODEC)
    apply.apply(either_model, [arrived(a_case("STORM", "I-1", began_at=WALL, linked=[("CIS", "C-2")]), 1)], CODEC)
    with either_model.reading() as connection:
        assert StoredCases(connection).links_of("LEICS", [("STORM", "I-1")]) == {(("STORM", "I-1"), ("CIS", "C-2"))}


def test_changes_are_numbered_in_the_order_of_commits(either_model: ReadModel) -> None:
    """Whoever saw change n is told exactly of what came after it."""
    apply.apply(either_model, [arrived(ALERT, 0)], CODEC)
    last_change = either_model.newest_change()
    other = an_alert("crime-not-recorded", "STORM", "INC-2", wall=WALL, due_in=1)
    apply.apply(either_model, [arrived(other, 1)], CODEC)
    with either_model.reading() as connection:
        assert alerts.changed_since(connection, last_change, 10) == [other.alert_id]


def test_what_is_forgotten_counts_as_a_change(either_model: ReadModel) -> None:
    """A screen that still shows a forgotten alert is told."""
    apply.apply(either_model, [arrived(ALERT, 0)], CODEC)
    last_change = either_model.newest_change()
    apply.apply(either_model, [tombstone(ALERT, 1)], CODEC)
    with either_model.reading() as connection:
        assert alerts.changed_since(connection, last_change, 10) == [ALERT.alert_id]


def an_erasure(erased_at: int = WALL + 5) -> Erasure:
    """Ask for the alert's incident to be erased."""
    return Erasure(
        erasure_id="e-1",
        force="LEICS",
        subjects=(Subject(kind="incident", ref="INC-1"),),
        alert_ids=(ALERT.alert_id,),
        erased_at=erased_at,
        requested_by="fcr.jones",
    )


def whole(model: ReadModel) -> str:
    """Everything the database says, as text."""
    with model.reading() as connection:
        rows = (row for table in tables.metadata.sorted_tables for row in connection.execute(table.select()))
        return "\n".join(repr(tuple(row)) for row in rows)


def test_an_alert_that_is_deleted_takes_what_hangs_on_it_along(either_model: ReadModel) -> None:
    """Notes, acknowledgements and suggestions."""
    candidate = Candidate(
        alert_id=ALERT.alert_id,
        force="LEICS",
        subject_system="STORM",
        subject_ref="INC-1",
        crime_ref="CR-1",
        probability=0.9,
        reasons=(),
    )
    note = act("NOTE", 1, text="rung Mrs Smith")
    apply.apply(either_model, [arrived(ALERT, 0), arrived(note, 0), arrived(candidate, 0)], CODEC)
    apply.apply(either_model, [tombstone(ALERT, 1)], CODEC)
    assert "Mrs Smith" not in whole(either_model)
    assert "CR-1" not in whole(either_model)
    assert "INC-1" not in whole(either_model)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1), (2, 1, 0)])
def test_what_people_did_about_what_was_erased_is_not_kept_in_whatever_order_it_is_read(
    either_model: ReadModel, order: tuple[int, ...]
) -> None:
    """A board made anew reads the notes again, from a topic that keeps them; one written after is another matter's."""
    before, after = act("NOTE", 1, text="rung Mrs Smith"), act("NOTE", 2, at=WALL + 9, text="the new one")
    messages = [arrived(before, 0, 0), arrived(an_erasure(), 0, key="LEICS"), arrived(after, 0, 1)]
    for number in order:
        apply.apply(either_model, [messages[number]], CODEC)
    assert "Mrs Smith" not in whole(either_model)
    with either_model.reading() as connection:
        assert [entry.text for entry in alerts.actions_on(connection, ALERT.alert_id, "LEICS")] == ["the new one"]


def test_comparisons_say_nothing_of_what_was_erased(either_model: ReadModel) -> None:
    """The rows about it go; those about others stay."""
    other = an_alert("crime-not-recorded", "STORM", "INC-2", wall=WALL, due_in=1)
    compared(either_model, WALL, [ALERT, other], [])
    assert "INC-1" in whole(either_model)
    apply.apply(either_model, [arrived(an_erasure(), 0, key="LEICS")], CODEC)
    assert "INC-1" not in whole(either_model)
    assert "INC-2" in whole(either_model)


def test_what_hangs_on_nothing_any_more_is_dropped(either_model: ReadModel) -> None:
    """Actions on an alert that was deleted before this board read anything; a shift's stay."""
    shift = msgspec.structs.replace(act("HANDOVER", 2, text="quiet", assignee="b"), alert_id="")
    apply.apply(either_model, [arrived(act("NOTE", 1, text="rung Mrs Smith"), 0), arrived(shift, 1)], CODEC)
    apply.prune(either_model)
    assert "Mrs Smith" not in whole(either_model)
    assert "quiet" in whole(either_model)


def test_what_is_deleted_is_gone_from_the_file(tmp_path: Path) -> None:
    """Not only out of sight: SQLite would leave it in free pages, and in its log."""
    model = ReadModel(f"sqlite:///{tmp_path / 'board.sqlite'}")
    apply.apply(model, [arrived(ALERT, 0), arrived(act("NOTE", 1, text="rung Mrs Smith"), 0)], CODEC)
    apply.apply(model, [tombstone(ALERT, 1)], CODEC)
    model.drop_traces()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"Mrs Smith" not in left
    assert b"INC-1" not in left
    model.close()


def test_several_boards_may_make_the_tables_at_once(database_url: str) -> None:
    """A second board opens the same database, and both see one state."""
    one, other = ReadModel(database_url), ReadModel(database_url)
    apply.apply(one, [arrived(ALERT, 0), arrived(a_clock(WALL), 0)], CODEC)
    assert held(other) == {ALERT.alert_id: 1}
    one.close()
    other.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_however_a_log_is_cut_into_batches_it_comes_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Batches of any size, each perhaps read twice, leave what one message at a time leaves."""
    changes = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=12))
    log = [
        tombstone(ALERT, n) if sequence == 0 else arrived(version(sequence), n) for n, sequence in enumerate(changes)
    ]
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=len(log), max_size=len(log)))
    folder = tmp_path_factory.mktemp("law")
    singly, batched = ReadModel(f"sqlite:///{folder}/a.sqlite"), ReadModel(f"sqlite:///{folder}/b.sqlite")
    for message in log:
        apply.apply(singly, [message], CODEC)
    start = 0
    for size in sizes:
        batch = log[start : start + size]
        if batch:
            apply.apply(batched, batch, CODEC)
            apply.apply(batched, batch, CODEC)
        start += size
    assert held(batched) == held(singly)
    singly.close()
    batched.close()
