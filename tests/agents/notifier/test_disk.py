"""A disk that is full, read-only or damaged: said in a sentence; nothing is sent twice, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, select

from agents.notifier.outbox import Outbox, OutboxError, OutboxUnavailableError, alerts, tables
from agents.notifier.outbox_retries import OutboxRetries
from agents.observability.metrics import Metrics
from agents.settings.settings import Settings
from deploy.cli import main
from streams.topology.metrics import NOTIFIER, OUTBOX_BLOCKED
from tests.agents.notifier.examples import POLICY
from tests.agents.notifier.offline import OfflineNotifier
from tests.agents.notifier.servers import Mailbox, mail_server
from tests.agents.notifier.test_whole_notifier import AT, CRITICAL, ONLY_MAIL, URGENT
from tests.streams.actions.alerts import alert

NOBODY = 65534


def as_somebody_without_rights(work: Callable[[], object]) -> str:
    """Do work as a user who may write nothing here, in a process of its own; return the error's sentence."""
    readable, writable = os.pipe()
    if (child := os.fork()) == 0:
        sentence = "no error"
        try:
            if os.geteuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            work()
        except OutboxUnavailableError as failure:
            sentence = str(failure)
        except BaseException as failure:  # noqa: BLE001 - the parent says so
            sentence = repr(failure)
        os.write(writable, sentence.encode())
        os._exit(0)
    os.close(writable)
    os.waitpid(child, 0)
    with os.fdopen(readable) as pipe:
        return pipe.read()


def damage(file: Path) -> None:
    """Overwrite every page of an outbox but the first, with nothing left in its log."""
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    size = file.stat().st_size
    with file.open("r+b") as pages:
        pages.seek(4096)
        pages.write(b"\xa5" * (size - 4096))


