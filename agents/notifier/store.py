"""The outbox: what the notifier has read, whom it told what, and what is on its way; each change whole or not."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from agents.notifier.sealing import Batch, Waiting
from agents.notifier.tables import connect
from agents.notifier.wanting import Telling
from schemas.products import Alert, AlertAction
from streams.actions import AlertActions
from streams.policy.handling import OPEN_STATUSES

DUE_NOW = 0
"""A ``look_at`` long past: the alert is looked at as soon as may be."""


class Store:
    """What the notifier knows; one process at a time has it open."""

    def __init__(self, file: Path) -> None:
        """Open the outbox.  Raises OutboxError."""
        self._db = connect(file)
        self._depth = 0

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """Make everything done inside one change: all of it is kept, or none.  May be nested."""
        self._depth += 1
        if self._depth == 1:
            self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._depth == 1:
                self._db.execute("ROLLBACK")
            raise
        else:
            if self._depth == 1:
                self._db.execute("COMMIT")
        finally:
            self._depth -= 1

    # What was read

    def cursors(self, topic: str) -> dict[int, int]:
        """Where to go on reading, by partition."""
        rows = self._db.execute("SELECT partition, next_offset FROM cursor WHERE topic = ?", (topic,))
        return {row["partition"]: row["next_offset"] for row in rows}

    def set_cursor(self, topic: str, partition: int, next_offset: int) -> None:
        """Note where to go on reading, in the same change as what was read."""
        self._db.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)", (topic, partition, next_offset))

    def put_unread(
        self, topic: str, partition: int, offset: int, *, key: bytes, value: bytes, replaces: bool
    ) -> None:  # fmt: skip
        """Keep a message that cannot be read yet; ``replaces``: an older one under its key is of the past."""
        if replaces:
            self.drop_unread(topic, key)
        self._db.execute("INSERT OR REPLACE INTO unread VALUES (?, ?, ?, ?, ?)", (topic, partition, offset, key, value))

    def unread(self) -> list[sqlite3.Row]:
        """The messages that could not be read when they came, in their order."""
        return self._db.execute("SELECT * FROM unread ORDER BY topic, partition, offset").fetchall()

    def drop_unread(self, topic: str, key: bytes) -> None:
        """Forget what waits under a key: something newer has been read."""
        self._db.execute("DELETE FROM unread WHERE topic = ? AND key = ?", (topic, key))

    def forget_unread(self, row: sqlite3.Row) -> None:
        """Forget one message: it has been read."""
        where = (row["topic"], row["partition"], row["offset"])
        self._db.execute("DELETE FROM unread WHERE topic = ? AND partition = ? AND offset = ?", where)

    def put_alert(self, alert: Alert) -> None:
        """Take an alert as it now stands."""
        is_open = alert.status in OPEN_STATUSES
        self._db.execute(
            "INSERT OR REPLACE INTO alert VALUES (?, ?, ?, ?, ?)",
            (alert.alert_id, msgspec.json.encode(alert), is_open, alert.updated_at, DUE_NOW),
        )

    def drop_alert(self, alert_id: str) -> None:
        """Forget an alert: it was deleted, or is too old to matter."""
        told = self._db.execute(
            "SELECT DISTINCT message_id FROM notice WHERE alert_id = ? AND message_id IS NOT NULL", (alert_id,)
        ).fetchall()
        for table in ("alert", "action", "notice"):
            self._db.execute(f"DELETE FROM {table} WHERE alert_id = ?", (alert_id,))  # noqa: S608 - our own names
        for row in told:  # what nobody has begun to send, and tells of nothing else, is not sent
            self._db.execute(
                "DELETE FROM message WHERE message_id = ? AND state = 'PENDING' AND attempts = 0 "
                "AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.message_id = message.message_id)",
                (row["message_id"],),
            )

    def put_action(self, action: AlertAction) -> None:
        """Take something people did; twice is once."""
        row = (action.action_id, action.alert_id, msgspec.json.encode(action))
        if self._db.execute("INSERT OR IGNORE INTO action VALUES (?, ?, ?)", row).rowcount:
            self.look_at(action.alert_id, DUE_NOW)

    def look_at(self, alert_id: str, moment: int | None) -> None:
        """Set when an alert is to be looked at next (ms); None: when something is heard of it."""
        self._db.execute("UPDATE alert SET look_at = ? WHERE alert_id = ?", (moment, alert_id))

    def alerts_to_look_at(self, clock: int, most: int) -> list[Alert]:
        """Alerts whose time to be looked at has come."""
        found = self._db.execute(
            "SELECT body FROM alert WHERE look_at <= ? ORDER BY look_at LIMIT ?", (clock, most)
        )  # fmt: skip
        return [msgspec.json.decode(row["body"], type=Alert) for row in found]

    def open_alerts(self) -> Iterator[Alert]:
        """Every alert that is open."""
        found = self._db.execute("SELECT body FROM alert WHERE is_open = 1 ORDER BY alert_id").fetchall()
        return (msgspec.json.decode(row["body"], type=Alert) for row in found)

    def alerts(self, alert_ids: Iterable[str]) -> dict[str, Alert]:
        """These alerts, by id."""
        rows = (self._one("SELECT body FROM alert WHERE alert_id = ?", alert_id) for alert_id in alert_ids)
        alerts = [msgspec.json.decode(row["body"], type=Alert) for row in rows if row is not None]
        return {alert.alert_id: alert for alert in alerts}

    def alert_actions(self, alert_id: str) -> AlertActions:
        """What people did about an alert."""
        found = self._db.execute("SELECT body FROM action WHERE alert_id = ?", (alert_id,))
        return AlertActions.of(msgspec.json.decode(row["body"], type=AlertAction) for row in found)

    def forget_before(self, moment: int) -> int:
        """Forget closed alerts that last changed before a moment (ms), and messages settled before; say how many.

        What people did about alerts that are gone goes too.
        """
        rows = self._db.execute("SELECT alert_id FROM alert WHERE is_open = 0 AND updated_at < ?", (moment,)).fetchall()
        for row in rows:
            self.drop_alert(row["alert_id"])
        self._db.execute("DELETE FROM message WHERE settled_at < ?", (moment,))
        self._db.execute("DELETE FROM action WHERE alert_id NOT IN (SELECT alert_id FROM alert)")
        return len(rows)

    # Who was told what

    def sealed_tellings(self, alert_id: str) -> list[Telling]:
        """What was told of an alert, or is on its way."""
        found = self._db.execute(
            "SELECT alert_id, recipient, kind, episode FROM notice WHERE alert_id = ? AND message_id IS NOT NULL",
            (alert_id,),
        )
        return [Telling(**dict(row)) for row in found]

    def set_waiting(self, alert_id: str, tellings: Iterable[tuple[Telling, bool]], clock: int) -> None:
        """Let exactly these tellings of an alert wait for a message, each with whether it is urgent."""
        wanted = {telling.notice_id: (telling, urgent) for telling, urgent in tellings}
        for row in self._db.execute(
            "SELECT notice_id FROM notice WHERE alert_id = ? AND message_id IS NULL", (alert_id,)
        ).fetchall():
            if row["notice_id"] not in wanted:
                self._db.execute("DELETE FROM notice WHERE notice_id = ?", (row["notice_id"],))
        for notice_id, (telling, urgent) in wanted.items():
            self._db.execute(
                "INSERT OR IGNORE INTO notice VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                (notice_id, alert_id, telling.recipient, telling.kind, telling.episode, urgent, clock),
            )

    def waiting(self) -> dict[str, list[Waiting]]:
        """The notices that wait for a message, by recipient, the longest-waiting first."""
        found: dict[str, list[Waiting]] = {}
        for row in self._db.execute(
            "SELECT notice_id, alert_id, recipient, kind, urgent, wanted_at FROM notice WHERE message_id IS NULL "
            "ORDER BY wanted_at, notice_id"
        ):
            notice = Waiting(row["notice_id"], row["alert_id"], row["kind"], bool(row["urgent"]), row["wanted_at"])
            found.setdefault(row["recipient"], []).append(notice)
        return found

    def first_message_of(self, recipient: str, batch: Batch) -> str | None:
        """The message in which a recipient first heard of a batch's one alert; None for several alerts or the first."""
        if len(batch.notices) != 1:
            return None
        row = self._one(
            "SELECT m.message_id FROM notice n JOIN message m USING (message_id) "
            "WHERE n.alert_id = ? AND n.recipient = ? ORDER BY m.number LIMIT 1",
            batch.notices[0].alert_id, recipient,
        )  # fmt: skip
        return None if row is None else str(row["message_id"])

    def assign(self, batch: Batch, message_id: str) -> None:
        """Note which message tells the notices of a batch."""
        self._db.executemany(
            "UPDATE notice SET message_id = ? WHERE notice_id = ?",
            [(message_id, notice.notice_id) for notice in batch.notices],
        )

    def alerts_told_in(self, message_id: str) -> list[str]:
        """The alerts that a message tells of."""
        rows = self._db.execute("SELECT alert_id FROM notice WHERE message_id = ? ORDER BY alert_id", (message_id,))
        return [row["alert_id"] for row in rows]

    # The daily digest

    def has_digest(self, recipient: str, day: str) -> bool:
        """Whether a recipient's digest of a day is made."""
        return self._one("SELECT 1 FROM digest WHERE recipient = ? AND day = ?", recipient, day) is not None

    def set_digest(self, recipient: str, day: str) -> None:
        """Note that it is."""
        self._db.execute("INSERT INTO digest VALUES (?, ?)", (recipient, day))

    # What the audit log has still to hear

    def put_audit(
        self, entry_id: str, action: str, target: str | None, recipient: str | None, details: dict[str, str]
    ) -> None:
        """Keep something that was done for the audit log."""
        row = (entry_id, action, target, recipient, msgspec.json.encode(details).decode())
        self._db.execute(
            "INSERT OR IGNORE INTO audit (entry_id, action, target, recipient, details) VALUES (?, ?, ?, ?, ?)", row
        )

    def next_audit(self) -> sqlite3.Row | None:
        """The first thing that the audit log has still to hear."""
        return self._one("SELECT * FROM audit ORDER BY number LIMIT 1")

    def audited(self, number: int) -> None:
        """Note that it has."""
        self._db.execute("DELETE FROM audit WHERE number = ?", (number,))

    @property
    def connection(self) -> sqlite3.Connection:
        """The file, for the part of the outbox that is about messages."""
        return self._db

    def _one(self, statement: str, *values: Any) -> sqlite3.Row | None:  # noqa: ANN401 - what SQLite holds
        found: sqlite3.Row | None = self._db.execute(statement, values).fetchone()
        return found


def recent_urgent(connection: sqlite3.Connection, recipient: str, since: int) -> tuple[Sequence[int], int | None]:
    """The moments after ``since`` (ms) at which urgent messages to a recipient were sealed, and of the last storm."""
    rows = connection.execute(
        "SELECT kind, sealed_at FROM message WHERE recipient = ? AND sealed_at > ? AND urgent = 1", (recipient, since)
    ).fetchall()
    storms = [row["sealed_at"] for row in rows if row["kind"] == "STORM"]
    return [row["sealed_at"] for row in rows], max(storms, default=None)
