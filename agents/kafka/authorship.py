"""Who wrote a changelog message: said in its headers, so that nobody need read the state to know whose it is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final, NamedTuple

from agents.kafka.tails import newest_messages
from streams.engine.state_format import FORMAT
from streams.topology.topics import STATE_CHANGELOG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.settings.settings import Settings

_FORMAT: Final = "cdi-state-format"
_PROGRAM: Final = "cdi-program"
_POLICY: Final = "cdi-policy"

Headers = list[tuple[str, str | bytes | None]]


def program_version() -> str:
    """Tell which release this program is of."""
    try:
        return version("cdi")
    except PackageNotFoundError:
        return "unknown"


class Author(NamedTuple):
    """The worker that wrote a message."""

    program: str
    """Which release it is of; ``unknown`` where a release wrote that did not yet say."""
    state_format: int
    policy: str | None
    """The version of the policy it judges by."""

    @classmethod
    def ourselves(cls, policy: str) -> Author:
        """Name this program, going by a policy."""
        return cls(program_version(), FORMAT, policy)

    @classmethod
    def of(cls, headers: Headers | dict[str, str | bytes | None] | None) -> Author:
        """Read what a message's headers say; one without is of format 1."""
        said = {name: _text(value) for name, value in dict(headers or ()).items() if value is not None}
        number = said.get(_FORMAT, "1")
        return cls(said.get(_PROGRAM, "unknown"), int(number) if number.isdigit() else 1, said.get(_POLICY))

    @property
    def headers(self) -> Headers:
        """What to write beside each message."""
        said = {_FORMAT: str(self.state_format), _PROGRAM: self.program, _POLICY: self.policy}
        return [(name, value.encode()) for name, value in said.items() if value is not None]

    @property
    def is_newer(self) -> bool:
        """Whether what it wrote is beyond this program."""
        return self.state_format > FORMAT


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")


def authors(settings: Settings) -> Iterator[tuple[int, Author]]:
    """Tell who wrote last to each partition of the state's changelog.  Raises UnreadableError."""
    for (_, partition), message in sorted(newest_messages(settings, [STATE_CHANGELOG]).items()):
        yield partition, Author.of(message.headers())


def client_id(group: str) -> str:
    """Name a worker's consumer so that whoever lists the group sees which release it is of."""
    return f"{group}-{program_version()}"


def version_in(client: str, group: str) -> str:
    """Read that name back; a release that did not say has the group's name alone."""
    return client.removeprefix(f"{group}-") if client.startswith(f"{group}-") else "unknown"
