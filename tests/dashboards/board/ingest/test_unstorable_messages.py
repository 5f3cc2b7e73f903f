"""A message that the database refuses is set aside by itself; the rest is applied, on either database."""

from __future__ import annotations

import random

import msgspec
import pytest
from sqlalchemy import Connection, event, func, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from dashboards.board.ingest import apply, batch_rows
from dashboards.board.readmodel import ReadModel, rows, tables
from dashboards.board.readmodel.cases import StoredCases
from schemas.products import Alert, AlertAction, Candidate, Case, Fact, Product
from streams.topology.messages import TopicMessage
from tests.dashboards.board.readmodel.test_read_model import ALERT, CODEC, act, arrived, held, version
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.sample import a_case, a_clock, an_alert, key_of

LONG = "".join(random.Random(11).choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=12_000))
"""More than an index takes, and it does not shrink when packed."""
CASE = a_case("STORM", "INC-1", began_at=WALL)
CANDIDATE = Candidate(
    alert_id=ALERT.alert_id, force="LEICS", subject_system="STORM", subject_ref="INC-1", crime_ref="C1", probability=0.5
)


def alert_about(ref: str) -> Alert:
    """Return an alert about a record with this reference."""
    return an_alert("crime-not-recorded", "STORM", ref, wall=WALL, due_in=60_000)


def spoilt(record: Product, text: str, by: bytes) -> TopicMessage:
    """Return a record's message with ``text`` replaced by as many bytes that are no text."""
    value = CODEC.encode(record).replace(text.encode(), by)
    assert len(by) == len(text)
    return TopicMessage(record.TOPIC, 0, 0, key_of(record).encode(), value)


HOSTILE = {
    "NUL in an alert's reference": arrived(alert_about("A\0B"), 0),
    "NUL in an alert's id": arrived(msgspec.structs.replace(ALERT, alert_id="a\0b"), 0),
    "NUL in an alert's team": arrived(msgspec.structs.replace(ALERT, alert_id="a", team="\0"), 0),
    "NUL in a fact": arrived(msgspec.structs.replace(ALERT, alert_id="a", facts=(Fact(name="n", value="\0"),)), 0),
    "NUL in a case": arrived(msgspec.structs.replace(CASE, ref="X\0Y", normalised_ref="X\0Y"), 0),
    "NUL in an action": arrived(act("NOTE", 0, text="a\0b"), 0),
    "NUL in an action's id": arrived(msgspec.structs.replace(act("NOTE", 0, text="a"), action_id="\0"), 0),
    "NUL in a candidate": arrived(msgspec.structs.replace(CANDIDATE, crime_ref="C\0"), 0),
    "NUL in a clock": arrived(msgspec.structs.replace(a_clock(WALL), force="L\0"), 0, key="L\0"),
    "NUL in the key of a case": arrived(CASE, 0, key="LEICS|STORM|incident|A\0B"),
    "NUL in the key of what is deleted": TopicMessage(Alert.TOPIC, 0, 0, b"a\0b", None),
    "odd bytes in the key of what is deleted": TopicMessage(Case.TOPIC, 0, 0, b"\xff\xfe\0", None),
    "NUL in the key of what cannot be read": TopicMessage(Alert.TOPIC, 0, 0, b"\0", b"\0\0\0\0\xffnonsense"),
    "no key": TopicMessage(Candidate.TOPIC, 0, 0, None, None),
    "a lone surrogate": spoilt(alert_about("ABCDEF"), "ABC", b"\xed\xa0\x80"),
    "bytes that are no text": spoilt(alert_about("ABCDEF"), "ABC", b"\xff\xfe\xfd"),
    "a reference longer than an index takes": arrived(alert_about(LONG), 0),
    "a key longer than an index takes": arrived(CASE, 0, key=LONG),
    "a long key of what is deleted": TopicMessage(Case.TOPIC, 0, 0, LONG.encode(), None),
    "an id longer than an index takes": arrived(msgspec.structs.replace(ALERT, alert_id=LONG), 0),
    "a number larger than a column": arrived(
        a_case("STORM", "N", began_at=WALL, summary=[("crimes_expected", "9" * 12)]), 0
    ),
    "a number larger than any column": arrived(
        a_case("STORM", "N", began_at=WALL, summary=[("crimes_expected", "9" * 40)]), 0
    ),
    "a digit that is no number": arrived(a_case("STORM", "N", began_at=WALL, summary=[("crimes_expected", "²")]), 0),
    "a number of very many digits": arrived(
        a_case("STORM", "N", began_at=WALL, summary=[("crimes_expected", "9" * 9000)]), 0
    ),
    "a time that is none": arrived(a_case("STORM", "N", began_at=WALL, summary=[("reported_at", "9999-99-99")]), 0),
    "the largest numbers": arrived(
        msgspec.structs.replace(ALERT, alert_id="a", sequence=2**63 - 1, lateness_ms=-(2**63)), 0
    ),
    "no probability": arrived(msgspec.structs.replace(CANDIDATE, probability=float("nan")), 0),
}


