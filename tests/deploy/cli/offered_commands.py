"""Every command of the command line, each loaded."""

from __future__ import annotations

from deploy.cli.framework.lazy import OFFERS, Unloaded


def commands() -> set[str]:
    """Every command as it is typed: ``alerts list``."""
    return {name for offer in OFFERS for name in _within(Unloaded(offer).loaded(), offer.name)}


def _within(command: object, *words: str) -> set[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        return {" ".join(words)}
    return {name for word, each in inner.items() for name in _within(each, *words, word)}
