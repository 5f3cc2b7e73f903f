"""The release that wrote a changelog message, stated in the message's headers."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final, NamedTuple

from agents.kafka.reader import newest_messages
from streams.engine.state_format import FORMAT
from streams.topology.topics import STATE_CHANGELOG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agents.settings.settings import Settings
    from streams.topology.messages import Headers

_FORMAT: Final = "cdi-state-format"
_PROGRAM: Final = "cdi-program"
_POLICY: Final = "cdi-policy"
_UNKNOWN: Final = "unknown"


def program_version() -> str:
    """Return the release of this program."""
    try:
        return version("cdi")
    except PackageNotFoundError:
        return _UNKNOWN


class WriterRelease(NamedTuple):
    """The release, state format and policy of the worker that wrote a message."""

    program: str
    """``unknown`` where the release was too old to state itself."""
    state_format: int
    policy: str | None
    """The version of the policy it judges by."""

    @classmethod
    def current(cls, policy: str) -> WriterRelease:
        """Describe this program when it judges by a policy."""
        return cls(program_version(), FORMAT, policy)

    @classmethod
    def from_headers(cls, headers: Iterable[tuple[str, str | bytes | None]]) -> WriterRelease:
        """Read a message's headers; a message without them is of state format 1."""
        values = {name: _text(value) for name, value in headers if value is not None}
        number = values.get(_FORMAT, "1")
        return cls(values.get(_PROGRAM, _UNKNOWN), int(number) if number.isdigit() else 1, values.get(_POLICY))

    @property
    def headers(self) -> Headers:
        """The headers of each message that is written."""
        values = {_FORMAT: str(self.state_format), _PROGRAM: self.program, _POLICY: self.policy}
        return [(name, value.encode()) for name, value in values.items() if value is not None]

    @property
    def is_newer(self) -> bool:
        """Whether this program cannot read what that release wrote."""
        return self.state_format > FORMAT


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")


def newest_writers(settings: Settings) -> Iterator[tuple[int, WriterRelease]]:
    """Return the newest writer of each partition of the state's changelog.  Raises UnreadableError."""
    for (_, partition), message in sorted(newest_messages(settings, [STATE_CHANGELOG]).items()):
        yield partition, WriterRelease.from_headers(message.headers)


def client_id(group: str) -> str:
    """Return the client id of a worker's consumer; it shows the release to whoever lists the group."""
    return f"{group}-{program_version()}"


def release_of_client(client: str, group: str) -> str:
    """Return the release in a client id; that of a release too old to state itself is ``unknown``."""
    return client.removeprefix(f"{group}-") if client.startswith(f"{group}-") else _UNKNOWN
