"""Publishing: what follows from a batch is with the broker before its state is persisted.

That is alerts, cases, suggestions, reviews, clocks and dead letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from agents.topics.dead_letters import letter_of, name_of
from agents.worker.pipeline.set_aside import unjudgeable_letter
from streams.topology.topics import ALERTS, CANDIDATES, CASES, CLOCKS, DEAD_LETTERS, REVIEWS

if TYPE_CHECKING:
    from agents.kafka.producer import KafkaProducer
    from agents.settings.settings import Settings
    from agents.worker.membership import Membership
    from agents.worker.pipeline.advance import ForceChanges, Outcome
    from schemas.codec import Codec
    from schemas.products import DeadLetter

OutgoingMessage: TypeAlias = tuple[str, bytes, bytes | None, int]
"""Topic, key, value and partition."""


class Publisher:
    """Sends what follows from a batch to the topics that others read, while this worker is a member."""

    def __init__(
        self,
        settings: Settings,
        producer: KafkaProducer,
        codec: Codec,
        membership: Membership,
    ) -> None:
        self._membership = membership
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

        Each message is put on its way as a member: what a worker judged before it was suspended would stand behind, and
        so over, what another has published since.  Clocks come last, so that whoever reads that a force's clock has
        come to a moment can read every alert up to there.  Raises NotAMemberError, NotDeliveredError.
        """
        if outcome.refused or outcome.changes:
            await self._membership.require()
        await self._send(self._messages(outcome))
        await self._send(self._clock_messages(outcome))

    async def _send(self, messages: Iterable[OutgoingMessage]) -> None:
        for message in messages:
            await self._membership.renew()
            self._producer.put(*message)
        await self._producer.delivered()

    def _clock_messages(self, outcome: Outcome) -> Iterator[OutgoingMessage]:
        for partition, force, changes in outcome.changes:
            if changes.clock is not None:
                yield self._clocks, force.encode(), self._codec.encode(changes.clock), partition

    def _messages(self, outcome: Outcome) -> Iterator[OutgoingMessage]:
        for refused in outcome.refused:
            yield self._letter(letter_of(refused.message, refused.error))
        for force_changes in outcome.changes:
            for unjudgeable in force_changes.changes.unjudgeable:
                letter = unjudgeable_letter(self._codec, outcome, force_changes.partition, unjudgeable)
                if letter is not None:
                    yield self._letter(letter)
            yield from self._of_force(force_changes)

    def _letter(self, letter: DeadLetter) -> OutgoingMessage:
        return self._dead_letters, name_of(letter).encode(), self._codec.encode(letter), letter.partition

    def _of_force(self, force_changes: ForceChanges) -> Iterator[OutgoingMessage]:
        partition, _, changes = force_changes
        encode = self._codec.encode
        for alert_id in changes.erased:
            yield self._alerts, alert_id.encode(), None, partition
        for alert in changes.alerts:
            yield self._alerts, alert.alert_id.encode(), encode(alert), partition
        for key, case in changes.cases.items():
            yield self._cases, key, None if case is None else encode(case), partition
        for key, candidate in changes.candidates.items():
            yield self._candidates, key, None if candidate is None else encode(candidate), partition
        for key, review in changes.reviews.items():
            yield self._reviews, key, None if review is None else encode(review), partition
