"""What the policy says of the installation itself: its feeds, how late they may be, and how long matters are kept.

None of it is effective-dated: it is about the machine that watches, not about the rules it watches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from schemas.records import FEEDS
from streams.policy import reading
from streams.policy.reading import Reader, read, refusal

_FEEDS = frozenset(FEEDS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Installation:
    """The installation's settings; lengths of time are milliseconds, feeds are topic names without a prefix."""

    allowed_lateness: int
    allowed_lateness_by_feed: Mapping[str, int]
    save_lag: int
    settling_time: int
    far_future: int
    silence_interval: int
    silence_interval_by_feed: Mapping[str, int]
    feeds: frozenset[str]
    feeds_by_force: Mapping[str, frozenset[str]]
    forces_without_registrar: frozenset[str]
    forget_after: int
    published_for: int


TableReader = Callable[[str, object], dict[str, Any]]
"""Reads the table at a key, entry by entry."""


def _by_key(is_key: Callable[[str], bool], allowed_keys: str, reader: Reader) -> TableReader:
    def read_table(key: str, value: object) -> dict[str, Any]:
        table = read(reading.a_table, key, value)
        for name in table:
            if not is_key(name):
                raise refusal(f'{key}."{name}"', table[name], f"only an entry for {allowed_keys}")
        return {name: read(reader, f'{key}."{name}"', item) for name, item in table.items()}

    return read_table


_FEED_LIST = ", ".join(sorted(_FEEDS))

_SINGLE: Mapping[str, Reader] = MappingProxyType(
    {
        "allowed_lateness": reading.a_duration_or_none,
        "save_lag": reading.a_duration_or_none,
        "settling_time": reading.a_duration_or_none,
        "far_future": reading.a_duration_or_none,
        "silence_interval": reading.a_duration,
        "feeds": reading.some_of(_FEEDS),
        "forces_without_registrar": reading.names,
        "forget_after": reading.a_duration,
        "published_for": reading.a_duration,
    }
)

_TABLES: Mapping[str, TableReader] = MappingProxyType(
    {
        "allowed_lateness_by_feed": _by_key(_FEEDS.__contains__, _FEED_LIST, reading.a_duration_or_none),
        "silence_interval_by_feed": _by_key(_FEEDS.__contains__, _FEED_LIST, reading.a_duration),
        "feeds_by_force": _by_key(lambda force: bool(force.strip()), "a force", reading.some_of(_FEEDS)),
    }
)

KEYS = frozenset(_SINGLE) | frozenset(_TABLES)


def read_installation(table: Mapping[str, object]) -> dict[str, Any]:
    """The read values of an ``[installation]`` table, tables by feed or force as dicts; raises PolicyError."""
    reading.refuse_unknown("installation.", table, KEYS)
    return {
        key: read(_SINGLE[key], f"installation.{key}", value)
        if key in _SINGLE
        else _TABLES[key](f"installation.{key}", value)
        for key, value in table.items()
    }


def installation_of(values: Mapping[str, Any]) -> Installation:
    """The installation of a whole policy's values."""
    return Installation(**{**values, **{key: MappingProxyType(values[key]) for key in _TABLES}})
