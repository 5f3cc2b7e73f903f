"""The texts that are part of the package: the built-in policy, and the names of outcomes.

These are the reads of files in a package that is otherwise free of I/O: each file is as fixed as the code.  Each is
read once.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def default_policy_text() -> str:
    """Return the text of ``streams/policies/default.toml``, over which every policy is laid."""
    return _text("default.toml")


@cache
def outcomes_text() -> str:
    """Return the text of ``streams/policies/outcomes.toml``."""
    return _text("outcomes.toml")


def _text(name: str) -> str:
    return files("streams").joinpath("policies", name).read_text(encoding="utf-8")
