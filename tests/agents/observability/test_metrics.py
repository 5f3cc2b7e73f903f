"""The figures a worker gives of itself."""

from __future__ import annotations

import re

from agents.observability.metrics import BATCH, BUILD, EVENTS, LAG, POLICY, READY, Metrics
from streams.topology.metrics import ALL_METRICS, LIBRARY_METRICS

BOUNDED = {
    "among",  # the first of the review queue, or all
    "anomaly",
    "cause",  # of a rule left unjudged: a few words of ours
    "certainty",
    "channel",
    "component",
    "feed",
    "field",  # of a feed's record
    "force",
    "kind",
    "lacking",  # fields, or a feed
    "left",
    "level",
    "outcome",  # of a row that a feed brought
    "partition",
    "python",
    "reason",
    "rule",
    "severity",
    "state",
    "status",
    "system",
    "topic",
    "version",
    "which",
    "window",
}
CATALOGUE = tuple(metric for metric in ALL_METRICS if metric not in LIBRARY_METRICS)


def test_every_measure_says_what_it_means() -> None:
    """Names are ours and unlike, meanings are sentences, histograms have buckets and only they."""
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE)
    for metric in CATALOGUE:
        assert re.fullmatch(r"cdi_[a-z_]+", metric.name), metric
        assert metric.meaning.endswith("."), metric
        assert bool(metric.buckets) == (metric.kind == "histogram"), metric


def test_no_label_tells_of_a_record_or_a_person() -> None:
    """Labels come from closed sets: a reference as a label would be a leak, and a series for each."""
    assert {label for metric in CATALOGUE for label in metric.labels} <= BOUNDED


def test_counted_set_and_observed_figures_can_be_read() -> None:
    """Each worker counts for itself; two in one process share nothing."""
    metrics, other = Metrics(), Metrics()
    metrics.count(EVENTS, "LEICS", "storm.incidents.v1", by=3)
    metrics.set(LAG, 7, "2")
    metrics.observe(BATCH, 0.2)
    assert metrics.value(EVENTS, "LEICS", "storm.incidents.v1") == 3
    assert metrics.value(LAG, "2") == 7
    assert metrics.registry.get_sample_value("cdi_batch_seconds_count") == 1
    assert other.value(EVENTS, "LEICS", "storm.incidents.v1") == 0


def test_a_gauge_of_partitions_given_up_is_gone() -> None:
    """A lag that is another worker's now must not stand here for ever."""
    metrics = Metrics()
    metrics.set(LAG, 7, "2")
    metrics.forget(LAG)
    assert metrics.registry.get_sample_value("cdi_lag_messages", {"partition": "2"}) is None


def test_what_is_replaced_tells_of_nothing_besides() -> None:
    """A gauge stated anew as a whole keeps no series of a force that is another worker's now."""
    metrics = Metrics()
    metrics.set(LAG, 7, "2")
    metrics.replace(LAG, {("3",): 1})
    assert metrics.registry.get_sample_value("cdi_lag_messages", {"partition": "2"}) is None
    assert metrics.value(LAG, "3") == 1
    metrics.replace(LAG, {})
    assert metrics.registry.get_sample_value("cdi_lag_messages", {"partition": "3"}) is None


def test_a_gauge_that_follows_is_asked_each_time_it_is_read() -> None:
    """What a process is at this moment is not kept, but asked for."""
    metrics, answers = Metrics(), [1.0, 0.0]
    metrics.follow(READY, answers.pop)
    assert (metrics.value(READY), metrics.value(READY)) == (0, 1)


def test_a_counter_begins_at_nothing_before_it_counts() -> None:
    """A series that is born with its first count shows no increase, and the first dead letter would go unseen."""
    metrics = Metrics()
    metrics.begin(EVENTS, ("LEICS",), ("storm.incidents.v1", "cis.crimes.v1"))
    labels = {"force": "LEICS", "feed": "cis.crimes.v1"}
    assert metrics.registry.get_sample_value("cdi_events_total", labels) == 0


def test_a_process_says_what_it_is_and_by_which_policy_it_goes() -> None:
    """Two versions, or two policies, at work at once can be seen."""
    metrics = Metrics()
    metrics.describe("worker", "builtin-1")
    assert metrics.value(POLICY, "builtin-1") == 1
    (sample,) = (point for family in metrics.registry.collect() for point in family.samples if point.name == BUILD.name)
    assert (sample.value, sample.labels["component"]) == (1, "worker")
