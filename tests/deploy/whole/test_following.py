"""Following one report and one click through the logs of every process, by the ids that the runbook says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from agents.kafka.reader import messages
from agents.topics.dead_letters import dead_letters, name_of
from agents.topics.feeds import FeedProducer
from deploy.cli import main
from schemas.codec import Codec
from schemas.records import Incident
from streams.topology.correlation_headers import request_of
from streams.topology.topics import ACTIONS, AUDIT_LOG
from tests.agents.examples import DAY, START, closing_heartbeats, incident
from tests.deploy.whole.simulator import Whole, hidden, whole_installation

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

REQUEST = "4bf92f3577b34da6a3ce929d0e0e4736"
REPORT = incident(1, event_id="STORM-20130513-0403.1")


def report(whole: Whole) -> None:
    """Feed one report of a crime that nobody records, and every feed's word that four days have passed."""
    producer = FeedProducer(whole.settings)
    producer.send(REPORT)
    for topic, heartbeat in closing_heartbeats(START + 4 * DAY):
        producer.send_heartbeat(topic, heartbeat)
    producer.flush()


def acknowledge(whole: Whole, alert_id: str) -> None:
    """Click on the board, through a proxy that gives each request an id."""
    with whole.browser("a.supervisor") as browser:
        whole.wait_until(lambda: browser.get(f"/alerts/{alert_id}").status_code == 200, "the alert is on the board")
        page = browser.get(f"/alerts/{alert_id}").text
        sent = {"csrf": hidden(page, "csrf"), "action_id": hidden(page, "action_id"), "kind": "ACK", "span": "1h"}
        answer = browser.post(f"/alerts/{alert_id}/actions", data=sent, headers={"X-Request-ID": REQUEST})
        assert (answer.status_code, answer.headers["X-Request-ID"]) == (303, REQUEST)


def headers_on(whole: Whole, topic: object) -> set[str | None]:
    """Return the requests that a topic's messages say they came of."""
    return {request_of(message.headers) for message in messages(whole.settings, topic)}  # type: ignore[arg-type]


def test_a_report_and_a_click_are_followed_by_their_ids(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the snapshot to the mail by event_id, alert_id and message_id; from the click on by request_id."""
    with whole_installation(kafka, tmp_path, monkeypatch) as whole:
        report(whole)
        whole.wait_until(lambda: bool(whole.mailbox.received and whole.receiver.posts), "somebody is told")
        # The report: taken by the worker ...
        (taken,) = whole.lines("worker-1", "record_applied", event_id=REPORT.event_id)
        assert [batch for batch in whole.lines("worker-1", "batch_processed") if holds(whole, batch, taken)]
        # ... made an alert of, which the notifier read, told and handed over under one id.
        changed = [line for line in whole.lines("worker-1", "alert_changed") if REPORT.event_id in line["event_ids"]]
        message_id = whole.receiver.payloads[0]["message_id"]
        batched = whole.lines("notifier", "batched", recipient="ops", message_id=message_id)
        (notification,) = [line for line in batched if REPORT.event_id in line["event_ids"]]
        (alert,) = [
            line
            for line in changed
            if (line["alert_id"], line["sequence"]) == (notification["alert_id"], notification["sequence"])
        ]
        assert whole.lines("notifier", "alert_read", alert_id=alert["alert_id"], sequence=alert["sequence"])
        assert (
            f"{alert['alert_id']}/{alert['sequence']}"
            in whole.lines("notifier", "sent", message_id=message_id)[0]["alerts"]
        )
        mailed = [line["message_id"] for line in whole.lines("notifier", "batched", recipient="control-room")]
        assert {named.strip("<>").partition("@")[0] for named in whole.mailbox.message_ids} <= set(mailed)
        follow_a_click(whole, alert["alert_id"])
        follow_a_command(whole, alert["alert_id"], monkeypatch)
        follow_what_cannot_be_read(whole, monkeypatch)


def holds(whole: Whole, batch: dict[str, Any], taken: dict[str, Any]) -> bool:
    """Tell whether a record that was taken is in a batch that was carried."""
    place = f"{whole.settings.prefix}{taken['topic']}/{taken['partition']}"
    first, _, last = batch["offsets"].get(place, "1-0").partition("-")
    return int(first) <= int(taken["offset"]) <= int(last)


def follow_a_click(whole: Whole, alert_id: str) -> None:
    """Follow the board's request: what it noted and sent, and everybody who read that."""
    acknowledge(whole, alert_id)
    request = {"request_id": REQUEST}
    whole.wait_until(lambda: bool(whole.lines("notifier", "action_read", **request)), "the notifier reads it")
    whole.wait_until(lambda: bool(whole.lines("board", "action_read", **request)), "the board reads it back")
    whole.wait_until(lambda: bool(whole.lines("board", "request", **request)), "it is logged, once it is answered")
    (request_line,) = whole.lines("board", "request", **request)
    assert (request_line["route"], request_line["status"], request_line["alert_id"]) == (
        "/alerts/{alert_id}/actions",
        303,
        alert_id,
    )
    (sent,) = whole.lines("board", "action_sent", **request)
    assert (sent["alert_id"], sent["kind"]) == (alert_id, "ACK")
    for name in ("board", "notifier"):
        (read,) = whole.lines(name, "action_read", **request)
        assert (read["action_id"], read["alert_id"]) == (sent["action_id"], alert_id)
    (noted,) = whole.lines("board", "audited", **request)
    assert noted["action"] == "ACTION_ACK"
    assert REQUEST in headers_on(whole, ACTIONS)
    assert REQUEST in headers_on(whole, AUDIT_LOG)


def commanded(whole: Whole, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> str:
    """Run a command on the installation; give the request that it said it was."""
    lines: list[str] = []
    settings = whole.settings
    for name in ("kafka", "prefix", "partitions", "clock", "data"):
        monkeypatch.setenv(f"CDI_{name.upper()}", str(getattr(settings, name)))
    for module in ("alert_actions", "dead_letters"):
        monkeypatch.setattr(f"deploy.cli.{module}.tell", lines.append)
    assert main(arguments) == 0
    match = re.search(r"\(request ([0-9a-f-]{36})\)", lines[-1])
    assert match is not None, lines
    return match[1]


def follow_a_command(whole: Whole, alert_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Follow a command: it is a request as well, and says which."""
    request_id = commanded(whole, monkeypatch, ["alerts", "note", alert_id, "rang the officer"])
    whole.wait_until(lambda: bool(whole.lines("board", "action_read", request_id=request_id)), "the board reads it")
    whole.wait_until(
        lambda: bool(whole.lines("notifier", "action_read", request_id=request_id)), "so does the notifier"
    )
    assert request_id in headers_on(whole, AUDIT_LOG)


def follow_what_cannot_be_read(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """Follow a dead letter: its line has the event_id if that was read; put back by hand, the request too."""
    producer, partition = FeedProducer(whole.settings), whole.settings.partition_of("LEICS")
    lost = incident(2, event_id="STORM-20130513-0404.1")
    producer.send_raw(Incident.TOPIC, b"DERBS", Codec().encode(lost), partition)
    producer.flush()
    whole.wait_until(lambda: bool(whole.lines("worker-1", "dead_letter", event_id=lost.event_id)), "it is set aside")
    (letter,) = dead_letters(whole.settings)
    request_id = commanded(whole, monkeypatch, ["dead-letters", "retry", name_of(letter)])
    again = {"event_id": lost.event_id, "request_id": request_id, "reason": "WRONG_KEY"}
    whole.wait_until(lambda: bool(whole.lines("worker-1", "dead_letter", **again)), "it is set aside again")
