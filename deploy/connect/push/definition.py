"""What ``feeds.toml`` says of a feed that another system pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from deploy.connect.definition import ConnectedFeed, FeedDefinition

if TYPE_CHECKING:
    from deploy.connect.push.source import PushSource


class PushFeed(FeedDefinition, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="push"):
    """A feed of records that are posted to a port."""

    port: int
    host: str = "127.0.0.1"
    """The address to listen on; loopback, unless another is named."""
    set_aside_most: float = 1.0
    """The sender is told of every bad row, and vouches as it sees fit."""
    complete_through: Literal["sender", "nothing"] = "sender"
    """Who says through when it is complete: whoever pushes, or nobody."""
    certificate: str | None = None
    """A PEM file, beside ``feeds.toml`` or by its path; without one a proxy in front has to encrypt."""
    certificate_key: str | None = None
    most_rows: int = 10_000
    """How many rows a request may have."""
    most_bytes: int = 16 * 2**20
    """How long its body may be, once unpacked."""
    most_waiting: int = 16
    """How many requests may wait; the next is asked to come later."""

    def check(self) -> None:
        """Raise ValueError where the keys do not go together."""
        if not 0 <= self.port <= 65535:
            raise ValueError("port: between 0 and 65535")
        if (self.certificate is None) != (self.certificate_key is None):
            raise ValueError("certificate and certificate_key: both or neither")
        for name in ("most_rows", "most_bytes", "most_waiting"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: 1 or more")

    @property
    def vouches(self) -> bool:
        """Whether its sender ever vouches."""
        return self.complete_through != "nothing"

    @property
    def claims(self) -> str | None:
        """The port, which no other feed can listen on."""
        return f"the requests at {self.host}:{self.port}" if self.port else None

    def open(self, feed: ConnectedFeed) -> PushSource:
        """Listen.  Raises SourceUnavailableError."""
        from deploy.connect.push.source import PushSource  # noqa: PLC0415 - a web server, which no other way needs

        return PushSource(feed, self)
