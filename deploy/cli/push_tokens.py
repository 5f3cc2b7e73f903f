"""``cdi push-tokens``: the tokens by which another system may push to a feed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from agents.settings.clock import wall_clock
from deploy.cli.connect import FeedsFile, feeds_of
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import read_settings
from deploy.cli.framework.output import print_table, tell
from deploy.connect.delivery import FOLDER
from deploy.connect.feeds_file import FeedsFileError
from deploy.connect.push.definition import PushFeed
from deploy.connect.push.store import PushStore
from deploy.connect.push.tokens import PushTokens
from schemas.quantities import counted
from schemas.times import HOUR, to_rfc3339

push_tokens = typer.Typer(no_args_is_help=True)

Feed: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="a feed of feeds.toml whose way is push")]


@push_tokens.command()
def make(
    name: Feed,
    others_end_hours: Annotated[
        float | None,
        typer.Option(help="let every other token end after so many hours; they stay valid without it", min=0),
    ] = None,
    feeds: FeedsFile = None,
) -> None:
    """Make a token and print it, once: whoever pushes sends it as 'Authorization: Bearer TOKEN'."""
    now = wall_clock()
    with _tokens(name, feeds) as tokens:
        ends_at = None if others_end_hours is None else now + round(others_end_hours * HOUR)
        typer.echo(tokens.make(now, ends_at))
    tell("It cannot be shown again. 'cdi push-tokens list' has its id, by which it can be ended")


@push_tokens.command("list")
def list_(name: Feed, feeds: FeedsFile = None) -> None:
    """List a feed's tokens, the newest first: their ids, and when each was made, last used, and ends."""
    with _tokens(name, feeds) as tokens:
        states = tokens.states()
    rows = [
        (state.token_id, to_rfc3339(state.made_at), _moment(state.used_at, "never"), _moment(state.ends_at, "not set"))
        for state in states
    ]
    print_table(("token", "made", "last used", "ends"), rows)
    tell(counted(len(rows), "token"))


@push_tokens.command()
def end(
    name: Feed,
    token_id: Annotated[str, typer.Argument(metavar="TOKEN-ID", help="as 'cdi push-tokens list' has it")],
    feeds: FeedsFile = None,
) -> None:
    """End a token now."""
    with _tokens(name, feeds) as tokens:
        if not tokens.end(token_id, wall_clock()):
            raise CommandError(f"{name} has no token {token_id}")
    tell(f"{token_id} is valid no longer")


@contextmanager
def _tokens(name: str, feeds: Path | None) -> Iterator[PushTokens]:
    settings = read_settings()
    try:
        path, definitions = feeds_of(settings, feeds)
        if not isinstance(definitions.get(name), PushFeed):
            pushed = [feed for feed, definition in definitions.items() if isinstance(definition, PushFeed)]
            raise UsageError(f"{path}: no feed {name} whose way is push: there are {', '.join(pushed) or 'none'}")
        yield PushTokens(PushStore(settings.data / FOLDER, name))
    except FeedsFileError as refusal:
        raise UsageError(str(refusal)) from None
    except (OSError, sqlite3.Error) as failure:
        raise CommandError(f"{settings.data / FOLDER}: {failure}") from None


def _moment(moment: int | None, otherwise: str) -> str:
    return otherwise if moment is None else to_rfc3339(moment)
