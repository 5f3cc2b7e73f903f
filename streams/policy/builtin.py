"""The built-in policy's text.

This is the one read of a file in a package that is otherwise free of I/O: the file is part of the package, as fixed
as its code, and every policy is laid over it.  It is read once.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def default_policy_text() -> str:
    """Return the text of ``streams/policies/default.toml``."""
    return files("streams").joinpath("policies", "default.toml").read_text(encoding="utf-8")
