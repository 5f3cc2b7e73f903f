from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.notifier.mail import MailSender
from agents.notifier.outbox import alerts, messages, notifications
from agents.notifier.outbox.messages import OutboxMessage
from agents.notifier.routing import Recipient, Routing
from streams.policy.calendar import DAY, HOUR, MINUTE, local_time_on_day_of
from streams.topology.metrics import FAILED, GIVEN_UP, SENT
from tests.agents.notifier.examples import POLICY
from tests.agents.notifier.offline import OfflineNotifier
from tests.agents.notifier.servers import Mailbox, Receiver, mail_server, webhook_receiver
from tests.streams.actions.alerts import BEGAN, action, alert

ROOM, REGISTRAR = "control.room@leics.example", "registrar@leics.example"
AT = BEGAN + MINUTE
URGENT, GROUPED = POLICY.urgent_wait, POLICY.group_wait
CRITICAL = alert(severity="CRITICAL", rule_id="rape-not-recorded")
ONLY_MAIL = Routing.from_toml(
    f'[[recipient]]\nname = "room"\nemail = "{ROOM}"\n[[route]]\nto = ["room"]\nseverities = ["CRITICAL", "HIGH"]\n'
)


@pytest.fixture
def mailbox() -> Mailbox:
    """Give a mailbox that takes everything."""
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    """Run a mail server in front of it."""
    with mail_server(mailbox) as number:
        yield number


def test_a_critical_alert_is_told_at_once_and_marked(tmp_path: Path, port: int, mailbox: Mailbox) -> None:
    """Provisional or not; when it is confirmed, nobody is told again."""
    notifier = OfflineNotifier(tmp_path, port)
    notifier.work(AT, alert(severity="CRITICAL", certainty="PROVISIONAL"))
    notifier.work(AT + URGENT)
    assert sorted(to for to, *_ in mailbox.received) == [ROOM, REGISTRAR]
    assert all("(provisional)" in subject for _, _, subject, _ in mailbox.received)
    notifier.work(AT + GROUPED, alert(severity="CRITICAL", sequence=3))
    assert len(mailbox.received) == 2


def test_others_are_told_once_confirmed_and_in_groups(tmp_path: Path, port: int, mailbox: Mailbox) -> None:
    """Three alerts, one message, one Message-ID, each alert in it once."""
    notifier = OfflineNotifier(tmp_path, port)
    doubtful = [alert(alert_id=f"a{step}", certainty="PROVISIONAL") for step in range(3)]
    notifier.work(AT, *doubtful)
    notifier.work(AT + GROUPED)
    assert mailbox.received == []
    notifier.work(AT + GROUPED, *(alert(alert_id=f"a{step}") for step in range(3)))
    notifier.work(AT + 2 * GROUPED)
    ((to, _, subject, text),) = mailbox.received
    assert (to, subject) == (REGISTRAR, "3 alerts")
    assert re.findall(r"Alert: (\w+)", text) == ["a0", "a1", "a2"]


def test_whoever_was_told_hears_the_end_in_the_same_thread(tmp_path: Path, port: int, mailbox: Mailbox) -> None:
    """Cleared follows up the first message; a restart in between changes nothing."""
    notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
    notifier.work(AT, CRITICAL)
    notifier.work(AT + URGENT)
    notifier.outbox.close()
    notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
    notifier.planner.evaluate_all()
    notifier.work(AT + HOUR, alert(severity="CRITICAL", status="CLEARED", reason="RECORDED_LATE", sequence=3))
    notifier.work(AT + HOUR + URGENT)
    assert [subject.split(":")[0] for _, _, subject, _ in mailbox.received] == [
        "[CRITICAL] Breached",
        "[CRITICAL] Cleared",
    ]
    assert len(set(mailbox.message_ids)) == 2
    with notifier.outbox.transaction() as connection:
        first = notifications.first_message(connection, "room", CRITICAL.alert_id)
    assert first == mailbox.message_ids[0][1:].partition("@")[0]


