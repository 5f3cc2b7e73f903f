"""The read model of another release: an older one is made anew, a newer one left alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from dashboards.board.accounts.passwords import LocalUsers
from dashboards.board.ingest import apply
from dashboards.board.readmodel import ReadModel, ReadModelIsNewerError, policy_comparisons, tables
from dashboards.board.readmodel.versions import VERSION, version_of
from schemas.avro import NEWEST_ID, SCHEMA_TEXT_BY_SUBJECT
from schemas.codec import Codec
from schemas.products import Alert, AlertAction
from streams.topology.messages import TopicMessage
from tests.dashboards.board.readmodel.test_read_model import ALERT, CODEC, act, arrived, held, tombstone, version
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.policy_comparison import compared
from tests.dashboards.trials.sample import an_alert

LATER = NEWEST_ID + 1
DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
TOMORROWS = Codec(writers={LATER: SCHEMA_TEXT_BY_SUBJECT[Alert.TOPIC]})
FORM_OF_VERSION = {9: "9b3dbc7b43fe92df"}
"""A fingerprint of the tables, by version: whoever changes one raises VERSION, or former databases are read wrongly."""


def of_tomorrow(record: Alert | AlertAction, offset: int) -> TopicMessage:
    """Make a message that a newer release wrote under a schema of its own."""
    message = arrived(record, offset)
    assert message.value is not None
    value = b"\0" + LATER.to_bytes(4, "big") + message.value[5:]
    return TopicMessage(message.topic, message.partition, offset, message.key, value)


def set_version(url: str, number: int | None) -> None:
    """Let a database say that it is of another version; None: say nothing, as the first release did."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM meta WHERE name = 'version'"))
        if number is not None:
            connection.execute(tables.meta.insert().values(name="version", value=str(number)))
    engine.dispose()


def test_the_tables_are_those_of_their_version() -> None:
    """The form of the tables is pinned to the number."""
    form = "".join(str(CreateTable(table).compile(dialect=DIALECT)) for table in tables.metadata.sorted_tables)
    assert FORM_OF_VERSION[VERSION] == hashlib.sha256(form.encode()).hexdigest()[:16]


def test_a_database_of_the_first_release_is_made_anew_and_its_users_stay(database_url: str) -> None:
    """What comes again from Kafka is gone, and how far it was read; who may sign in, and what was compared, is not."""
    model = ReadModel(database_url)
    LocalUsers(model, lambda: WALL).add_with_one_time_password("insp.patel", "SUPERVISOR", ["LEICS"])
    comparison = compared(model, WALL, [ALERT], [])
    apply.positions(model, Alert.TOPIC, "log")
    apply.apply(model, [arrived(ALERT, 0)], CODEC)
    change = model.newest_change()
    model.close()
    set_version(database_url, None)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        tables.unread.drop(connection)
    engine.dispose()

    model = ReadModel(database_url)
    assert version_of(database_url) == VERSION
    assert held(model) == {}
    assert apply.positions(model, Alert.TOPIC, "log") == {}
    assert model.newest_change() > change
    with model.reading() as connection:
        assert connection.execute(text("SELECT name FROM users")).scalars().all() == ["insp.patel"]
        assert inspect(connection).has_table("unread")
        assert policy_comparisons.find(connection, comparison.comparison_id) is not None
    apply.apply(model, [arrived(ALERT, 0)], CODEC)
    assert held(model) == {ALERT.alert_id: ALERT.sequence}
    model.close()


def test_a_database_of_a_newer_release_is_refused_and_left_alone(database_url: str) -> None:
    """One sentence says what to do."""
    ReadModel(database_url).close()
    set_version(database_url, VERSION + 1)
    with pytest.raises(ReadModelIsNewerError, match="run that release"):
        ReadModel(database_url)
    assert version_of(database_url) == VERSION + 1


def test_a_board_that_runs_writes_no_more_once_a_newer_one_took_its_database_over(database_url: str) -> None:
    """It would move the positions from which the newer one reads everything again."""
    model = ReadModel(database_url)
    set_version(database_url, VERSION + 1)
    with pytest.raises(ReadModelIsNewerError):
        apply.apply(model, [arrived(ALERT, 0)], CODEC)
    model.close()


def test_asking_for_the_version_makes_no_database(tmp_path: Path) -> None:
    """A doctor only looks."""
    assert version_of(f"sqlite:///{tmp_path}/board.sqlite") is None
    assert list(tmp_path.iterdir()) == []
    ReadModel(f"sqlite:///{tmp_path}/board.sqlite").close()
    assert version_of(f"sqlite:///{tmp_path}/board.sqlite") == VERSION


def test_a_newer_releases_alert_waits_for_a_board_that_can_read_it(either_model: ReadModel) -> None:
    """It is refused and counted, kept beside, and taken in once its schema is known; what can be read goes on."""
    other = an_alert("report-undecided", "STORM", "INC-2", wall=WALL, due_in=60_000, team="A")
    refused = apply.apply(either_model, [of_tomorrow(ALERT, 0), arrived(other, 1)], CODEC)
    assert [message.reason for message in refused] == ["UNKNOWN_SCHEMA"]
    assert held(either_model) == {other.alert_id: other.sequence}
    assert apply.apply_unread(either_model, CODEC, since_start=False) == 0
    assert apply.apply_unread(either_model, TOMORROWS, since_start=True) == 1
    assert held(either_model) == {other.alert_id: other.sequence, ALERT.alert_id: ALERT.sequence}
    assert apply.apply_unread(either_model, TOMORROWS, since_start=False) == 0


@pytest.mark.parametrize("apart", [False, True])
def test_what_came_behind_an_unread_message_stands(either_model: ReadModel, apart: bool) -> None:
    """An alert forgotten, or written again by a release that can be read, is not overwritten by what waited."""
    for batch in (
        [of_tomorrow(version(3), 0), tombstone(ALERT, 1)],
        [of_tomorrow(version(3), 2), arrived(version(1), 3)],
    ):
        for part in [[message] for message in batch] if apart else [batch]:
            apply.apply(either_model, part, CODEC)
        contents = held(either_model)
        apply.apply_unread(either_model, TOMORROWS, since_start=True)
        assert held(either_model) == contents


def test_of_an_alert_only_the_newest_unread_state_is_kept(either_model: ReadModel) -> None:
    """A long upgrade takes no more room than the alerts themselves."""
    for sequence in (1, 2, 3):
        apply.apply(either_model, [of_tomorrow(version(sequence), sequence)], CODEC)
    assert apply.apply_unread(either_model, TOMORROWS, since_start=True) == 1
    assert held(either_model) == {ALERT.alert_id: 3}


def test_of_what_people_did_every_unread_word_is_kept(either_model: ReadModel) -> None:
    """Two actions under one force's key are two."""
    learnt = Codec(writers={LATER: SCHEMA_TEXT_BY_SUBJECT[AlertAction.TOPIC]})
    did = [act("ACK", 1, expires_at=WALL + 1), act("NOTE", 2, text="seen")]
    apply.apply(either_model, [of_tomorrow(record, number) for number, record in enumerate(did)], CODEC)
    assert apply.apply_unread(either_model, learnt, since_start=True) == 2
    with either_model.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM actions")).scalar_one() == 2
