"""The figures a board gives of itself."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.ingest import apply
from dashboards.board.ingest.metrics import BoardMeasures
from dashboards.board.readmodel import ReadModel
from schemas.codec import Codec
from streams.topology.messages import TopicMessage
from streams.topology.metrics import BOARD
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.sample import an_alert, key_of


def scraped(model: ReadModel, kafka_health: KafkaHealth, screens: int = 0) -> CollectorRegistry:
    """Give a registry that asks a board of one policy."""
    registry = CollectorRegistry()
    registry.register(BoardMeasures(kafka_health, lambda: screens, model, "builtin-1"))
    return registry


def test_a_board_says_how_it_hears_and_who_looks(model: ReadModel) -> None:
    """What the reading thread notes is what a scrape is told."""
    kafka_health = KafkaHealth(WALL - 60_000, heard_at=WALL, behind=12, trouble="Kafka does not answer", refused=2)
    kafka_health.ticked_at[3] = WALL
    value = scraped(model, kafka_health, screens=4).get_sample_value
    assert value("cdi_board_clients") == 4
    assert value("cdi_board_lag_messages") == 12
    assert value("cdi_board_last_broker_answer_seconds") == WALL / 1000
    assert value("cdi_board_reading_blocked") == 1
    assert value("cdi_board_unreadable_messages_total") == 2
    assert value("cdi_board_last_tick_seconds", {"partition": "3"}) == WALL / 1000
    assert value("cdi_policy_info", {"version": "builtin-1"}) == 1


def test_a_board_that_never_heard_counts_from_its_start(model: ReadModel) -> None:
    """A board that came up deaf is as late as it is old, not as old as the epoch."""
    assert scraped(model, KafkaHealth(WALL)).get_sample_value("cdi_board_last_broker_answer_seconds") == WALL / 1000


def test_alerts_are_counted_as_they_stand(either_model: ReadModel) -> None:
    """By force, rule, severity, status and certainty; never by a reference."""
    published = [
        an_alert("crime-not-recorded", "STORM", f"INC-{n}", wall=WALL, due_in=60_000, team="A") for n in (1, 2)
    ]
    arrived = [
        TopicMessage(record.TOPIC, 0, n, key_of(record).encode(), Codec().encode(record))
        for n, record in enumerate(published)
    ]
    apply.apply(either_model, arrived, Codec())
    samples = [
        sample
        for family in scraped(either_model, KafkaHealth(WALL)).collect()
        for sample in family.samples
        if sample.name == "cdi_board_alerts"
    ]
    assert [sample.value for sample in samples] == [2]
    assert samples[0].labels["rule"] == "crime-not-recorded"
    assert "INC-1" not in str(samples)


def test_a_board_without_its_database_still_answers(model: ReadModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scrape that failed would look like a board that is down."""
    from sqlalchemy.exc import OperationalError

    def refuse() -> None:
        raise OperationalError("SELECT", {}, Exception())

    registry = scraped(model, KafkaHealth(WALL), screens=1)
    monkeypatch.setattr(model, "reading", refuse)
    assert registry.get_sample_value("cdi_board_clients") == 1


def test_every_figure_of_the_catalogue_is_given_and_no_other(model: ReadModel) -> None:
    """What a dashboard may name is there."""
    families = {family.name for family in scraped(model, KafkaHealth(WALL)).collect()}
    assert families == {measure.name for measure in BOARD}