def test_changes_that_a_restarted_worker_publishes_again_are_no_news(
    tmp_path: Path, port: int, mailbox: Mailbox
) -> None:
    """Read one by one, the breach behind its own end; nobody is told of a second one."""
    notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
    cleared = alert(severity="CRITICAL", status="CLEARED", reason="RECORDED_LATE", sequence=3)
    for step, change in enumerate((CRITICAL, cleared, CRITICAL, cleared)):
        notifier.work(AT + step * HOUR, change)
        notifier.work(AT + step * HOUR + URGENT)
    assert [subject.split(":")[0] for _, _, subject, _ in mailbox.received] == [
        "[CRITICAL] Breached",
        "[CRITICAL] Cleared",
    ]


def test_what_ends_before_anybody_was_told_stays_unsaid(tmp_path: Path, port: int, mailbox: Mailbox) -> None:
    """A breach withdrawn while its group was gathering is nobody's news, nor is its end."""
    notifier = OfflineNotifier(tmp_path, port)
    notifier.work(AT, alert())
    notifier.work(AT + MINUTE, alert(status="WITHDRAWN", reason="MET_IN_TIME", sequence=3))
    notifier.work(AT + 2 * GROUPED)
    assert (mailbox.received, notifier.states) == ([], [])


def test_a_storm_is_one_message_with_a_count(tmp_path: Path, port: int, mailbox: Mailbox) -> None:
    """Five hundred at once; the next hundred follow in one when the window has passed."""
    notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
    notifier.work(AT, *(alert(alert_id=f"a{step:03}", severity="CRITICAL") for step in range(500)))
    notifier.work(AT + URGENT, *(alert(alert_id=f"b{step:03}", severity="CRITICAL") for step in range(100)))
    notifier.work(AT + 2 * URGENT)
    assert [subject for _, _, subject, _ in mailbox.received] == [
        "Many alerts at once: 600 alerts, 600 of them critical"
    ]
    notifier.work(AT + 3 * URGENT, *(alert(alert_id=f"c{step}", severity="CRITICAL") for step in range(100)))
    notifier.work(AT + 10 * URGENT)
    assert len(mailbox.received) == 1
    notifier.work(AT + POLICY.storm_window + URGENT)
    assert [subject.split(",")[0] for _, _, subject, _ in mailbox.received[1:]] == ["Many alerts at once: 100 alerts"]


def test_nobody_is_told_while_it_is_silenced_or_acknowledged(tmp_path: Path, port: int, mailbox: Mailbox) -> None:
    """Even if the message was about to go; when the silence ends it goes."""
    notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
    notifier.work(AT, CRITICAL)
    notifier.work(AT + 1, action("SILENCE", at=AT + 1, text="known", expires_at=AT + HOUR))
    notifier.work(AT + HOUR)
    assert mailbox.received == []
    notifier.work(AT + HOUR + 1)
    notifier.work(AT + HOUR + 1 + URGENT)
    assert len(mailbox.received) == 1


def test_what_nobody_acknowledges_goes_up_and_is_told(tmp_path: Path, port: int, mailbox: Mailbox) -> None:
    """Supervisor, duty inspector, registrar: each told once; an acknowledgement stops it."""
    notifier = OfflineNotifier(tmp_path, port)
    given_alert = alert(severity="CRITICAL")
    for minutes in range(0, 61, 5):
        notifier.work(BEGAN + minutes * MINUTE + 1, given_alert)
        notifier.work(notifier.clock + URGENT)
    mailed = [(to.split("@")[0], subject.partition(":")[0]) for to, _, subject, _ in mailbox.received]
    assert mailed == [
        ("control.room", "[CRITICAL] Breached"),
        ("registrar", "[CRITICAL] Breached"),
        ("control.room", "[CRITICAL] Escalated to the supervisor"),
        ("inspector", "[CRITICAL] Escalated to the duty inspector"),
        ("registrar", "[CRITICAL] Escalated to the Force Crime Registrar"),
    ]
    acked = OfflineNotifier(tmp_path / "acked", port)
    acked.read(given_alert, action("ACK", expires_at=BEGAN + 2 * HOUR))
    acked.clock = BEGAN + 2 * HOUR
    assert acked.plan() == []
    acked.clock += 1
    assert [action.level for action in acked.plan()] == ["SUPERVISOR", "DUTY_INSPECTOR", "FCR"]


def test_under_the_stream_clock_nothing_escalates_and_nothing_is_old(
    tmp_path: Path, port: int, mailbox: Mailbox
) -> None:
    """Its alerts are of 2013; people live today."""
    notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL, live=False)
    notifier.clock = BEGAN + 1000 * DAY
    notifier.read(CRITICAL)
    assert notifier.plan() == []
    notifier.work(notifier.clock + URGENT)
    assert len(mailbox.received) == 1


