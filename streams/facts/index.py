"""A register of who names whom: from a name to everything that mentioned it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any


class Index:
    """Names, each with the things that mentioned it, in the order of first mention."""

    __slots__ = ("_mentions",)

    def __init__(self) -> None:
        self._mentions: dict[str, dict[Any, None]] = {}

    def add(self, name: str, mention: object) -> None:
        """Note that ``mention`` names ``name``."""
        if name:
            self._mentions.setdefault(name, {})[mention] = None

    def discard(self, name: str, mention: object) -> None:
        """Forget one mention."""
        mentions = self._mentions.get(name)
        if mentions is not None:
            mentions.pop(mention, None)
            if not mentions:
                del self._mentions[name]

    def __getitem__(self, name: str) -> Collection[Any]:
        return self._mentions.get(name, {}).keys()
