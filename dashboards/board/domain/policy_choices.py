"""Policies to choose from: the built-in one, files of a folder, text that is given, or the few most wanted numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from streams.engine.policy_check import usable_policy
from streams.policy import PolicyBook, PolicyError, default_policy_text

BUILT_IN: Final = "built-in"
LONGEST_TEXT: Final = 100_000
LIMITS: Final = ("1", "2")
"""The rows of the form, after the first, that say a limit from a date on."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as somebody chose it, known to be usable."""

    name: str
    """How it was chosen, in words."""
    version: str
    texts: tuple[str, ...]
    """Its files, each laid over the one before, the first over the built-in one."""

    @property
    def digest(self) -> str:
        """SHA-256 of its files, of the built-in one's where there is no other; how lines end makes no difference."""
        texts = map(_with_plain_ends, self.texts or (default_policy_text(),))
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PolicyChoices:
    """What may be compared with the policy in force."""

    in_force: tuple[str, ...] = ()
    """The text of the policy in force; nothing where that is the built-in one."""
    folders: tuple[Path, ...] = ()
    """Where policy files are; a later folder's goes before an earlier one's of the same name."""

    def against(self) -> Chosen:
        """Return the policy in force."""
        return Chosen(name="in force", version=PolicyBook.from_layers(*self.in_force).version, texts=self.in_force)

    def names(self) -> list[str]:
        """Name what can be chosen by name, as it is now."""
        return [*([BUILT_IN] if self.in_force else []), *sorted(self._files())]

    def named(self, name: str) -> Chosen:
        """Return a policy by its name.  Raises PolicyError where it is not there or cannot be used."""
        if name == BUILT_IN:
            return _chosen(name)
        file = self._files().get(name)
        if file is None:
            raise PolicyError("policy: choose one of those listed")
        try:
            return _chosen(name, file.read_text(encoding="utf-8"))
        except OSError as failure:
            raise PolicyError(f"policy: {name} cannot be read: {failure.strerror}") from None
        except UnicodeDecodeError:
            raise PolicyError(f"policy: {name} is not UTF-8 text") from None

    def given(self, text: str) -> Chosen:
        """Return a policy given as text, laid over the built-in one.  Raises PolicyError where it cannot be used."""
        if not text.strip():
            raise PolicyError("policy: paste the text of a policy file, or choose another way")
        if len(text) > LONGEST_TEXT:
            raise PolicyError(f"policy: longer than {LONGEST_TEXT} characters")
        return _chosen("text", _with_plain_ends(text))

    def otherwise(self, said: Callable[[str], str]) -> Chosen:
        """Return the policy in force with other numbers, as a form says them.  Raises PolicyError.

        ``said`` gives what stands in a field, without blanks around it.
        """
        return _chosen("other limits", *self.in_force, policy_of_numbers(said))

    def _files(self) -> Mapping[str, Path]:
        return {file.stem: file for folder in self.folders for file in folder.glob("*.toml")}


def policy_of_numbers(said: Callable[[str], str]) -> str:
    """Write a policy file of the numbers in a form.  Raises PolicyError where there are none, or half of one."""
    rules = {
        name: said(field)
        for name, field in (("recording_limit", "limit"), ("rape_recording_limit", "rape_limit"))
        if said(field)
    }
    lines = ["[rules]", *(f"{name} = {_quoted(value)}" for name, value in rules.items())] if rules else []
    for row in LIMITS:
        begins, limit = said(f"from_{row}"), said(f"limit_{row}")
        if bool(begins) != bool(limit):
            raise PolicyError(f"policy: limit {int(row) + 1}: a date and a limit go together")
        if begins:
            lines += ["[[amendment]]", f"from = {_a_date(begins)}", f"recording_limit = {_quoted(limit)}"]
    if not lines:
        raise PolicyError("policy: say at least one limit")
    body = "\n".join(lines)
    return f'version = "what-if-{hashlib.sha256(body.encode()).hexdigest()[:8]}"\n{body}\n'


def _chosen(name: str, *texts: str) -> Chosen:
    return Chosen(name=name, version=usable_policy(*texts).version, texts=texts)


def _with_plain_ends(text: str) -> str:
    """Write text as a file has it: a form sends its lines with other ends, and no blanks around it."""
    return text.replace("\r\n", "\n").strip() + "\n"


def _a_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PolicyError(f"policy: from = {text[:40]}: allowed is a date such as 2015-04-01") from None


def _quoted(text: str) -> str:
    """Write text as TOML does, which in a basic string escapes as JSON does."""
    return msgspec.json.encode(text).decode()
