"""A request whose body has come: what the web server hands to the feed, and what it gets back."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import NamedTuple


class Answer(NamedTuple):
    """What a request is answered where it was done."""

    content: bytes
    """JSON."""
    replayed: bool = False
    """Whether it was given before, and is given again."""


@dataclass(frozen=True, slots=True)
class PushRequest:
    """One request for one feed."""

    media_type: str
    body: bytes
    digest: bytes
    """Of everything in it that decides what it feeds."""
    has_rows: bool
    """Whether it pushes records; otherwise it only says until when they are complete."""
    complete_through: int | None = None
    """Until when (ms) the sender's records are complete with this request; None where it does not say."""
    is_lenient: bool = False
    """Whether bad rows are set aside, where otherwise one refuses all."""
    idempotency_key: str | None = None
    answer: Future[Answer] = field(default_factory=Future)
    """Fails with a ProblemError where nothing of it was fed."""
