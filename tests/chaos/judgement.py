"""What is checked after each round, in the order in which it is worth reading."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from agents.kafka.codecs import product_codec
from agents.kafka.reader import messages
from agents.topics.audit_log import verify
from agents.topics.dead_letters import dead_letters
from deploy.files.backtest import run_monitors
from schemas.products import Alert
from streams.topology.correlation_headers import event_name
from streams.topology.topics import ALERTS
from tests.chaos.checks.alert_changes import Changes, by_alert, check_alert_changes
from tests.chaos.checks.audit_chain import check_audit_chain
from tests.chaos.checks.dead_letters import SetAside, check_dead_letters
from tests.chaos.checks.memory import check_memory
from tests.chaos.checks.notifications import check_notifications, told_in, untold
from tests.chaos.checks.oracle import StoryOracle, check_by_oracle
from tests.chaos.checks.progress import check_progress
from tests.chaos.checks.read_model import check_read_model, rows_of, shown
from tests.chaos.findings import Verdict
from tests.chaos.site.installation import GARBAGE
from tests.chaos.stories import SETTLED

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from tests.chaos.site.fleet import Service
    from tests.chaos.site.installation import Site

PATIENCE_SECONDS: Final = 90.0
"""How long board and notifier may take to catch up with the last alert."""
_GRACE_SECONDS: Final = 1.5
"""How long to wait for a notification that should not come."""


class Judgement:
    """The checks of one installation."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._oracle = StoryOracle(SETTLED, site.book.version)

    def verdicts(self, stuck: Sequence[str]) -> list[Verdict]:
        """Compare all that was published so far with all that was sent so far."""
        site, until = self._site, self._site.feed.through
        progress = self._progress(stuck)
        if progress.findings:  # what is missing then is missing for this reason
            return [progress]
        published = read_changes(site.settings)
        final = {alert_id: alerts[-1] for alert_id, alerts in published.items()}
        self._settle(final)
        expected, set_aside = self._expected(until)
        return [
            progress,
            check_alert_changes(published, expected),
            check_by_oracle(published, site.feed.stories, lambda story: self._oracle.judge(story, until)),
            check_dead_letters(dead_letters(site.settings), site.feed.broken, set_aside),
            check_notifications(told_in(site.receiver.posts), published),
            check_read_model(rows_of(site.board_database), final),
            check_audit_chain(*verify(site.settings)),
            check_memory({worker.name: worker.peak_mib() for worker in site.fleet.workers()}),
            site.fed,
            site.visited,
            site.observed,
        ]

    def _expected(self, until: int) -> tuple[Changes, list[SetAside]]:
        """Let the rules judge, without Kafka, what was sent; return all changes and what was set aside."""
        monitors = run_monitors(self._site.feed.sent.values(), self._site.book, until, read_at=until)
        changes = by_alert(alert for monitor in monitors.values() for alert in monitor.drain_alerts())
        unjudgeable = [item for monitor in monitors.values() for item in monitor.drain().unjudgeable]
        return changes, [(item.rule, event_name(item.event_id)) for item in unjudgeable if item.event_id is not None]

    def _progress(self, stuck: Sequence[str]) -> Verdict:
        """Find processes that live and get no further."""
        workers = self._site.fleet.workers()
        said = {worker.name: worker.condition() for worker in workers}
        unwell = [worker.name for worker in workers if not stuck and not self._becomes_well(worker)]
        return check_progress(len(self._site.fleet.services), stuck, unwell, said)

    def _becomes_well(self, worker: Service) -> bool:
        return self._eventually(lambda: worker.answers("/live") and worker.answers("/ready"))

    def _settle(self, final: dict[str, Alert]) -> None:
        """Wait for the board and the notifier; what has not come by then is theirs to be found."""
        site = self._site
        self._eventually(lambda: not untold(told_in(site.receiver.posts), final))
        self._eventually(lambda: rows_of(site.board_database) == shown(final))
        self._eventually(lambda: False, _GRACE_SECONDS)

    def _eventually(self, holds: Callable[[], bool], patience: float = PATIENCE_SECONDS) -> bool:
        give_up_at = time.monotonic() + patience
        while not holds():
            if time.monotonic() > give_up_at:
                return False
            self._site.fleet.keep_running()
            time.sleep(0.3)
        return True


def read_changes(settings: Settings) -> dict[str, list[Alert]]:
    """Read every message on the alerts topic, in its order."""
    codec = product_codec(settings)
    values = (message.value for message in messages(settings, ALERTS) if message.key != GARBAGE)
    return by_alert(codec.decode_as(Alert, value) for value in values if value is not None)
