"""What ``feeds.toml`` says of a watched folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from deploy.connect.definition import FeedDefinition
from deploy.connect.folder.name_times import name_pattern, time_in_name
from deploy.files.record_files import FileRefusedError

if TYPE_CHECKING:
    from deploy.connect.definition import ConnectedFeed
    from deploy.connect.folder.source import FolderSource


class FolderFeed(FeedDefinition, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="folder"):
    """A feed of files that are dropped into a folder."""

    several_topics: ClassVar[bool] = True

    folder: str
    files: tuple[str, ...] = ("*",)
    """Patterns of the names that are the feed's; any other file is left alone."""
    still_seconds: float = 5.0
    """How long a file must not have changed before it is read."""
    look_seconds: float = 5.0
    """How often the folder is looked at."""
    order: Literal["file_time", "name"] = "file_time"
    """Which of several files is read first: the one changed first, or the one whose name sorts first."""
    complete_through: Literal["newest", "file_time", "name", "nothing"] = "newest"
    """Through when a file vouches: just before its newest event_time, before it was changed, before the time in its
    name, or not at all."""
    name_time: str | None = None
    """How its name states that time, as strptime does, such as ``%Y%m%d_%H%M``; on London's clocks."""
    margin_seconds: float = 0.0
    """How much earlier than that."""

    def check(self) -> None:
        """Raise ValueError where the keys do not go together."""
        if self.topic is not None and len(self.mappings) > 1:
            raise ValueError("mapping: one where there is a topic; without topic each file's name says which it is of")
        if not self.files:
            raise ValueError("files: no pattern")
        for name in ("still_seconds", "look_seconds"):
            if not 0 < getattr(self, name) <= 3600:
                raise ValueError(f"{name}: more than 0, and an hour at most")
        if (self.complete_through == "name") != (self.name_time is not None):
            raise ValueError('name_time: it goes with complete_through = "name", and that with it')
        if self.name_time is not None:
            name_pattern(self.name_time)
        if not self.margin_seconds >= 0:
            raise ValueError("margin_seconds: not less than 0")

    @property
    def claims(self) -> str:
        """The files that no other feed may read."""
        return f"the files {' '.join(self.files)} of {self.folder}"

    def require_name(self, name: str) -> None:
        """Raise FileRefusedError where a file of this name states no time that it has to state."""
        if self.name_time is not None and time_in_name(name, self.name_time) is None:
            raise FileRefusedError(f"its name states no time as name_time says, {self.name_time}")

    @property
    def vouches(self) -> bool:
        """Whether its files ever vouch."""
        return self.complete_through != "nothing"

    def open(self, feed: ConnectedFeed) -> FolderSource:
        """Open the folder.  Raises SourceUnavailableError."""
        from deploy.connect.folder.source import FolderSource  # noqa: PLC0415 - each way is imported where it is run

        return FolderSource(feed, self)
