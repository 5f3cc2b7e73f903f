"""Publishing: what follows from a batch is with the broker before its state is persisted.

That is alerts, cases, suggestions, reviews, clocks and dead letters.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from agents.topics.dead_letters import letter_of, name_of
from agents.worker.pipeline.set_aside import unjudgeable_letter
from streams.topology.topics import ALERTS, CANDIDATES, CASES, CLOCKS, DEAD_LETTERS, REVIEWS

if TYPE_CHECKING:
    from agents.kafka.producer import KafkaProducer
    from agents.settings.settings import Settings
    from agents.worker.pipeline.advance import ForceChanges, Outcome
    from schemas.codec import Codec
    from schemas.products import DeadLetter


class Publisher:
    """Sends what follows from a batch to the topics that others read, while this worker is a member."""

    def __init__(
        self,
        settings: Settings,
        producer: KafkaProducer,
        codec: Codec,
        require_membership: Callable[[], Awaitable[None]],
    ) -> None:
        """``require_membership`` raises NotAMemberError where another worker may own the partitions by now."""
        self._require_membership = require_membership
        self._producer = producer
        self._codec = codec
        self._alerts = settings.topic(ALERTS)
        self._cases = settings.topic(CASES)
        self._candidates = settings.topic(CANDIDATES)
        self._reviews = settings.topic(REVIEWS)
        self._clocks = settings.topic(CLOCKS)
        self._dead_letters = settings.topic(DEAD_LETTERS)

    async def publish(self, outcome: Outcome) -> None:
        """Send an outcome, and wait until the broker has all of it.

        Membership is asked first: what a worker judged before it was suspended would stand behind, and so over, what
        another has published since.  Raises NotAMemberError, NotDeliveredError.
        """
        if outcome.refused or outcome.changes:
            await self._require_membership()
        for refused in outcome.refused:
            self._put_letter(letter_of(refused.message, refused.error))
        for force_changes in outcome.changes:
            for unjudgeable in force_changes.changes.unjudgeable:
                letter = unjudgeable_letter(self._codec, outcome, force_changes.partition, unjudgeable)
                if letter is not None:
                    self._put_letter(letter)
            self._put(force_changes)
        await self._producer.delivered()

    def _put_letter(self, letter: DeadLetter) -> None:
        self._producer.put(self._dead_letters, name_of(letter).encode(), self._codec.encode(letter), letter.partition)

    def _put(self, force_changes: ForceChanges) -> None:
        partition, force, changes = force_changes
        put, encode = self._producer.put, self._codec.encode
        for alert_id in changes.erased:
            put(self._alerts, alert_id.encode(), None, partition)
        for alert in changes.alerts:
            put(self._alerts, alert.alert_id.encode(), encode(alert), partition)
        for key, case in changes.cases.items():
            put(self._cases, key, None if case is None else encode(case), partition)
        for key, candidate in changes.candidates.items():
            put(self._candidates, key, None if candidate is None else encode(candidate), partition)
        for key, review in changes.reviews.items():
            put(self._reviews, key, None if review is None else encode(review), partition)
        if changes.clock is not None:
            put(self._clocks, force.encode(), encode(changes.clock), partition)
