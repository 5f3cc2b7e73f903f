"""What people do about alerts: sent to Kafka, and read back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from agents.kafka.codecs import codec_of, product_codec
from agents.kafka.correlation_headers import correlation_headers
from agents.kafka.producer import KafkaProducer
from agents.kafka.reader import SkippedMessages, messages
from agents.settings.clock import wall_clock
from schemas.codec import Codec
from schemas.products import Alert, AlertAction
from schemas.refusals import BadRecordError
from streams.actions import AlertActions, check
from streams.topology.topics import ACTIONS

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import ActionPolicy

_log: Final = logging.getLogger("cdi.actions")
_DELIVER_WITHIN_SECONDS: Final = 10.0


class ActionProducer:
    """Writes actions under their force's key, for the board and the command line."""

    def __init__(self, settings: Settings, policy: ActionPolicy, *, clock: Callable[[], int] = wall_clock) -> None:
        self._settings = settings
        self._policy = policy
        self._clock = clock
        self._codec = codec_of(settings)
        self._producer: KafkaProducer | None = None
        self._lock = threading.Lock()

    def send(self, action: AlertAction, alert: Alert | None = None) -> None:
        """Write one action and return once the broker has it.

        Raises ActionRefusedError where it may not be done, NotDeliveredError where the broker did not take it.
        """
        self.send_all([action], alert)

    def send_all(self, actions: Iterable[AlertAction], alert: Alert | None = None) -> None:
        """Write several actions, all or (where one may not be done) none of them; as :meth:`send`."""
        checked = list(actions)
        self.check_all(checked, alert)
        with self._lock:
            producer = self._producer or KafkaProducer(
                self._settings.client(), deliver_within_seconds=_DELIVER_WITHIN_SECONDS
            )
            self._producer = None  # a producer that failed once raises for good
            for action in checked:
                producer.put(
                    self._settings.topic(ACTIONS),
                    action.force.encode(),
                    self._codec.encode(action),
                    self._settings.partition_of(action.force),
                    correlation_headers(),
                )
            producer.deliver()
            self._producer = producer
        for action in checked:
            fields = {"action_id": action.action_id, "alert_id": action.alert_id, "kind": action.kind}
            _log.info("action_sent", extra=fields)

    def check_all(self, actions: Iterable[AlertAction], alert: Alert | None = None) -> None:
        """Raise ActionRefusedError if one of these actions may not be done."""
        for action in actions:
            check(action, self._policy, self._clock(), alert)


def actions_by_alert(settings: Settings) -> dict[tuple[str, str], AlertActions]:
    """Return everything people did, by force and alert_id (empty: the force's shifts).

    What cannot be read is skipped, and logged: whoever can write to the topic must not be able to hide the rest.
    Raises UnreadableError.
    """
    codec, skipped = product_codec(settings), SkippedMessages(settings, ACTIONS)
    by_alert: dict[tuple[str, str], list[AlertAction]] = {}
    for message in messages(settings, ACTIONS):
        action = read_action(codec, message.key, message.value)
        if action is not None:
            by_alert.setdefault((action.force, action.alert_id), []).append(action)
        else:
            skipped.add(message, "no action of its key's force")
    skipped.log()
    return {about: AlertActions.of(actions) for about, actions in by_alert.items()}


def read_action(codec: Codec, key: bytes | None, value: bytes | None) -> AlertAction | None:
    """Decode a message of the actions' topic; None where it is no action, or not of its key's force."""
    if value is None:
        return None
    try:
        action = codec.decode_as(AlertAction, value)
    except BadRecordError:
        return None
    return action if key == action.force.encode() else None
