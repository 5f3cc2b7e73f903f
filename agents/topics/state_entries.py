"""The entries of the workers' state as a command reads them, without what is none of theirs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from agents.kafka.codecs import product_codec
from agents.kafka.reader import SkippedMessages, messages
from schemas.admission import require_key
from schemas.products import Erasure
from schemas.records import Heartbeat, Snapshot
from schemas.refusals import BadRecordError
from streams.engine.state_format import NewerStateError
from streams.topology.topics import ERASURES, SOURCES, STATE_CHANGELOG

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.engine.monitor import Monitor
    from streams.topology.messages import TopicMessage

_log: Final = logging.getLogger("cdi.reader")
_AFTER_FORCE: Final = b"\x00"


def force_of(key: bytes) -> str:
    """Return the force of a state entry: every key begins with the force and a NUL.

    Raises ValueError where it is none.
    """
    force, nul, _ = key.partition(_AFTER_FORCE)
    if not nul:
        raise ValueError("no key of a state entry: no NUL follows the force")
    return force.decode()


def is_foreign(key: bytes | None, partition: int, partition_of: Callable[[str], int]) -> bool:
    """Return whether no release can have written an entry: its key is of no force of the partition."""
    try:
        return key is None or partition_of(force_of(key)) != partition or not key.decode()
    except ValueError:
        return True


_ENTRIES: Final = "cdi-entries"


def size_header(entries: int | None) -> tuple[str, bytes]:
    """Return the header that says how many entries a partition has with this message.

    None: it is being replaced, and is not whole whatever it has.
    """
    return _ENTRIES, b"" if entries is None else str(entries).encode()


def is_whole(entries: int, headers: Iterable[tuple[str, str | bytes | None]]) -> bool:
    """Return whether a partition has as many entries as its newest message says, if it says so."""
    stated = next((value for name, value in headers if name == _ENTRIES), None)
    return stated is None or stated in (str(entries), str(entries).encode())


def state_entries(settings: Settings) -> dict[bytes, bytes]:
    """Return the newest value under each key of the state; foreign ones are skipped, and logged.

    Raises UnreadableError.
    """
    skipped = SkippedMessages(settings, STATE_CHANGELOG)
    entries: dict[bytes, bytes] = {}
    for message in messages(settings, STATE_CHANGELOG):
        key, value = message.key, message.value
        if key is None or is_foreign(key, message.partition, settings.partition_of):
            skipped.add(message, "foreign")
        elif value is None:
            entries.pop(key, None)
        else:
            entries[key] = value
    skipped.log()
    return entries


def incomplete_partitions(settings: Settings) -> list[int]:
    """Return the partitions without as many entries as their newest message says.

    Raises UnreadableError.
    """
    keys: dict[int, set[bytes]] = {}
    newest: dict[int, TopicMessage] = {}
    for message in messages(settings, STATE_CHANGELOG):
        key, partition = message.key, message.partition
        if key is None or is_foreign(key, partition, settings.partition_of):
            continue
        newest[partition] = message
        entries = keys.setdefault(partition, set())
        entries.discard(key) if message.value is None else entries.add(key)
    return [number for number, message in sorted(newest.items()) if not is_whole(len(keys[number]), message.headers)]


def restore_entries(monitor: Monitor, entries: Mapping[bytes, bytes]) -> None:
    """Restore the entries of a monitor's force; those that cannot be read are skipped, and logged.

    For commands, which look; a worker stops.  Raises NewerStateError.
    """
    unreadable = 0
    for key, value in entries.items():
        if force_of(key) == monitor.force:
            try:
                monitor.restore(key, value)
            except NewerStateError:
                raise
            except Exception:  # noqa: BLE001 - rubbish fails in any way
                unreadable += 1
    monitor.restored()
    if unreadable:
        _log.warning("state_unreadable", extra={"force": monitor.force, "skipped": unreadable})


def message_of_entry(settings: Settings, partition: int, key: bytes) -> TopicMessage | None:
    """Return the newest message under a key of the state.  Raises UnreadableError."""
    newest = None
    for message in messages(settings, STATE_CHANGELOG, [partition]):
        newest = message if message.key == key else newest
    return newest


LEAVES_STATE = (*SOURCES, ERASURES)
"""The topics whose records leave state behind, each at least the force's clock."""


def has_records(settings: Settings, partition: int, committed: Mapping[str, int]) -> bool:
    """Return whether a record that leaves state stands before the committed offsets of a partition.

    ``committed`` has the offset of each topic.  Where the broker has deleted the first messages, they count as records.
    Raises UnreadableError.
    """
    codec = product_codec(settings)
    for topic in LEAVES_STATE:
        end = committed.get(topic.name, 0)
        for number, message in enumerate(messages(settings, topic, [partition]) if end else ()):
            if message.offset >= end:
                break
            if number == 0 and message.offset > 0:
                return True
            try:
                record = codec.decode(topic.name, message.value or b"")
                if isinstance(record, Snapshot | Heartbeat | Erasure):
                    require_key(record, message.key)
                    if settings.partition_of(record.force) == partition:
                        return True
            except BadRecordError:
                continue
    return False
