"""No message outgrows its topic, however much the records behind it say together."""

from __future__ import annotations

from schemas.codec import Codec
from streams.engine.bounds import LEFT_OUT
from streams.engine.monitor import Monitor
from streams.topology.topics import ALERTS, CASES
from tests.streams.world import BUILT_IN, DAY, FORCE, crime, incident, ms

NOON = ms("2016-03-10 12:00")
CODEC = Codec()


def test_an_alert_and_a_case_on_many_records_with_long_names_fit_into_messages() -> None:
    """An alert shows as many of the crimes as fit, and how many it leaves out; a case as many of its links."""
    monitor = Monitor(FORCE, BUILT_IN)
    monitor.apply(incident(NOON, crimes_expected=300), NOON)
    for number in range(300):
        name = f"{'X' * 60_000}{number}"
        monitor.apply(crime(NOON + 2 * DAY, name, event_id=f"c{number}", incident_refs=("I-1",)), NOON)
    monitor.advance(NOON + 3 * DAY)
    changes = monitor.drain()
    late = next(alert for alert in reversed(changes.alerts) if alert.rule_id == "crime-not-recorded")
    assert late.status == "CLEARED"
    shown = [fact for fact in late.facts if fact.name.startswith("recorded_at")]
    assert late.facts[-1].name == LEFT_OUT
    assert int(late.facts[-1].value) + len(shown) == 300
    assert max(len(CODEC.encode(alert)) for alert in changes.alerts) < ALERTS.max_message_bytes
    case = changes.cases[b"LEICS|STORM|incident|I-1"]
    assert case is not None
    assert 0 < len(case.linked) < 300
    assert len(CODEC.encode(case)) < CASES.max_message_bytes


def test_a_case_shows_the_last_moments_of_a_record_with_a_long_past() -> None:
    """How many there are in all it says beside."""
    monitor = Monitor(FORCE, BUILT_IN)
    for number in range(400):
        event_id = f"{number}{'e' * 60_000}"
        monitor.apply(incident(NOON + number, reported_at=NOON, event_id=event_id, team=f"T{number % 2}"), NOON)
    monitor.advance(NOON + DAY)
    case = monitor.drain().cases[b"LEICS|STORM|incident|I-1"]
    assert case is not None
    assert case.snapshots == 400
    assert case.moments[-1].event_time == NOON + 399
    assert 0 < len(case.moments) < 400
    assert len(CODEC.encode(case)) < CASES.max_message_bytes
