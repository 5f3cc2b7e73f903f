"""Policies that several tests go by."""

from __future__ import annotations

from schemas.records import FEEDS
from streams.policy import PolicyBook

FEEDS_NAMED = f"""[installation]
feeds = [{", ".join(f'"{feed}"' for feed in FEEDS)}]
"""
"""Says of every feed that the force has it: under the wall clock each is missed until it is heard."""


def every_feed_named() -> PolicyBook:
    """Return the built-in policy as an installation states it that has connected every feed."""
    return PolicyBook.from_toml(f'version = "{PolicyBook.built_in().version}"\n{FEEDS_NAMED}')
