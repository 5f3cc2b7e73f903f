"""``cdi connect``: run a feed of ``feeds.toml``, or list them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from agents.kafka.topic_differences import check_topics, describe
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, connected_settings, read_settings
from deploy.cli.framework.output import print_table, tell
from deploy.cli.framework.parent import StopWithParent
from deploy.connect.cursors import Cursors, CursorsUnavailableError
from deploy.connect.feeds_file import FEEDS_FILE, FeedsFileError, find_feeds_file, read_feeds
from deploy.connect.process import FeedRunsAlreadyError, is_running, locked, opened_feed, run_feed
from deploy.files.feedings import FeedingsUnavailableError
from deploy.files.record_files import FileRefusedError
from deploy.local.child_process import stop_with_parent
from schemas.quantities import counted
from schemas.times import to_rfc3339

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from deploy.connect.definition import FeedDefinition
    from streams.policy import PolicyBook

FeedsFile: TypeAlias = Annotated[
    Path | None, typer.Option(help="the file of feeds; CDI_FEEDS, or feeds.toml in the data folder, without it")
]


def connect(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="a feed of feeds.toml: [feed.NAME]")] = None,
    feeds: FeedsFile = None,
    list_feeds: Annotated[bool, typer.Option("--list", help="show the feeds, and how each is")] = False,
    once: Annotated[
        bool, typer.Option("--once", help="read what there is and end; exit 1 where that does not work")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="send nothing, and without Kafka say what the next rows would come to")
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="let the feed read from its beginning again, and end")
    ] = False,
    with_parent: StopWithParent = False,
) -> None:
    """Go on from where the feed was last confirmed; a bad row is set aside, and the others are sent.

    A process that is killed and started again loses no row; what it sends twice changes nothing.
    """
    if list_feeds == (name is not None) or once + check + forget > 1 or (list_feeds and once + check + forget):
        raise UsageError("connect needs NAME, alone or with one of --once, --check and --forget, or else --list")
    try:
        if list_feeds:
            _list(read_settings(), feeds)
        elif name is not None:
            _connect(name, feeds, once=once, check=check, forget=forget, with_parent=with_parent)
    except (FeedsFileError, FileRefusedError) as refusal:
        raise UsageError(str(refusal)) from None
    except (FeedRunsAlreadyError, CursorsUnavailableError, FeedingsUnavailableError) as failure:
        raise CommandError(str(failure)) from None


def feeds_of(settings: Settings, named: Path | None = None) -> tuple[Path, dict[str, FeedDefinition]]:
    """Return the file of feeds and what it says.  Raises FeedsFileError, UsageError."""
    path = find_feeds_file(settings, named)
    if path is None:
        raise UsageError(f"no file of feeds: name one with --feeds or CDI_FEEDS, or write {settings.data / FEEDS_FILE}")
    return path, read_feeds(path)


def usable_feeds(
    settings: Settings, book: PolicyBook, named: Path | None = None
) -> tuple[Path | None, dict[str, FeedDefinition]]:
    """Return the file of feeds, if there is one, and what it says.

    Each mapping that it names can be read.  Raises UsageError.
    """
    path = find_feeds_file(settings, named)
    if path is None:
        return None, {}
    try:
        definitions = read_feeds(path)
        for name, definition in definitions.items():
            with opened_feed(name, definition, path.absolute().parent, settings, book):
                pass
    except (FeedsFileError, FileRefusedError) as refusal:
        raise UsageError(str(refusal)) from None
    except (CursorsUnavailableError, FeedingsUnavailableError) as failure:
        raise CommandError(str(failure)) from None
    return path, definitions


def _connect(name: str, feeds: Path | None, *, once: bool, check: bool, forget: bool, with_parent: bool) -> None:
    settings = read_settings() if check or forget else connected_settings()
    path, definitions = feeds_of(settings, feeds)
    if name not in definitions:
        raise UsageError(f"{path}: no feed {name}: there are {', '.join(definitions) or 'none'}")
    with opened_feed(name, definitions[name], path.absolute().parent, settings, book_of(settings)) as feed:
        if forget:
            with locked(settings.data, name):  # whoever runs it would keep its cursor again
                feed.cursors.forget(name)
            tell(f"{name} reads from its beginning when it is next run")
            return
        if check:
            from deploy.cli.connect_check import check_feed  # noqa: PLC0415 - judges, which connecting does not

            check_feed(feed)
            return
        if differences := check_topics(settings, periods=False):
            raise CommandError(
                f"the topics are not as they must be: {describe(differences[0])}; see 'cdi topics check'"
            )
        if with_parent:
            stop_with_parent()
        if not run_feed(feed, once=once):
            raise CommandError(f"{name}: not all could be read and sent; its log says why")


def _list(settings: Settings, feeds: Path | None) -> None:
    path, definitions = feeds_of(settings, feeds)
    cursors = Cursors(settings.data, settings.prefix)
    rows = []
    for name, definition in definitions.items():
        condition = cursors.condition(name)
        rows.append(
            (
                name,
                definition.way,
                definition.topic or "by file",
                "runs" if is_running(settings.data, name) else "does not run",
                _moment(condition.succeeded_at),
                _moment(condition.complete_through),
                condition.trouble or condition.remark or "",
            )
        )
    cursors.close()
    print_table(("feed", "way", "topic", "process", "last fed", "complete through", "what to see to"), rows)
    tell(f"{counted(len(rows), 'feed')} in {path}")


def _moment(moment: int | None) -> str:
    return "never" if moment is None else to_rfc3339(moment)
