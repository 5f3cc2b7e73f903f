"""Kills with SIGKILL, between sending a message and storing that it was sent, and before either."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agents.notifier.routing import Routing
from tests.agents.notifier.offline import OfflineNotifier
from tests.agents.notifier.servers import Mailbox, Receiver, mail_server, webhook_receiver

RUN = """
import os, signal, sys
from pathlib import Path
from agents.notifier.outbox import messages
from agents.notifier.routing import Routing
from tests.agents.notifier.examples import POLICY
from tests.agents.notifier.offline import OfflineNotifier
from tests.streams.actions.alerts import BEGAN, alert

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

folder, port, routes, dies = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
if dies == "before-it-is-stored":
    messages.settle = die
if dies == "before-it-is-written":
    messages.add = die
notifier = OfflineNotifier(folder, port, routing=Routing.from_toml(routes))
notifier.work(BEGAN, *(alert(alert_id=f"a{step}", severity="CRITICAL") for step in range(3)))
notifier.work(BEGAN + POLICY.urgent_wait)
"""
ROUTES = '[[recipient]]\nname = "room"\n{how}\n[[route]]\nto = ["room"]\n'
KILLED = -signal.SIGKILL


def run(folder: Path, port: int, routes: str, kill_at: str = "") -> subprocess.Popen[bytes]:
    """Start a notifier that works through three alerts."""
    return subprocess.Popen([sys.executable, "-c", RUN, str(folder), str(port), routes, kill_at], cwd=Path.cwd())


@pytest.mark.parametrize("kill_at", ["before-it-is-written", "before-it-is-stored"])
def test_mail_keeps_its_name_through_kills(tmp_path: Path, kill_at: str) -> None:
    """However often it is killed just there, each alert has one Message-ID, and all are sent in the end."""
    mailbox = Mailbox()
    routes = ROUTES.format(how='email = "room@leics.example"')
    with mail_server(mailbox) as port:
        for _ in range(3):
            assert run(tmp_path, port, routes, kill_at).wait(60) == KILLED
        assert run(tmp_path, port, routes).wait(60) == 0
    assert len(mailbox.received) == (3 if kill_at == "before-it-is-written" else 6)
    assert len(set(mailbox.message_ids)) == 3
    texts = {text for _, _, _, text in mailbox.received}
    assert len(texts) == 3
    notifier = OfflineNotifier(tmp_path, 1, routing=Routing.from_toml(routes))
    assert [state for _, state in notifier.states] == ["SENT"] * 3


def test_mail_whose_answer_was_never_heard_keeps_its_name(tmp_path: Path) -> None:
    """The server has it; we were dead before it could say so; it gets the very same again."""
    started: list[subprocess.Popen[bytes]] = []

    def answer(number: int) -> str:
        if number < 2:
            os.kill(started[-1].pid, signal.SIGKILL)
        return "250 taken"

    mailbox = Mailbox(answer)
    routes = ROUTES.format(how='email = "room@leics.example"')
    with mail_server(mailbox) as port:
        for _ in range(3):
            started.append(run(tmp_path, port, routes))
            started[-1].wait(60)
    assert [process.returncode for process in started] == [KILLED, KILLED, 0]
    assert (len(mailbox.received), len(set(mailbox.message_ids))) == (5, 3)
    assert mailbox.message_ids[0] == mailbox.message_ids[1] == mailbox.message_ids[2]


def test_a_post_keeps_its_key_through_kills(tmp_path: Path) -> None:
    """The same for a webhook, body and all."""
    receiver = Receiver()
    with webhook_receiver(receiver) as url:
        routes = ROUTES.format(how=f'webhook = "{url}"\nsecret_env = "HOOK"')
        assert run(tmp_path, 1, routes, "before-it-is-stored").wait(60) == KILLED
        assert run(tmp_path, 1, routes).wait(60) == 0
    assert (len(receiver.keys), len(set(receiver.keys))) == (4, 3)
    assert receiver.posts[0][1] == receiver.posts[1][1]
