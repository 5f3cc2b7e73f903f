"""The codecs of an installation: with a schema registry, they write and read under its ids."""

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
    """Return the process's one source of schemas; None where there is no registry.

    May block.  Raises RegistryError.
    """
    if (address := settings.registry) is None:
        return None
    key = (address, settings.data / _FILE)
    from agents.kafka.schema_cache import SchemaSource  # noqa: PLC0415 - its client is not loaded where there is none

    with _making:
        if key not in _sources:
            _sources[key] = SchemaSource(*key)
        return _sources[key]


def codec_of(settings: Settings, *, max_bytes: int = MAX_BYTES, asks: bool = True) -> Codec:
    """Return a codec for source topics.

    With a registry this may block, and so may decoding a message with an unknown schema id unless ``asks`` is false;
    on an event loop use :meth:`SchemaSource.learn_ahead` instead.  Raises RegistryError where the registry never
    answered.
    """
    source = schema_source(settings)
    return Codec(max_bytes=max_bytes) if source is None else source.codec(max_bytes, asks=asks)


def product_codec(settings: Settings, *, asks: bool = True) -> Codec:
    """Return a codec for our own topics, whose messages may be larger; otherwise like codec_of."""
    return codec_of(settings, max_bytes=LARGEST_MESSAGE_BYTES, asks=asks)
