"""What one process knows of its schema registry, learnt ahead of what it reads.

What the registry said is kept in a file of the data folder, so that a process starts while the registry is out.
Schemas are for ever under their ids, so what is kept cannot grow wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from agents.kafka.schema_registry import OUR_SUBJECTS, Registry, is_ours
from agents.settings.clock import stopwatch
from agents.settings.files import write_whole
from agents.settings.schema_registry import RegistryAddress, RegistryError
from schemas.codec import Codec

_log: Final = logging.getLogger("cdi.schemas")

_ASK_AGAIN_SECONDS: Final = 30.0
"""An id nobody knows, or a registry that is out, is not asked again any sooner: each message would wait."""
_MOST_REMEMBERED: Final = 10_000
"""Of ids nobody knows: whoever can write to a feed may make them up."""


class Known(msgspec.Struct, frozen=True):
    """What a registry has said."""

    url: str
    ids: dict[str, int]
    """By subject as the codec names it (topics and ``heartbeat.v1``): what to write under."""
    schemas: dict[int, str]


class SchemaSource:
    """What one process knows of its registry; every method but :meth:`learn_ahead` may block."""

    def __init__(self, address: RegistryAddress, file: Path) -> None:
        """Ask the registry for all that concerns us, or fall back to what is kept.  Raises RegistryError."""
        self._address, self._file = address, file
        self._registry: Registry | None = None
        self._ask_again_at: dict[int, float] = {}
        self._silent_until = 0.0
        self._lock = threading.Lock()
        try:
            self._known = _ask(self._client(), address.url)
        except RegistryError as failure:
            kept = _read(file)
            if kept is None or kept.url != address.url:
                raise
            _log.warning("%s: what it said before is used", failure)
            self._known = kept
        else:
            self._keep()

    def codec(self, max_bytes: int, *, asks: bool) -> Codec:
        """Make a codec; one that ``asks`` waits for the registry where it meets an unknown id."""
        known = self._known
        return Codec(
            writers=known.schemas, ids=known.ids, max_bytes=max_bytes, on_unknown=self.schema if asks else None
        )

    def schema(self, schema_id: int) -> str | None:
        """Give what an id stands for; None where the registry does not know or does not answer."""
        with self._lock:
            if (text := self._known.schemas.get(schema_id)) is not None:
                return text
            if stopwatch() < max(self._silent_until, self._ask_again_at.get(schema_id, 0.0)):
                return None
            if len(self._ask_again_at) >= _MOST_REMEMBERED:
                self._ask_again_at.clear()
            self._ask_again_at[schema_id] = stopwatch() + _ASK_AGAIN_SECONDS
            try:
                text = self._client().schema(schema_id)
            except RegistryError as failure:
                self._silent_until = stopwatch() + _ASK_AGAIN_SECONDS
                _log.warning("%s: schema id %d stays unknown", failure, schema_id)
                return None
            if text is not None:
                self._known = msgspec.structs.replace(self._known, schemas={**self._known.schemas, schema_id: text})
                self._keep()
            return text

    async def learn_ahead(self, codec: Codec, values: Iterable[bytes | None]) -> None:
        """Let a codec learn what these messages were written with, before they are decoded on the event loop."""
        if unknown := _unknown(codec, values):
            await asyncio.get_running_loop().run_in_executor(None, self._learn, codec, unknown)

    def learn(self, codec: Codec, values: Iterable[bytes | None]) -> None:
        """Do as :meth:`learn_ahead`, in a thread that may wait."""
        self._learn(codec, _unknown(codec, values))

    def _learn(self, codec: Codec, schema_ids: Iterable[int]) -> None:
        for schema_id in schema_ids:
            if (text := self.schema(schema_id)) is not None:
                with contextlib.suppress(ValueError):  # no record's schema: its messages will be dead letters
                    codec.learn(schema_id, text)

    def _client(self) -> Registry:
        if self._registry is None:
            self._registry = Registry(self._address)
        return self._registry

    def _keep(self) -> None:
        """Write down what is known; a disk that refuses costs only the next start during an outage."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, [msgspec.json.encode(self._known)])
        except OSError as failure:
            _log.warning("what the schema registry said cannot be kept: %s", failure.strerror)


def _unknown(codec: Codec, values: Iterable[bytes | None]) -> set[int]:
    return {found for value in values if value and (found := codec.unknown_id(value)) is not None}


def _ask(registry: Registry, url: str) -> Known:
    """Ask for every version of every subject of ours.  Raises RegistryError."""
    ids: dict[str, int] = {}
    schemas: dict[int, str] = {}
    for subject, ours in OUR_SUBJECTS.items():
        for version in registry.versions(subject):
            schemas[version.schema_id] = version.text
            if is_ours(subject, version.text):
                ids[ours] = version.schema_id
        if ours not in ids:
            raise RegistryError(
                f"{subject} is not registered at {url} as this release writes it: run 'cdi schemas register'"
            )
    return Known(url, ids, schemas)


def _read(file: Path) -> Known | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Known)
    except (OSError, msgspec.MsgspecError):
        return None
