"""A history judged in parts: the parts change nothing."""

from __future__ import annotations

import pytest

from deploy.files.backtest import run_monitors
from deploy.scenario import events
from schemas.records import Incident, Snapshot
from streams.engine.replay import Replay
from streams.policy import PolicyBook

BOOK = PolicyBook.built_in()


@pytest.fixture(scope="module")
def history() -> list[Snapshot]:
    """Return the Leicestershire scenario."""
    return list(events())


@pytest.mark.parametrize("parts", [1, 7, 50])
def test_parts_change_no_alert(history: list[Snapshot], parts: int) -> None:
    """Final alerts are those of one run from beginning to end, and the work only ever moves on, up to its end."""
    until = max(snapshot.event_time for snapshot in history)
    replayed = Replay("LEICS", BOOK, history, read_at=until, parts=parts)
    shares = list(replayed.run(until))
    whole = {
        alert.alert_id: alert for alert in run_monitors(history, BOOK, until, read_at=until)["LEICS"].drain_alerts()
    }
    assert replayed.alerts == [whole[alert_id] for alert_id in sorted(whole)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_matter_begins_when_its_record_says(history: list[Snapshot]) -> None:
    """Of an incident, when it was reported; of a theme nothing says, so it is not there."""
    until = max(snapshot.event_time for snapshot in history)
    replayed = Replay("LEICS", BOOK, history, read_at=until)
    list(replayed.run(until))
    began = replayed.begin_times()
    reported = {snapshot.incident_ref: snapshot.reported_at for snapshot in history if isinstance(snapshot, Incident)}
    incidents = [alert for alert in replayed.alerts if alert.rule_id == "crime-not-recorded"]
    assert incidents
    assert all(began[alert.alert_id] == reported[alert.subject_ref] for alert in incidents)
    assert not [alert for alert in replayed.alerts if alert.rule_id == "theme-emerging" and alert.alert_id in began]


def test_without_any_record_nothing_is_said() -> None:
    """An empty history is judged to its end all the same."""
    replayed = Replay("LEICS", BOOK, [], read_at=0)
    assert list(replayed.run(1000)) == [1.0]
    assert replayed.alerts == []
