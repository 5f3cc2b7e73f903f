"""Every panel of every dashboard, asked of a real Prometheus that watches a real installation at work."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from agents.settings.clock import wall_clock
from agents.settings.settings import Settings
from agents.topics.feeds import FeedProducer
from dashboards.grafana.building import PAGES
from deploy.local.cluster import provide_topics
from deploy.local.kafka import free_port
from deploy.local.processes import Processes, board_and_notifier, feed_processes, workers
from deploy.scenario import events
from schemas.records import FEEDS, Crime, Heartbeat, Incident, Snapshot
from schemas.rows import write_json
from streams.facts.fill import ENOUGH_RECORDS
from streams.policy.calendar import HOUR, MINUTE
from tests.agents.notifier.servers import Mailbox, mail_server
from tests.deploy.whole.simulator import ROUTES, adjoining_ports

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE_SECONDS = 300
FILLED = {"$__rate_interval": "1m", "$__range": "1h", "$force": ".+"}
CHARTS = [(page.uid, chart) for page in PAGES for chart in page.charts]
POLICY = """
version = "impatient-1"
[rules]
off = ["theme-emerging"]
[notifications]
group_wait = "1s"
urgent_wait = "1s"
[actions.escalation.AT_RISK]
HIGH = { SUPERVISOR = "1s" }
"""


def of_today(wall: int) -> list[Snapshot]:
    """Return reports of crime with little time left, one of them put right, and one record of each odd kind.

    Of reports without a crime there are enough to say which fields are hardly ever stated.
    """
    old = next(event for event in events() if isinstance(event, Incident) and event.crimes_expected)
    reported_at = wall - 22 * HOUR
    reports = [
        msgspec.structs.replace(
            old,
            event_id=f"today-{n}",
            incident_ref=f"TODAY-{n}",
            event_time=reported_at,
            reported_at=reported_at,
            occurred_at=None,
            crimes_expected=1,
            crime_refs=(),
            status="OPEN",
            disposition=None,
            closed_at=None,
        )
        for n in range(4)
    ]
    crime = next(event for event in events() if isinstance(event, Crime))
    recorded = msgspec.structs.replace(
        crime,
        event_id="today-crime",
        crime_ref="TODAY-CRIME",
        event_time=wall,
        recorded_at=wall - MINUTE,
        incident_refs=("TODAY-0",),
        status="RECORDED",
        occurred_at=None,
    )
    harmless = [
        msgspec.structs.replace(reports[0], event_id=f"none-{n}", incident_ref=f"NONE-{n}", crimes_expected=0)
        for n in range(ENOUGH_RECORDS)
    ]
    undecided = msgspec.structs.replace(
        reports[0], event_id="undecided", incident_ref="UNDECIDED", crimes_expected=None, closing_code=None
    )
    return [*reports, recorded, reports[0], *harmless, undecided]


def feed(settings: Settings) -> None:
    """Send the scenario, what is of today, a message nobody can read and every feed's word that it is complete."""
    producer, wall = FeedProducer(settings), wall_clock()
    for snapshot in [*events(), *of_today(wall)]:
        producer.send(snapshot)
    producer.send_raw(Crime.TOPIC, b"LEICS", b"nonsense", settings.partition_of("LEICS"))
    for topic in FEEDS:
        producer.send_heartbeat(topic, Heartbeat(force="LEICS", source="TEST", complete_through=wall))
    producer.flush()


def connected(folder: Path) -> Path:
    """Return the file of a feed whose folder holds a report."""
    drop = folder / "drop"
    drop.mkdir(mode=0o700)
    (drop / "reports.jsonl").write_bytes(write_json(of_today(wall_clock())[0]) + b"\n")
    feeds = folder / "feeds.toml"
    feeds.write_text(
        f'[feed.drop]\nway = "folder"\nfolder = "{drop}"\ntopic = "{Incident.TOPIC}"\nstill_seconds = 0.5\n'
    )
    return feeds


@contextmanager
def prometheus(folder: Path, targets: dict[str, int]) -> Iterator[str]:
    """Give the address of a Prometheus that asks each job's port every second."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed here: the panels are not asked of it")
    jobs = [{"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]} for job, port in targets.items()]
    settings = folder / "prometheus.yml"
    settings.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}))
    port = free_port()
    command = [
        program,
        f"--config.file={settings}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with subprocess.Popen(command) as running:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


def answers(address: str, expression: str) -> bool:
    """Tell whether there is anything to draw."""
    for variable, value in FILLED.items():
        expression = expression.replace(variable, value)
    try:
        answer = httpx.get(f"{address}/api/v1/query", params={"query": expression}, timeout=30)
    except httpx.TransportError:
        return False  # it is still starting
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return False
    assert answer.status_code == httpx.codes.OK, f"{expression}: {answer.text}"
    return bool(answer.json()["data"]["result"])


def test_every_panel_has_something_to_show(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With workers, board, notifier and a feed at work on a busy day, no expression of a dashboard is empty."""
    policy, routes = tmp_path / "policy.toml", tmp_path / "routes.toml"
    policy.write_text(POLICY)
    routes.write_text(ROUTES % f"http://127.0.0.1:{free_port()}/")
    base = adjoining_ports(4)
    settings = Settings(
        kafka=kafka,
        prefix=f"panels-{uuid.uuid4().hex[:8]}.",
        partitions=1,
        policy=policy,
        data=tmp_path / "data",
        worker="panels",
        metrics_port=base,
    )
    provide_topics(settings)
    with ExitStack() as stack:
        mailbox = Mailbox()
        environment = {
            "CDI_NOTIFIER_ROUTES": str(routes),
            "CDI_NOTIFIER_SMTP_HOST": "127.0.0.1",
            "CDI_NOTIFIER_SMTP_PORT": str(stack.enter_context(mail_server(mailbox))),
            "CDI_NOTIFIER_SMTP_TLS": "none",
            "CDI_TEST_SECRET": "sixteen bytes and more",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        commands = {
            **workers(settings, 1),
            **board_and_notifier(settings, free_port()),
            **feed_processes(settings, connected(tmp_path), ["drop"], 3),
        }
        running = stack.enter_context(Processes(commands, tmp_path / "logs", on_restart=pytest.fail))
        targets = {"cdi-board": base, "cdi-notifier": base + 1, "cdi-worker": base + 2, "cdi-connect": base + 3}
        address = stack.enter_context(prometheus(tmp_path, targets))
        while not answers(address, "cdi_ready == 1"):  # so that what is fed is judged live, as it comes
            running.restart_ended()
            time.sleep(0.5)
        feed(settings)
        silent = [(uid, chart.title, query.expression) for uid, chart in CHARTS for query in chart.queries]
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while silent and time.monotonic() < give_up_at:
            running.restart_ended()
            time.sleep(1)
            silent = [panel for panel in silent if not answers(address, panel[2])]
    assert silent == [], "\n".join(map(str, silent))
