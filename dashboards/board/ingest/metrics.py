"""The board's metrics, computed when they are scraped; declared in streams.topology.metrics."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.core import Metric as MetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.readmodel import ReadModel
from dashboards.board.readmodel.tables import alerts
from streams.topology.metric import BUILD, POLICY, Metric
from streams.topology.metrics import (
    BOARD_ALERTS,
    BOARD_CLIENTS,
    BOARD_LAG,
    BOARD_LAST_BROKER_ANSWER,
    BOARD_LAST_TICK,
    BOARD_READING_BLOCKED,
    BOARD_UNREADABLE,
)

_log: Final = structlog.get_logger("cdi.board")

Values = Iterable[tuple[tuple[str, ...], float]]


class BoardMeasures(Collector):
    """Computes how far the board has read, its open screens, and its alerts by status."""

    def __init__(
        self, kafka_health: KafkaHealth, screens: Callable[[], int], model: ReadModel, policy_version: str
    ) -> None:
        """Take ``screens`` to count the open screens."""
        self._kafka_health = kafka_health
        self._screens = screens
        self._model = model
        self._policy_version = policy_version

    def describe(self) -> list[Metric]:
        """Return nothing: registering must not query the database."""
        return []

    def collect(self) -> Iterator[MetricFamily]:
        """Compute every metric."""
        kafka_health = self._kafka_health
        heard_at = kafka_health.since if kafka_health.heard_at is None else kafka_health.heard_at
        yield _gauge(BUILD, [(("board", _built_from(), platform.python_version()), 1)])
        yield _gauge(POLICY, [((self._policy_version,), 1)])
        yield _gauge(BOARD_CLIENTS, [((), self._screens())])
        yield _gauge(BOARD_LAG, [((), kafka_health.behind)])
        yield _gauge(BOARD_LAST_BROKER_ANSWER, [((), heard_at / 1000)])
        yield _gauge(BOARD_READING_BLOCKED, [((), kafka_health.trouble is not None)])
        refused = CounterMetricFamily(BOARD_UNREADABLE.name, BOARD_UNREADABLE.meaning)
        refused.add_metric((), kafka_health.refused)
        yield refused
        yield _gauge(
            BOARD_LAST_TICK, [((str(part),), wall / 1000) for part, wall in dict(kafka_health.ticked_at).items()]
        )
        yield _gauge(BOARD_ALERTS, self._alerts())

    def _alerts(self) -> list[tuple[tuple[str, ...], float]]:
        columns = (alerts.c.force, alerts.c.rule_id, alerts.c.severity, alerts.c.status, alerts.c.certainty)
        try:
            with self._model.reading() as connection:
                rows = list(connection.execute(select(*columns, func.count()).group_by(*columns)))
        except SQLAlchemyError as failure:
            _log.warning("board_cannot_count", reason=type(failure).__name__)
            return []
        return [(tuple(row[:-1]), float(row[-1])) for row in rows]


def _gauge(metric: Metric, values: Values) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in values:
        family.add_metric(labels, float(value))
    return family


def _built_from() -> str:
    try:
        return version("cdi")
    except PackageNotFoundError:
        return "unknown"
