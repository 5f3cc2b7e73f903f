"""The newest snapshot of a record, looked up on its source topic when somebody asks for it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from agents.kafka.codecs import codec_of
from agents.kafka.topic_reader import TopicReader
from agents.settings.clock import stopwatch
from schemas.records import Snapshot
from schemas.refusals import BadRecordError
from streams.policy.calendar import HOUR

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from schemas.codec import Codec
    from schemas.products import Case
    from streams.topology.messages import TopicMessage

_log: Final = logging.getLogger("cdi.snapshots")

SEARCH_SECONDS: Final = 5.0
"""How long one search may take, whatever it has found by then."""
_ANSWER_SECONDS: Final = 3.0
_CLOCKS_DIFFER_BY: Final = HOUR
"""How far, in ms, the broker's clock may be behind the source's."""


class SnapshotSearch:
    """Finds the snapshots that cases name; nothing of them is stored or logged."""

    def __init__(self, settings: Settings, *, search_seconds: float = SEARCH_SECONDS) -> None:
        self._settings = settings
        self._codec = codec_of(settings)
        self._seconds = search_seconds

    def newest(self, cases: Iterable[Case]) -> dict[str, Snapshot]:
        """Return the newest snapshot of each case, by event_id; those not found in time are left out.

        The broker has a snapshot no earlier than the source wrote it: the partition of the case's force is read from
        there on.  Raises UnreadableError.
        """
        deadline = stopwatch() + self._seconds
        snapshots: dict[str, Snapshot] = {}
        with TopicReader(self._settings, "board", offset_reset="earliest", answer_seconds=_ANSWER_SECONDS) as reader:
            for case in cases:
                snapshot = self._search(reader, case, deadline)
                if snapshot is not None:
                    snapshots[case.event_id] = snapshot
        return snapshots

    def _search(self, reader: TopicReader, case: Case, deadline: float) -> Snapshot | None:
        partition = self._settings.partition_of(case.force)
        start = reader.offset_at(case.topic, partition, case.event_time - _CLOCKS_DIFFER_BY)
        if start is None:
            return None
        reader.assign({(case.topic, partition): start})
        while stopwatch() < deadline:
            messages = reader.poll()
            for message in messages:
                snapshot = _read(self._codec, message, case)
                if snapshot is not None:
                    return snapshot
            if not messages and reader.caught_up:
                return None
        _log.warning("snapshot_search_ended", extra={"topic": case.topic, "partition": partition, "start": start})
        return None


def _read(codec: Codec, message: TopicMessage, case: Case) -> Snapshot | None:
    """Return the snapshot in a message if it is the newest of a case."""
    if message.value is None or case.event_id.encode() not in message.value:
        return None
    try:
        record = codec.decode(message.topic, message.value)
    except BadRecordError:
        return None
    if not isinstance(record, Snapshot):
        return None
    stated = (record.event_id, record.force, record.event_time)
    return record if stated == (case.event_id, case.force, case.event_time) else None
