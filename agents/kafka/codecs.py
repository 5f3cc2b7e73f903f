"""The codec of an installation: with a registry it writes under the registry's ids and reads whatever has one."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from schemas.codec import MAX_BYTES, Codec
from streams.topology.topics import LARGEST_MESSAGE_BYTES

if TYPE_CHECKING:
    from agents.kafka.schema_cache import SchemaSource
    from agents.settings.schema_registry import RegistryAddress
    from agents.settings.settings import Settings

_FILE: Final = "schema-registry.json"

_sources: dict[tuple[RegistryAddress, Path], SchemaSource] = {}
_making: Final = threading.Lock()


def schema_source(settings: Settings) -> SchemaSource | None:
    """Return the process's one source of schemas; None where there is no registry.  May block; raises RegistryError."""
    if (address := settings.registry) is None:
        return None
    place = (address, settings.data / _FILE)
    from agents.kafka.schema_cache import SchemaSource  # noqa: PLC0415 - its client is not loaded where there is none

    with _making:
        if place not in _sources:
            _sources[place] = SchemaSource(*place)
        return _sources[place]


def codec_of(settings: Settings, *, max_bytes: int = MAX_BYTES, asks: bool = True) -> Codec:
    """Make the codec for an installation's sources.

    With a registry it may block here and, unless ``asks`` is false, where it meets an unknown id; on an event loop
    see :meth:`SchemaSource.learn_ahead` instead.  Raises RegistryError where the registry never answered.
    """
    source = schema_source(settings)
    return Codec(max_bytes=max_bytes) if source is None else source.codec(max_bytes, asks=asks)


def product_codec(settings: Settings, *, asks: bool = True) -> Codec:
    """Make the codec for our own topics, whose messages may be larger than a source's; otherwise as codec_of."""
    return codec_of(settings, max_bytes=LARGEST_MESSAGE_BYTES, asks=asks)
