"""The policies that can be compared with the one in force.

They are the built-in one, files of a folder, pasted text, or the one in force with other limits.
"""

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
"""The rows of the form, after the first, that state a limit from a date on."""


class ChosenPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that somebody chose; it is usable."""

    name: str
    """How it was chosen, in words."""
    version: str
    texts: tuple[str, ...]
    """Its files, each laid over the one before, the first over the built-in one."""

    @property
    def digest(self) -> str:
        """SHA-256 of its files, or of the built-in policy where it has none; line ends make no difference."""
        texts = map(_normalised, self.texts or (default_policy_text(),))
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PolicyChoices:
    """The policies that may be compared with the one in force."""

    texts_in_force: tuple[str, ...] = ()
    """The text of the policy in force; nothing where that is the built-in one."""
    folders: tuple[Path, ...] = ()
    """Where policy files are; a later folder's goes before an earlier one's of the same name."""

    def in_force(self) -> ChosenPolicy:
        """Return the policy in force."""
        texts = self.texts_in_force
        return ChosenPolicy(name="in force", version=PolicyBook.from_layers(*texts).version, texts=texts)

    def names(self) -> list[str]:
        """Return the names of the built-in policy and of the files there are now."""
        return [*([BUILT_IN] if self.texts_in_force else []), *sorted(self._files())]

    def by_name(self, name: str) -> ChosenPolicy:
        """Return a policy by its name.  Raises PolicyError where there is none, or it cannot be used."""
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

    def from_text(self, text: str) -> ChosenPolicy:
        """Return a policy of pasted text, laid over the built-in one.

        Raises PolicyError where it cannot be used.
        """
        if not text.strip():
            raise PolicyError("policy: paste the text of a policy file, or choose another way")
        if len(text) > LONGEST_TEXT:
            raise PolicyError(f"policy: longer than {LONGEST_TEXT} characters")
        return _chosen("text", _normalised(text))

    def from_numbers(self, field: Callable[[str], str]) -> ChosenPolicy:
        """Return the policy in force with the limits of a form.  Raises PolicyError.

        ``field`` returns the text of a field, without blanks around it.
        """
        return _chosen("other limits", *self.texts_in_force, policy_of_numbers(field))

    def _files(self) -> Mapping[str, Path]:
        return {file.stem: file for folder in self.folders for file in folder.glob("*.toml")}


def policy_of_numbers(field: Callable[[str], str]) -> str:
    """Write a policy file with the limits of a form.

    Raises PolicyError where there is none, or a limit or its date is missing.
    """
    rules = {
        key: limit
        for key, name in (("recording_limit", "limit"), ("rape_recording_limit", "rape_limit"))
        if (limit := field(name))
    }
    lines = ["[rules]", *(f"{key} = {_quoted(limit)}" for key, limit in rules.items())] if rules else []
    for row in LIMITS:
        begins, limit = field(f"from_{row}"), field(f"limit_{row}")
        if bool(begins) != bool(limit):
            raise PolicyError(f"policy: limit {int(row) + 1}: a date and a limit go together")
        if begins:
            lines += ["[[amendment]]", f"from = {_date(begins)}", f"recording_limit = {_quoted(limit)}"]
    if not lines:
        raise PolicyError("policy: say at least one limit")
    body = "\n".join(lines)
    return f'version = "what-if-{hashlib.sha256(body.encode()).hexdigest()[:8]}"\n{body}\n'


def _chosen(name: str, *texts: str) -> ChosenPolicy:
    return ChosenPolicy(name=name, version=usable_policy(*texts).version, texts=texts)


def _normalised(text: str) -> str:
    """Return text with the line ends of a file, since forms send CRLF."""
    return text.replace("\r\n", "\n").strip() + "\n"


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PolicyError(f"policy: from = {text[:40]}: allowed is a date such as 2015-04-01") from None


def _quoted(text: str) -> str:
    """Write text as TOML does, which in a basic string escapes as JSON does."""
    return msgspec.json.encode(text).decode()