def test_a_digest_comes_daily_at_its_local_hour(tmp_path: Path, port: int, mailbox: Mailbox) -> None:
    """Once a day, with what is open and not hushed; a restart does not repeat it."""
    seven = local_time_on_day_of(BEGAN + DAY, 7, 0)
    quiet = alert(alert_id="q", severity="LOW")
    silenced = action("SILENCE", alert_id="q", text="known", expires_at=seven + HOUR)
    notifier = OfflineNotifier(tmp_path, port)
    notifier.work(seven - 1, alert(severity="LOW", updated_at=BEGAN), quiet, silenced)
    assert mailbox.received == []
    notifier.work(seven)
    notifier.outbox.close()
    notifier = OfflineNotifier(tmp_path, port)
    notifier.work(seven + HOUR)
    assert [(to, subject) for to, _, subject, _ in mailbox.received] == [
        (REGISTRAR, "Crime data integrity, 2023-11-15: 1 breached, 0 about to breach")
    ]
    notifier.work(seven + DAY + 5 * HOUR)
    assert len(mailbox.received) == 1
    notifier.work(seven + 2 * DAY)
    assert len(set(mailbox.message_ids)) == 2


def test_a_failure_is_tried_again_later_and_later(tmp_path: Path, mailbox: Mailbox) -> None:
    """Each wait is twice the one before, up to the policy's longest, and the id stays the same."""
    mailbox.answer = lambda number: "451 later" if number < 9 else "250 taken"
    with mail_server(mailbox) as port:
        notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
        notifier.work(AT, CRITICAL)
        notifier.work(AT + URGENT)
        waits = []
        while len(mailbox.received) < 10:
            (next_at,) = notifier.next_attempts
            waits.append(next_at - notifier.clock)
            before = len(mailbox.received)
            notifier.work(next_at - 1)
            assert len(mailbox.received) == before
            notifier.work(next_at)
    first = POLICY.retry_first
    assert waits == [min(first * 2**step, POLICY.retry_longest) for step in range(9)]
    assert len(set(mailbox.message_ids)) == 1
    assert notifier.states == [("room", "SENT")]
    assert (notifier.metrics.value(FAILED, "EMAIL"), notifier.metrics.value(SENT, "EMAIL", "SINGLE")) == (9, 1)


