"""What somebody answers on the board reaches the worker, and what it makes of that the board."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from agents.kafka.reader import latest_records
from agents.settings.clock import wall_clock
from agents.topics.feeds import FeedProducer
from schemas.products import Alert, Review
from streams.topology.topics import ALERTS, REVIEWS
from tests.agents.examples import DAY, HOUR, closing_heartbeats, incident
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


def alert_statuses(whole: Whole) -> dict[str, str]:
    """Return how each rule's alert stands."""
    return {alert.rule_id: alert.status for alert in latest_records(whole.settings, ALERTS, Alert).values()}


def answer(browser: httpx2.Client) -> None:
    """Take the next report, and answer that there is no crime."""
    page = browser.get("/reviews").text
    taken = browser.post(
        "/reviews/next", data={"csrf": hidden(page, "csrf"), "force": "LEICS"}, follow_redirects=True
    ).text
    names = ("csrf", "action_id", "force", "system", "ref")
    sent = {name: hidden(taken, name) for name in names} | {"answer": "NONE", "rationale": WHY}
    assert browser.post("/reviews/answer", data=sent).status_code == 303


def test_an_answer_on_the_board_takes_the_report_off_the_queue_and_clears_its_alert(
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
        producer.send(report)
        producer.flush()
        complete(whole, now - HOUR)
        whole.wait_until(lambda: review_status(whole) == "WAITING", "the report is in the review queue")
        whole.wait_until(lambda: alert_statuses(whole) == {"report-undecided": "BREACHED"}, "it is undecided")
        with whole.browser("a.registrar") as browser:
            whole.wait_until(lambda: "/reviews/next" in browser.get("/reviews").text, "the board has it too")
            answer(browser)
            complete(whole, wall_clock() + HOUR)
            whole.wait_until(lambda: review_status(whole) == "ASSESSED", "the worker knows the answer")
            assert alert_statuses(whole) == {"report-undecided": "CLEARED"}
            page = browser.get("/reviews").text
        assert "/reviews/next" not in page
        assert WHY not in whole.output_of("board") + whole.output_of("worker-1")