def test_a_folder_that_may_not_be_written_is_named() -> None:
    """Without an outbox there, and with one."""
    folder = Path(tempfile.mkdtemp(prefix="cdi-read-only-"))
    try:
        file = folder / "outbox.sqlite"
        for is_there in (False, True):
            folder.chmod(0o755)
            if is_there:
                Outbox(file).close()
                file.chmod(0o444)
            folder.chmod(0o555)
            sentence = as_somebody_without_rights(lambda: Outbox(file))
            assert sentence == f"{file}: it cannot be written: Permission denied"
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.parametrize("content", [b"nonsense" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_outbox_is_said_to_be_damaged(tmp_path: Path, content: bytes) -> None:
    """With what to do; it is left as it is."""
    file = tmp_path / "outbox.sqlite"
    file.write_bytes(content)
    with pytest.raises(OutboxError, match=r"outbox\.sqlite: damaged \(.*\): restore it from a backup, or move it away"):
        Outbox(file)
    assert file.read_bytes() == content


def test_damaged_pages_are_found_when_it_starts(tmp_path: Path) -> None:
    """Before anything is sent: what only a damaged index leads to would never be."""
    file = tmp_path / "outbox.sqlite"
    with Outbox(file) as outbox, outbox.transaction() as connection:
        for number in range(300):
            alerts.put(connection, alert(alert_id=f"a{number}"))
    damage(file)
    with pytest.raises(OutboxError, match="damaged"):
        Outbox(file)


def test_damage_while_it_runs_ends_it_at_once(tmp_path: Path) -> None:
    """It does not pass by itself, so nothing waits for it."""

    async def work() -> None:
        notifier = OfflineNotifier(tmp_path, 1)
        notifier.read(*(alert(alert_id=f"a{number}") for number in range(300)))
        notifier.outbox.close()
        damage(tmp_path / "outbox.sqlite")
        retries = OutboxRetries(notifier.metrics, asyncio.Event())
        with pytest.raises(OutboxError, match="damaged") as failure:
            await retries.run(lambda: notifier.planner.evaluate(AT))
        assert not isinstance(failure.value, OutboxUnavailableError)
        assert not retries.blocked

    asyncio.run(work())


def test_the_command_says_it_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And exits with 1, so that whatever runs it starts it again."""
    monkeypatch.setattr("deploy.cli.notifier.connected_settings", lambda: Settings(data=tmp_path))
    monkeypatch.setenv("CDI_LOG_FORMAT", "json")
    (tmp_path / "notifier").mkdir()
    (tmp_path / "notifier" / "outbox.sqlite").write_bytes(b"nonsense" * 1000)
    assert main(["notifier"]) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "outbox.sqlite" in line]
    assert len(lines) == 1
    assert "damaged" in lines[0]
    (tmp_path / "notifier" / "outbox.sqlite").unlink()
    (tmp_path / "notifier" / "outbox@this.lock").unlink()
    (tmp_path / "notifier").rmdir()
    (tmp_path / "notifier").write_text("a file where the folder should be")
    assert main(["notifier"]) == 1
    assert "it cannot be written" in capsys.readouterr().err


class ReadOnly:
    """Has an outbox that is open already refuse to be written, as a disk does that is mounted read-only."""

    def __init__(self, outbox: Outbox) -> None:
        self.on = False
        event.listen(outbox._engine, "begin", self._begin)

    def _begin(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if self.on else 'OFF'}")


def test_what_was_sent_is_stored_as_soon_as_it_can_be_and_not_sent_again(tmp_path: Path) -> None:
    """The disk turns read-only while the server has the message; the notifier waits with the outcome."""
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
        disk = ReadOnly(notifier.outbox)
        notifier.work(AT, CRITICAL)
        blocked: list[float | None] = []

        def answer(_: int) -> str:
            disk.on = True
            return "250 taken"

        async def mend() -> None:
            async with asyncio.timeout(60):
                while notifier.metrics.value(OUTBOX_BLOCKED) != 1:  # noqa: ASYNC110 - it is a metric
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            blocked.append(notifier.metrics.value(OUTBOX_BLOCKED))
            disk.on = False

        mailbox.answer = answer
        notifier.clock = AT + URGENT
        notifier.plan()
        notifier.send(mend())
        assert blocked == [1]
        assert notifier.metrics.value(OUTBOX_BLOCKED) == 0
        assert (len(mailbox.received), notifier.states) == (1, [("room", "SENT")])
        assert len(notifier.owed_entries()) == 1


def test_nothing_is_sent_while_it_cannot_be_stored_that_it_begins(tmp_path: Path) -> None:
    """So nothing can arrive that the outbox does not know of; later it goes, once."""
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
        notifier.work(AT, CRITICAL)
        notifier.clock = AT + URGENT
        notifier.plan()
        disk = ReadOnly(notifier.outbox)
        disk.on = True
        with pytest.raises(OutboxUnavailableError, match="read-only"), notifier.outbox.transaction() as connection:
            alerts.put(connection, alert())

        async def mend() -> None:
            await asyncio.sleep(0.3)
            assert mailbox.received == []
            disk.on = False

        notifier.send(mend())
        assert (len(mailbox.received), notifier.states) == (1, [("room", "SENT")])


def test_a_job_that_waits_when_the_notifier_stops_says_why(tmp_path: Path) -> None:
    """It does not end as if all were stored."""

    async def work() -> None:
        outbox, stopping, metrics = Outbox(tmp_path / "outbox.sqlite"), asyncio.Event(), Metrics(NOTIFIER)
        ReadOnly(outbox).on = True
        retries = OutboxRetries(metrics, stopping, retry_seconds=30)

        def put() -> None:
            with outbox.transaction() as connection:
                alerts.put(connection, alert())

        jobs = [asyncio.create_task(retries.run(put)) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert retries.blocked
        assert metrics.value(OUTBOX_BLOCKED) == 1
        stopping.set()
        outcomes = await asyncio.gather(*jobs, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [OutboxUnavailableError, OutboxUnavailableError]
        assert metrics.value(OUTBOX_BLOCKED) == 0

    asyncio.run(work())


FULL_DISK = """
import resource, signal, sys, threading
from pathlib import Path
from agents.notifier.outbox import OutboxUnavailableError, alerts, messages
from tests.agents.notifier.offline import OfflineNotifier
from tests.agents.notifier.test_whole_notifier import AT, CRITICAL, ONLY_MAIL, URGENT
from tests.streams.actions.alerts import alert

folder, port = Path(sys.argv[1]), int(sys.argv[2])
notifier = OfflineNotifier(folder, port, routing=ONLY_MAIL)
notifier.work(AT, CRITICAL)
notifier.clock = AT + URGENT
notifier.plan()
settle, unlimited = messages.settle, resource.getrlimit(resource.RLIMIT_FSIZE)

def grow_no_further():
    largest = max((folder / name).stat().st_size for name in ("outbox.sqlite-wal", "outbox.sqlite"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, unlimited[1]))

def settle_on_a_full_disk(*arguments):
    messages.settle = settle
    grow_no_further()
    threading.Timer(1.0, resource.setrlimit, (resource.RLIMIT_FSIZE, unlimited)).start()
    settle(*arguments)

messages.settle = settle_on_a_full_disk
notifier.send()
assert notifier.states == [("room", "SENT")], notifier.states
print("sent and stored")
grow_no_further()
try:
    with notifier.outbox.transaction() as connection:
        for number in range(2000):
            alerts.put(connection, alert(alert_id=f"b{number}"))
except OutboxUnavailableError as failure:
    print(failure)
resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
with notifier.outbox.transaction() as connection:
    alerts.put(connection, alert(alert_id="after"))
print("written again")
"""


def test_a_file_that_may_grow_no_further_is_waited_for(tmp_path: Path) -> None:
    """The outcome is stored when there is room again, and a transaction that found none left nothing of itself."""
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        arguments = [sys.executable, "-c", FULL_DISK, str(tmp_path), str(port)]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if not line.startswith("20")]
    assert lines[0] == "sent and stored"
    assert lines[1].startswith(f"{tmp_path / 'outbox.sqlite'}: the disk ")
    assert lines[2] == "written again"
    assert len(mailbox.received) == 1
    with Outbox(tmp_path / "outbox.sqlite") as outbox, outbox.transaction() as connection:
        assert connection.execute(select(func.count()).select_from(tables.alerts)).scalar_one() == 2


def test_one_alert_that_cannot_be_evaluated_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is set aside until something new is read of it, and the others' recipients hear."""
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
        whole = alerts.alert_actions

        def failing(connection: Connection, alert_id: str) -> object:
            if alert_id == "bad":
                raise KeyError(alert_id)
            return whole(connection, alert_id)

        monkeypatch.setattr(alerts, "alert_actions", failing)
        notifier.work(AT, *(alert(alert_id=name, severity="CRITICAL") for name in ("a", "bad", "c")))
        notifier.work(AT + URGENT)
        assert len(mailbox.received) == 2
        monkeypatch.setattr(alerts, "alert_actions", whole)
        notifier.work(AT + URGENT, alert(alert_id="bad", severity="CRITICAL", sequence=9))
        notifier.work(AT + 2 * URGENT + POLICY.group_wait)
        assert len(mailbox.received) == 3