def offsets(model: ReadModel) -> dict[str, int]:
    """Return where to go on reading each topic."""
    with model.reading() as connection:
        positions = connection.execute(select(tables.positions)).all()
    return {row.topic: row.next_offset for row in positions}


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_rest_of_the_batch_is_applied(either_model: ReadModel, kind: str) -> None:
    """Whatever one message holds, those around it are in the read model, and reading goes on after it."""
    before, after = (alert_about(ref) for ref in ("BEFORE", "AFTER"))
    hostile = HOSTILE[kind]._replace(offset=101)
    batch = [arrived(before, 100), arrived(act("ACK", 1), 100), hostile, arrived(after, 102), arrived(CASE, 102)]
    apply.apply(either_model, batch, CODEC)
    assert {before.alert_id, after.alert_id} <= held(either_model).keys()
    with either_model.reading() as connection:
        assert StoredCases(connection).named("INC-1")
    assert offsets(either_model)[Alert.TOPIC] == 103
    assert offsets(either_model)[hostile.topic] >= 102
    apply.apply_unread(either_model, CODEC, since_start=False)
    apply.apply(either_model, [arrived(version(9), 103)], CODEC)
    assert held(either_model)[ALERT.alert_id] == 9


def failing(monkeypatch: pytest.MonkeyPatch, failure: Exception, *alert_ids: str) -> None:
    """Have the rows of some alerts fail."""
    whole = rows.alert_row

    def row(alert: Alert, change: int) -> dict[str, object]:
        if alert.alert_id in alert_ids:
            raise failure
        return whole(alert, change)

    monkeypatch.setattr(batch_rows, "alert_row", row)


def test_each_refused_message_is_named_with_its_place(either_model: ReadModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several in one batch, at its ends and side by side: each is refused for itself, in the order they came."""
    about = [alert_about(f"R{number}") for number in range(40)]
    places = [0, 17, 18, 39]
    failing(monkeypatch, ValueError("a value"), *(about[number].alert_id for number in places))
    refused = apply.apply(either_model, [arrived(alert, number) for number, alert in enumerate(about)], CODEC)
    assert [(item.message.topic, item.message.offset) for item in refused] == [(Alert.TOPIC, n) for n in places]
    assert all(item.fault and item.fault.startswith("ValueError at test_unstorable_messages.py:") for item in refused)
    assert len(held(either_model)) == 36


def test_a_message_that_a_fault_of_ours_meets_is_kept_for_a_release_without_it(
    either_model: ReadModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is set aside under its reason, tried at the next start, and read as soon as it can be."""
    bad, good = alert_about("BAD"), alert_about("GOOD")
    with monkeypatch.context() as patch:
        failing(patch, KeyError("whatever"), bad.alert_id)
        refused = apply.apply(either_model, [arrived(bad, 0), arrived(good, 1)], CODEC)
        assert [(item.message.offset, item.reason) for item in refused] == [(0, "NOT_STORABLE")]
        assert apply.apply_unread(either_model, CODEC, since_start=False) == 0
        assert held(either_model).keys() == {good.alert_id}
    assert apply.apply_unread(either_model, CODEC, since_start=True) == 0
    assert apply.apply_unread(either_model, CODEC, since_start=False) == 1
    assert held(either_model).keys() == {good.alert_id, bad.alert_id}


def test_what_is_set_aside_is_replaced_by_what_comes_later(
    either_model: ReadModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later message under the key is the newer state: the one set aside is not applied over it."""
    with monkeypatch.context() as patch:
        failing(patch, KeyError("whatever"), ALERT.alert_id)
        apply.apply(either_model, [arrived(version(1), 0)], CODEC)
    apply.apply(either_model, [TopicMessage(Alert.TOPIC, 0, 1, ALERT.alert_id.encode(), None)], CODEC)
    assert apply.apply_unread(either_model, CODEC, since_start=False) == 0
    assert held(either_model) == {}


@pytest.mark.parametrize(
    "failure",
    [OperationalError("INSERT", {}, Exception("the server closed the connection")), OSError(28, "No space left")],
)
def test_a_database_that_is_away_sets_nothing_aside(
    either_model: ReadModel, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """Nothing is passed over for it: the batch is read again whole."""
    failing(monkeypatch, failure, ALERT.alert_id)
    with pytest.raises(type(failure)):
        apply.apply(either_model, [arrived(alert_about("GOOD"), 0), arrived(ALERT, 1)], CODEC)
    assert held(either_model) == {}
    assert offsets(either_model) == {}
    with either_model.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tables.unread)).scalar_one() == 0


def test_a_whole_database_that_refuses_stops_the_reader(either_model: ReadModel) -> None:
    """A table that is not there is no fault of any message."""
    with either_model.writing() as connection:
        tables.alerts.drop(connection)
    with pytest.raises(SQLAlchemyError):
        apply.apply(either_model, [arrived(ALERT, 0), arrived(act("NOTE", 1, text="a"), 0)], CODEC)
    assert offsets(either_model) == {}


def test_few_transactions_find_the_one(either_model: ReadModel) -> None:
    """Of a thousand messages the one at fault is found by halving, not by trying each."""
    batch = [arrived(alert_about(f"R{number}"), number) for number in range(1000)]
    batch[700] = arrived(msgspec.structs.replace(CANDIDATE, probability=float("nan")), 700)
    begun = 0

    def count(_: Connection) -> None:
        nonlocal begun
        begun += 1

    event.listen(either_model._engine, "begin", count)
    apply.apply(either_model, batch, CODEC)
    assert len(held(either_model)) == 999
    assert begun < 30


def test_an_action_shown_at_once_never_fails_the_page(either_model: ReadModel) -> None:
    """It was sent: whoever took it is not told that it failed, and it is read from its topic."""
    action: AlertAction = act("NOTE", 1, text="a\0b")
    apply.apply(either_model, [arrived(ALERT, 0)], CODEC)
    apply.show_at_once(either_model, action)
