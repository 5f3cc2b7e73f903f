"""The schemas that one process has from its registry, fetched before messages are decoded.

They are also stored in a file of the data folder, so that a process can start while the registry does not answer.
A schema never changes under its id, so the file cannot become wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from agents.kafka.schema_registry import OUR_SUBJECTS, Registry, is_ours
from agents.settings.clock import stopwatch
from agents.settings.files import write_whole
from agents.settings.schema_registry import RegistryAddress, RegistryError
from schemas.codec import Codec

_log: Final = logging.getLogger("cdi.schemas")

_RETRY_SECONDS: Final = 30.0
"""When to ask again for an unknown id, or a silent registry: each message would wait for it."""
_MOST_UNKNOWN_IDS: Final = 10_000
"""Bounds the memory: whoever can write to a feed can make up ids."""


class RegistrySchemas(msgspec.Struct, frozen=True):
    """The schemas of one registry."""

    url: str
    ids: dict[str, int]
    """The id to write each subject under; subjects as the codec names them (topics and ``heartbeat.v1``)."""
    schemas: dict[int, str]


class SchemaSource:
    """The schemas of one process's registry; every method but :meth:`learn_ahead` may block."""

    def __init__(
        self, address: RegistryAddress, file: Path, *, connect: Callable[[RegistryAddress], Registry] = Registry
    ) -> None:
        """Fetch all our subjects, or fall back to the stored file.  Raises RegistryError.

        ``connect`` makes the registry's client when it is first needed.
        """
        self._connect = connect
        self._address, self._file = address, file
        self._registry: Registry | None = None
        self._retry_at: dict[int, float] = {}
        self._registry_retry_at = 0.0
        self._lock = threading.Lock()
        try:
            self._current = _ask(self._client(), address.url)
        except RegistryError as failure:
            stored = _read(file)
            if stored is None or stored.url != address.url:
                raise
            _log.warning("%s: the schemas stored before are used", failure)
            self._current = stored
        else:
            self._store()

    def codec(self, max_bytes: int, *, asks: bool) -> Codec:
        """Return a codec; one that ``asks`` waits for the registry where it meets an unknown id."""
        current = self._current
        return Codec(
            writers=current.schemas, ids=current.ids, max_bytes=max_bytes, on_unknown=self.schema if asks else None
        )

    def schema(self, schema_id: int) -> str | None:
        """Return the schema of an id; None where the registry does not know it or does not answer."""
        with self._lock:
            if (text := self._current.schemas.get(schema_id)) is not None:
                return text
            if stopwatch() < max(self._registry_retry_at, self._retry_at.get(schema_id, 0.0)):
                return None
            if len(self._retry_at) >= _MOST_UNKNOWN_IDS:
                self._retry_at.clear()
            self._retry_at[schema_id] = stopwatch() + _RETRY_SECONDS
            try:
                text = self._client().schema(schema_id)
            except RegistryError as failure:
                self._registry_retry_at = stopwatch() + _RETRY_SECONDS
                _log.warning("%s: schema id %d stays unknown", failure, schema_id)
                return None
            if text is not None:
                self._current = msgspec.structs.replace(
                    self._current, schemas={**self._current.schemas, schema_id: text}
                )
                self._store()
            return text

    async def learn_ahead(self, codec: Codec, values: Iterable[bytes | None]) -> None:
        """Teach a codec the schemas of these messages before the event loop decodes them."""
        if unknown := _unknown(codec, values):
            await asyncio.get_running_loop().run_in_executor(None, self._learn, codec, unknown)

    def learn(self, codec: Codec, values: Iterable[bytes | None]) -> None:
        """Do as :meth:`learn_ahead`, blocking."""
        self._learn(codec, _unknown(codec, values))

    def _learn(self, codec: Codec, schema_ids: Iterable[int]) -> None:
        for schema_id in schema_ids:
            if (text := self.schema(schema_id)) is not None:
                with contextlib.suppress(ValueError):  # not a record's schema: its messages become dead letters
                    codec.learn(schema_id, text)

    def _client(self) -> Registry:
        if self._registry is None:
            self._registry = self._connect(self._address)
        return self._registry

    def _store(self) -> None:
        """Store the schemas in the file; a failure matters only at a start while the registry is down."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, [msgspec.json.encode(self._current)])
        except OSError as failure:
            _log.warning("the schemas from the registry cannot be stored: %s", failure.strerror)


def _unknown(codec: Codec, values: Iterable[bytes | None]) -> set[int]:
    return {schema_id for value in values if value and (schema_id := codec.unknown_id(value)) is not None}


def _ask(registry: Registry, url: str) -> RegistrySchemas:
    """Fetch every version of each of our subjects.  Raises RegistryError."""
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
    return RegistrySchemas(url, ids, schemas)


def _read(file: Path) -> RegistrySchemas | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=RegistrySchemas)
    except (OSError, msgspec.MsgspecError):
        return None
