"""What somebody answers on the board reaches the worker, and what it makes of that the board."""

from __future__ import annotations

from pathlib import Path

import httpx2
import msgspec
import pytest

from agents.kafka.reader import latest_records
from agents.settings.clock import wall_clock
from agents.topics.feeds import FeedProducer
from schemas.products import Alert, Review
from schemas.records import Crime
from streams.topology.topics import ALERTS, REVIEWS
from tests.agents.examples import DAY, HOUR, closing_heartbeats, crime, incident
from tests.deploy.whole.simulator import Whole, hidden, whole_installation

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

WHY = "The quarrel was with words only: no offence is described"


def complete(whole: Whole, until: int) -> None:
    """Say that every feed is complete up to then."""
    producer = FeedProducer(whole.settings)
    for topic, heartbeat in closing_heartbeats(until):
        producer.send_heartbeat(topic, heartbeat)
    producer.flush()


def review_status(whole: Whole) -> str | None:
    """Return how the one entry of the review queue stands."""
    return next((review.status for review in latest_records(whole.settings, REVIEWS, Review).values()), None)


def judged(whole: Whole) -> dict[str, str]:
    """Return how the alerts stand that somebody's judgement clears."""
    alerts = latest_records(whole.settings, ALERTS, Alert).values()
    judgeable = {"report-undecided": "", "crime-reclassified": ""}
    return judgeable | {alert.rule_id: alert.status for alert in alerts if alert.rule_id in judgeable}


def reclassification(whole: Whole) -> str:
    """Return the id of the alert on a reclassified crime."""
    alerts = latest_records(whole.settings, ALERTS, Alert).values()
    return next(alert.alert_id for alert in alerts if alert.rule_id == "crime-reclassified")


def answer(browser: httpx2.Client) -> None:
    """Take the next report, and answer that there is no crime."""
    page = browser.get("/reviews").text
    taken = browser.post(
        "/reviews/next", data={"csrf": hidden(page, "csrf"), "force": "LEICS"}, follow_redirects=True
    ).text
    names = ("csrf", "action_id", "force", "system", "ref")
    sent = {name: hidden(taken, name) for name in names} | {"answer": "NONE", "rationale": WHY}
    assert browser.post("/reviews/answer", data=sent).status_code == 303


def reclassified(now: int) -> list[Crime]:
    """Return a burglary that somebody made a theft two days ago, and nobody said why."""
    first = crime(9, event_time=now - 3 * DAY, recorded_at=now - 3 * DAY, incident_refs=())
    changed = {"event_id": "c-9-2", "event_time": now - 2 * DAY, "offence_class": "THEFT", "offence_code": "39"}
    return [first, msgspec.structs.replace(first, **changed)]


def decide(browser: httpx2.Client, alert_id: str) -> None:
    """Say on an alert's page that the class is right, and why."""
    page = browser.get(f"/alerts/{alert_id}").text
    form = page[page.index(f'action="/alerts/{alert_id}/assessments"') :]
    names = ("csrf", "action_id", "force", "system", "ref")
    sent = {name: hidden(form, name) for name in names}
    sent |= {"answer": "STATED", "offence_class": "THEFT", "rationale": WHY}
    assert browser.post(f"/alerts/{alert_id}/assessments", data=sent).status_code == 303


def test_answers_on_the_board_take_a_report_off_the_queue_and_clear_alerts(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the page by Kafka to the worker: the entry is ASSESSED and nobody is given it again."""
    now = wall_clock()
    reported = now - 2 * DAY
    report = incident(
        1, event_time=reported, reported_at=reported, opening_code="DOMESTIC", crimes_expected=None, status="OPEN"
    )
    with whole_installation(kafka, tmp_path, monkeypatch) as whole:
        producer = FeedProducer(whole.settings)
        for record in (report, *reclassified(now)):
            producer.send(record)
        producer.flush()
        complete(whole, now - HOUR)
        whole.wait_until(lambda: review_status(whole) == "WAITING", "the report is in the review queue")
        whole.wait_until(
            lambda: set(judged(whole).values()) == {"BREACHED"}, "it is undecided, and a crime reclassified"
        )
        with whole.browser("a.registrar") as browser:
            whole.wait_until(lambda: "/reviews/next" in browser.get("/reviews").text, "the board has it too")
            answer(browser)
            alert_id = reclassification(whole)
            whole.wait_until(lambda: browser.get(f"/alerts/{alert_id}").status_code == 200, "and the other alert")
            decide(browser, alert_id)
            complete(whole, wall_clock() + HOUR)
            whole.wait_until(lambda: review_status(whole) == "ASSESSED", "the worker knows the answer")
            whole.wait_until(lambda: set(judged(whole).values()) == {"CLEARED"}, "and the reason")
            page = browser.get("/reviews").text
        assert "/reviews/next" not in page
        assert WHY not in whole.output_of("board") + whole.output_of("worker-1")
