"""Arguments that several commands have, and how each is read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from deploy.cli.outcomes import BadUsage, CommandFailed, printable
from schemas.times import from_rfc3339
from streams.policy import PolicyBook, PolicyError


def moment(option: str, text: str) -> int:
    """Read an RFC 3339 time (ms since the epoch)."""
    try:
        return from_rfc3339(text)
    except ValueError as refusal:
        raise BadUsage(f"{option}: {refusal}") from None


def require_known(forces: Iterable[str], known: Collection[str], hint: str = "") -> None:
    """Stop at a force that nothing is known of: most likely it is mistyped."""
    for force in forces:
        if force not in known:
            there = ", ".join(map(printable, sorted(known))) or "nothing at all"
            raise CommandFailed(f"nothing is known of {printable(force)}; known: {there}{hint}")


def policy_book(path: Path | None) -> PolicyBook:
    """Read a policy file; the built-in policy without one."""
    if path is None:
        return PolicyBook.built_in()
    try:
        return PolicyBook.from_toml(path.read_text(encoding="utf-8"))
    except (PolicyError, UnicodeDecodeError) as refusal:
        line = str(refusal) if isinstance(refusal, PolicyError) else "not UTF-8 text"
        raise BadUsage(f"{path}: {line}") from None
    except OSError as failure:
        raise BadUsage(f"{path}: {failure.strerror or failure}") from None