def test_one_who_cannot_be_reached_holds_up_nobody(tmp_path: Path, mailbox: Mailbox) -> None:
    """While the control room's server stalls, the registrar has the message; the stalled one is tried again."""
    mailbox.stall_for = ROOM
    with mail_server(mailbox) as port:
        notifier = OfflineNotifier(tmp_path, port, patience_seconds=1.0)
        notifier.work(AT, CRITICAL)
        notifier.work(AT + URGENT)
        assert sorted(notifier.states) == [("registrar", "SENT"), ("room", "PENDING")]
        mailbox.stall_for = None
        notifier.work(AT + HOUR // 2)
    assert {state for _, state in notifier.states} == {"SENT"}


def test_a_message_that_is_refused_for_its_own_sake_lets_others_pass(tmp_path: Path, mailbox: Mailbox) -> None:
    """It is tried again when the policy's longest wait is over."""
    mailbox.answer = lambda number: "554 not this one" if number == 0 else "250 taken"
    with mail_server(mailbox) as port:
        notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
        notifier.work(AT, alert(alert_id="a", severity="CRITICAL"), alert(alert_id="b", severity="CRITICAL"))
        notifier.work(AT + URGENT)
        assert [state for _, state in notifier.states] == ["PENDING", "SENT"]
        notifier.work(AT + URGENT + POLICY.retry_longest)
    assert [state for _, state in notifier.states] == ["SENT", "SENT"]
    assert (len(mailbox.received), len(set(mailbox.message_ids))) == (3, 2)


def test_a_message_that_cannot_be_written_lets_others_pass(
    tmp_path: Path, port: int, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fault of ours it meets: it is tried again later, like one that the other side refuses."""
    whole = MailSender.send
    failed: list[str] = []

    async def send(self: MailSender, message: OutboxMessage, recipient: Recipient) -> None:
        if not failed:
            failed.append(message.message_id)
            raise ValueError("Header values may not contain linefeed")
        await whole(self, message, recipient)

    monkeypatch.setattr(MailSender, "send", send)
    notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
    notifier.work(AT, alert(alert_id="a", severity="CRITICAL"), alert(alert_id="b", severity="CRITICAL"))
    notifier.work(AT + URGENT)
    assert [state for _, state in notifier.states] == ["PENDING", "SENT"]
    notifier.work(AT + URGENT + POLICY.retry_longest)
    assert [state for _, state in notifier.states] == ["SENT", "SENT"]


def test_what_cannot_be_told_in_days_is_given_up(tmp_path: Path, mailbox: Mailbox) -> None:
    """And counted, and noted for the audit log."""
    mailbox.answer = lambda _: "451 never"
    with mail_server(mailbox) as port:
        notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
        notifier.work(AT, CRITICAL)
        notifier.work(AT + URGENT)
        notifier.work(AT + URGENT + POLICY.give_up_after)
    assert notifier.states == [("room", "GIVEN_UP")]
    assert notifier.metrics.value(GIVEN_UP, "EMAIL") == 1
    assert ("NOTIFY_FAILED", "room") in [(entry.action, entry.recipient) for entry in notifier.owed_entries()]


def test_every_message_is_kept_for_the_audit_log(tmp_path: Path, port: int, mailbox: Mailbox) -> None:
    """To whom, about which alerts, under which id; no address and nothing of what it says."""
    notifier = OfflineNotifier(tmp_path, port, routing=ONLY_MAIL)
    notifier.work(AT, CRITICAL)
    notifier.work(AT + URGENT)
    (entry,) = notifier.owed_entries()
    assert (entry.action, entry.recipient) == ("NOTIFY", "room")
    assert f"<{entry.target}@leics.example>" == mailbox.message_ids[0]
    assert CRITICAL.alert_id in entry.details["alerts"]
    assert "@" not in str(entry.details)
    assert notifier.owed_entries() == []


def test_a_webhook_that_fails_stalls_and_answers_twice_gets_one_key(tmp_path: Path) -> None:
    """One alert, one Idempotency-Key, however often it is posted."""
    receiver = Receiver()
    receiver.script = [
        "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    ]
    with webhook_receiver(receiver) as url:
        routing = Routing.from_toml(
            f'[[recipient]]\nname = "hook"\nwebhook = "{url}"\nsecret_env = "HOOK"\n[[route]]\nto = ["hook"]\n'
        )
        notifier = OfflineNotifier(tmp_path, 1, routing=routing)
        notifier.work(AT, CRITICAL)
        for step in range(4):
            notifier.work(AT + URGENT + step * HOUR)
    assert (len(receiver.keys), len(set(receiver.keys))) == (3, 1)
    assert notifier.states == [("hook", "SENT")]
    assert receiver.payloads[0]["alerts"][0]["alert_id"] == CRITICAL.alert_id


def test_messages_to_somebody_no_longer_there_are_given_up(tmp_path: Path, mailbox: Mailbox) -> None:
    """And nobody else's."""
    with mail_server(mailbox) as port:
        mailbox.answer = lambda _: "451 later"
        notifier = OfflineNotifier(tmp_path, port)
        notifier.work(AT, CRITICAL)
        notifier.work(AT + URGENT)
        with notifier.outbox.transaction() as connection:
            assert messages.give_up_on_others(connection, {"registrar"}, notifier.clock) == {"room": 1}
    assert sorted(notifier.states) == [("registrar", "PENDING"), ("room", "GIVEN_UP")]


def test_what_is_long_over_is_forgotten(tmp_path: Path, port: int, mailbox: Mailbox) -> None:
    """Closed alerts go with what was said of them; open ones stay however old."""
    notifier = OfflineNotifier(tmp_path, port)
    notifier.read(alert(), alert(alert_id="gone", status="CLEARED"), action("NOTE", alert_id="gone", text="seen"))
    with notifier.outbox.transaction() as connection:
        assert alerts.forget_before(connection, BEGAN + DAY) == 1
        assert [open_alert.alert_id for open_alert in alerts.open_alerts(connection)] == [alert().alert_id]
        assert alerts.alert_actions(connection, "gone").actions == ()
