"""Arguments that several commands have, and how each is read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from deploy.cli.framework.outcomes import CommandError, UsageError, printable, tell
from deploy.files.record_files import is_set_aside
from schemas.times import from_rfc3339
from streams.policy import PolicyBook, PolicyError


def moment(option: str, text: str) -> int:
    """Read an RFC 3339 time (ms since the epoch)."""
    try:
        return from_rfc3339(text)
    except ValueError as refusal:
        raise UsageError(f"{option}: {refusal}") from None


def require_known(forces: Iterable[str], known: Collection[str], hint: str = "") -> None:
    """Stop at a force that nothing is known of: most likely it is mistyped."""
    for force in forces:
        if force not in known:
            there = ", ".join(map(printable, sorted(known))) or "nothing at all"
            raise CommandError(f"nothing is known of {printable(force)}; known: {there}{hint}")


def record_files(files: Sequence[Path]) -> list[Path]:
    """Return the files that hold records, before any is read: those of bad rows are left out, and it is said.

    ``*.jsonl`` takes in what ``cdi feed`` set aside beside a file.  A folder or a missing file stops.
    """
    found: list[Path] = []
    for path in files:
        if is_set_aside(path):
            tell(f"{path} is left out: it holds rows that were set aside, and why; mend them in the file they are of")
        elif path.is_dir():
            raise UsageError(f"{path}: a folder; name the files in it, such as {path / '*.jsonl'}")
        elif not path.exists():
            raise UsageError(f"{path}: no such file")
        else:
            found.append(path)
    if not found:
        raise UsageError("no file of records is left to read")
    return found


def output_file(path: Path, inputs: Iterable[Path]) -> None:
    """See to it, before the work is done, that its outcome has a place, and that this is none of the files read."""
    if not path.parent.is_dir():
        raise UsageError(f"--out: {path.parent}: no such folder")
    if path.is_dir():
        raise UsageError(f"--out: {path}: a folder")
    if path.exists() and any(path.samefile(each) for each in inputs):
        raise UsageError(f"--out: {path} is one of the files to read")


def policy_book(path: Path | None) -> PolicyBook:
    """Read a policy file; the built-in policy without one."""
    if path is None:
        return PolicyBook.built_in()
    try:
        return PolicyBook.from_toml(path.read_text(encoding="utf-8"))
    except (PolicyError, UnicodeDecodeError) as refusal:
        line = str(refusal) if isinstance(refusal, PolicyError) else "not UTF-8 text"
        raise UsageError(f"{path}: {line}") from None
    except OSError as failure:
        raise UsageError(f"{path}: {failure.strerror or failure}") from None
