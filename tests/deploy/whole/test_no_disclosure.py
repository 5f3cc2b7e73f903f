"""Nothing that a record says of anybody is found in the logs, figures and notifications of the whole demonstration.

Everything runs at debug, is fed rubbish as well, is looked at and acted on, by people who type names where they can.
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx2
import msgspec
import pytest
from rich.console import Console

from agents.topics.feeds import FeedProducer
from deploy.demo.demo import Demonstration
from deploy.demo.programmes import inspection
from deploy.scenario import events
from schemas.codec import Codec
from schemas.records import Crime, Incident
from schemas.rows import write_json
from tests.deploy.whole.disclosure import disclosed, looked_for
from tests.deploy.whole.simulator import Whole, hidden, whole_installation

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(600)]

PLAY_SECONDS = 5.0
SUPERVISOR = "insp.o'malley-fitzgerald"
NOTE = "Rang Mrs Featherstonehaugh, who will not make a statement."
RATIONALE = "Mr Cholmondeley-Warner says it was his own shed."
TYPED = {
    SUPERVISOR: "who signed in",
    NOTE.casefold(): "a note",
    "mrs featherstonehaugh": "a search",
    RATIONALE.casefold(): "a rationale",
}
REPORT = next(event for event in events() if isinstance(event, Incident) and event.location and event.crimes_expected)
MAPPING = """
topic = "storm.incidents.v1"
[fields]
event_id = "location"
force = { constant = "LEICS" }
source = { constant = "STORM" }
event_time = "reported_at"
incident_ref = "call_handler"
reported_at = "reported_at"
channel = "channel"
reporter = "reporter"
opening_code = "disposition_rationale"
crimes_expected = "crimes_expected"
status = { constant = "OPEN" }
team = "victim_token"
"""
COLUMNS = (
    "location",
    "reported_at",
    "call_handler",
    "channel",
    "reporter",
    "disposition_rationale",
    "crimes_expected",
    "victim_token",
)


def feed_rubbish(whole: Whole) -> int:
    """Put messages on a topic that hold the same people and cannot be taken; how many."""
    producer, codec = FeedProducer(whole.settings), Codec()
    changed = msgspec.structs.replace
    named = changed(REPORT, event_id=f"{REPORT.location}, {REPORT.call_handler}")
    values = [
        (b"LEICS", write_json(REPORT)),
        (b"LEICS", codec.encode(REPORT)[:-7]),
        (b"LEICS", codec.encode(REPORT) + (REPORT.location or "").encode()),
        (b"LEICS", codec.encode(changed(named, incident_ref=" "))),
        (b"LEICS", codec.encode(changed(named, event_time=REPORT.event_time + 10**12))),
        ((REPORT.location or "").encode(), codec.encode(named)),
        (None, codec.encode(named)),
    ]
    partition = whole.settings.partition_of("LEICS")
    for key, value in values:
        producer.send_raw(Incident.TOPIC, key, value, partition)
    producer.send_raw(Crime.TOPIC, b"LEICS", codec.encode(named), partition)
    producer.flush()
    return len(values) + 1


def feed_files(whole: Whole, folder: Path) -> dict[str, str]:
    """Feed a file of bad lines and one by a mapping that mixes the columns up; what each command says."""
    bad = folder / "bad.jsonl"
    fields = msgspec.json.decode(write_json(REPORT))
    lines = [{**fields, name: REPORT.location} for name in ("reported_at", "crimes_expected", "channel", "status")]
    bad.write_bytes(b"\n".join([*map(msgspec.json.encode, lines), write_json(REPORT)[:-9]]))
    table, mapping = folder / "mixed.csv", folder / "mixed.toml"
    mapping.write_text(MAPPING)
    with table.open("w", newline="") as out:
        rows = csv.DictWriter(out, COLUMNS, extrasaction="ignore")
        rows.writeheader()
        rows.writerow(
            {**fields, "disposition_rationale": "Alarm set off by a loose shutter; premises checked and secure."}
        )
        rows.writerow({**fields, "crimes_expected": REPORT.location})
        rows.writerow({**fields, "channel": REPORT.location})
        rows.writerow({**fields, "reported_at": REPORT.location})
    return {
        "cdi feed of bad lines": run(whole, "feed", Incident.TOPIC, str(bad)),
        "cdi feed by a mapping": run(whole, "feed", Incident.TOPIC, str(table), "--mapping", str(mapping)),
    }


def run(whole: Whole, *arguments: str) -> str:
    """Run a command that finds bad rows; everything it writes."""
    environment = {
        f"CDI_{name.upper()}": str(getattr(whole.settings, name)) for name in ("kafka", "prefix", "partitions", "data")
    }
    done = subprocess.run(
        [sys.executable, "-m", "deploy", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "were set aside" in done.stderr
    return done.stdout + done.stderr


def look_around(whole: Whole) -> None:
    """Sign in, look for names, act and judge with words, and go where nothing is."""
    alert_id = whole.lines("worker-1", "alert_changed", status="BREACHED")[0]["alert_id"]
    with whole.browser(SUPERVISOR) as browser:
        for path in ("/live", "/trace", "/fcr/register", "/fcr/register.csv", "/nowhere/x"):
            for typed in (REPORT.location, REPORT.incident_ref, "Mrs Featherstonehaugh"):
                browser.get(path, params={"q": typed, "ref": typed}, headers={"X-Request-ID": typed or ""})
        browser.get("/alerts/Mrs Featherstonehaugh")
        page = browser.get(f"/alerts/{alert_id}").text
        sent = {"csrf": hidden(page, "csrf"), "action_id": hidden(page, "action_id"), "kind": "NOTE", "text": NOTE}
        assert browser.post(f"/alerts/{alert_id}/actions", data=sent).status_code == 303
        judge(whole, browser)
        ring = browser.post(f"/alerts/{alert_id}/contacts", data={"csrf": hidden(page, "csrf")})
        assert "Whom to ring" in ring.text
        assert "Not found in time" not in ring.text
        token = hidden(browser.get("/sign-in").text, "csrf")
        browser.post("/sign-in", data={"csrf": token, "name": "Mrs Featherstonehaugh", "password": NOTE})
    whole.wait_until(lambda: bool(whole.lines("notifier", "action_read", kind="NOTE")), "the notifier reads the note")


def judge(whole: Whole, browser: httpx2.Client) -> None:
    """Assess the record of an alert, take it back, and go through the review queue, with words typed everywhere."""
    changed = whole.lines("worker-1", "alert_changed", rule_id="crime-not-recorded", status="BREACHED")
    path = f"/alerts/{changed[0]['alert_id']}"
    page = browser.get(path).text
    words = {"reason": "Cholmondeley-Warner", "rationale": RATIONALE, "answer": "STATED", "crimes": "1"}
    sent = {"csrf": hidden(page, "csrf"), "action_id": hidden(page, "action_id")} | words
    assert browser.post(f"{path}/assessments", data=sent).status_code == 303
    page = browser.get(path).text
    undo = {name: hidden(page, name) for name in ("csrf", "action_id", "assessment_id", "back")}
    assert browser.post("/assessments/undo", data=undo).status_code == 303
    record = {"force": REPORT.force, "system": "STORM", "ref": REPORT.incident_ref}
    for query in (record, {**record, "ref": REPORT.location}):
        browser.get("/reviews/report", params=query)
        for form in ("answer", "leave", "next"):
            browser.post(f"/reviews/{form}", data=sent | query, follow_redirects=True)
    assert "Reports to read" in browser.get("/reviews").text


def delivered(whole: Whole) -> dict[str, str]:
    """Return every mail, as it came and as it reads, and every webhook's headers and body."""
    messages: dict[str, str] = {}
    for number, raw in enumerate(whole.mailbox.raw):
        mail = message_from_bytes(raw, policy=default)
        messages[f"mail {number}"] = f"{raw.decode(errors='replace')}\n{mail.items()}\n{mail.get_content()}"
    for number, (headers, body) in enumerate(whole.receiver.posts):
        messages[f"webhook {number}"] = f"{headers}\n{body.decode()}"
    return messages


