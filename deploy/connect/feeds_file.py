"""Read ``feeds.toml``: a table a feed, each with the way it comes in by."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, get_args

import msgspec

from deploy.connect.database.definition import DatabaseFeed
from deploy.connect.definition import FeedDefinition
from deploy.connect.folder.definition import FolderFeed
from deploy.connect.push.definition import PushFeed
from deploy.connect.topic.definition import TopicFeed
from deploy.files.toml_faults import in_words

if TYPE_CHECKING:
    from agents.settings.settings import Settings

AnyFeed: TypeAlias = FolderFeed | PushFeed | TopicFeed | DatabaseFeed
"""Every way in, each with a struct of its keys."""
_STRUCTS: Final = get_args(AnyFeed)
WAYS: Final = tuple(str(feed.__struct_config__.tag) for feed in _STRUCTS)
"""Their names."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


FEEDS_FILE: Final = "feeds.toml"
"""The name of the file in the data folder, where none is named."""


class FeedsFileError(Exception):
    """A file of feeds that cannot be used; the message says why in one line."""


def find_feeds_file(settings: Settings, named: Path | None = None) -> Path | None:
    """Return the file of feeds: the one named, that of the settings, or that in the data folder.

    None where there is none.
    """
    usual = settings.data / FEEDS_FILE
    return named or settings.feeds or (usual if usual.exists() else None)


def read_feeds(path: Path) -> dict[str, FeedDefinition]:
    """Return the feeds of a file, by name.  Raises FeedsFileError."""
    try:
        written = msgspec.toml.decode(path.read_bytes())
        if strange := sorted(written.keys() - {"feed"}):
            raise FeedsFileError(f"{path}: {strange[0]}: each feed is a table of its own, [feed.NAME]")
        feeds = {name: _definition(path, name, table) for name, table in _tables(path, written).items()}
    except OSError as failure:
        raise FeedsFileError(f"{path}: {failure.strerror or failure}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as refusal:
        raise FeedsFileError(f"{path}: not TOML: {' '.join(str(refusal).split())}") from None
    _require_apart(path, feeds)
    return feeds


def _require_apart(path: Path, feeds: dict[str, FeedDefinition]) -> None:
    """Raise FeedsFileError where two feeds would read, and confirm, the same."""
    by_claim: dict[str, str] = {}
    for name, definition in feeds.items():
        if definition.claims is not None and (other := by_claim.setdefault(definition.claims, name)) != name:
            raise FeedsFileError(f"{path}: feed.{name}: {definition.claims} are those of feed.{other}")


def _tables(path: Path, written: dict[str, object]) -> dict[str, object]:
    tables = written.get("feed", {})
    if not isinstance(tables, dict):
        raise FeedsFileError(f"{path}: feed: each feed is a table of its own, [feed.NAME]")
    return tables


def _definition(path: Path, name: str, table: object) -> FeedDefinition:
    if _NAME.fullmatch(name) is None:
        raise FeedsFileError(
            f"{path}: feed.{name}: a name has letters, digits, dots, dashes and underscores, 64 at most"
        )
    if isinstance(table, dict) and table.get("way") not in WAYS:
        raise FeedsFileError(f"{path}: feed.{name}: way: one of {', '.join(WAYS)}")
    try:
        definition: FeedDefinition = msgspec.convert(table, AnyFeed)
        definition.check_keys()
    except (msgspec.ValidationError, ValueError) as refusal:
        raise FeedsFileError(f"{path}: feed.{name}: {in_words(str(refusal), _keys(table))}") from None
    return definition


def _keys(table: object) -> list[str]:
    """Return the keys of the way that a feed's table names."""
    way = table.get("way") if isinstance(table, dict) else None
    return [key for feed in _STRUCTS if feed.__struct_config__.tag == way for key in feed.__struct_fields__]