def test_the_whole_demonstration_discloses_nobody(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No name, address, token, reference or free text of any record, nor what people typed."""
    with whole_installation(kafka, tmp_path, monkeypatch) as whole:
        screen = io.StringIO()
        demonstration = Demonstration(whole.settings, whole.processes, Console(file=screen, width=110), inspection())
        demonstration.play(PLAY_SECONDS)
        texts = feed_files(whole, tmp_path)
        refused = feed_rubbish(whole)
        whole.wait_until(lambda: len(whole.lines("worker-1", "dead_letter")) >= refused, "rubbish is set aside")
        whole.wait_until(lambda: bool(whole.mailbox.raw and whole.receiver.posts), "people are told")
        look_around(whole)
        texts |= {f"figures of {name}": whole.figures(name) for name in whole.ports}
        texts |= {"the demonstration's screen": screen.getvalue()}
    texts |= {f"log of {name}": whole.output_of(name) for name in whole.ports} | delivered(whole)
    texts |= {f"Kafka's {file.name}": file.read_text() for file in tmp_path_factory.getbasetemp().rglob("broker.log")}
    # There is enough to find something in: every record was taken, alerts changed, figures were counted.
    assert len(whole.lines("worker-1", "record_applied")) >= len(events())
    assert len(whole.lines("worker-1", "alert_changed")) > 200
    assert whole.lines("board", "request", route="/trace")
    assert len(whole.lines("board", "judgement_sent")) >= 2
    assert "5 of 5 rows" in texts["cdi feed of bad lines"]
    assert "3 of 4 rows" in texts["cdi feed by a mapping"]
    assert all("cdi_" in texts[f"figures of {name}"] for name in whole.ports)
    values = looked_for(events()) | TYPED
    assert disclosed(texts, values) == []
