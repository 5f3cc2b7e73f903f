"""The filters of a list of alerts, kept in the URL, so that a view can be bookmarked and shared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlencode

import msgspec

from dashboards.board.http.query_params import BadQueryError, is_on, values_of
from schemas.products import OPEN_STATUSES, SEVERITIES, STATUSES, SUBJECT_SYSTEMS

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

_MOST_TEXT: Final = 100


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of a list of alerts; an empty one limits nothing."""

    force: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    """Empty: the open statuses."""
    mine: bool = False
    aside: bool = False
    """List what is silenced or closed by the registrar, instead of what is not."""
    q: str = ""
    """Any reference, loosely typed."""

    @classmethod
    def of(cls, query: QueryParams) -> Self:
        """Read the filters of a URL.  Raises BadQueryError for a value that a filter cannot have."""

        def checked(name: str, allowed: tuple[str, ...] | None = None) -> tuple[str, ...]:
            values = values_of(query, name)
            for value in values:
                if allowed is not None and value not in allowed:
                    raise BadQueryError(name, value, f"it is one of {', '.join(allowed)}")
            return values

        return cls(
            force=checked("force"),
            system=checked("system", SUBJECT_SYSTEMS),
            rule=checked("rule"),
            severity=checked("severity", SEVERITIES),
            team=checked("team"),
            status=checked("status", STATUSES),
            mine=is_on(query, "mine"),
            aside=is_on(query, "aside"),
            q=query.get("q", "").strip()[:_MOST_TEXT],
        )

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses listed."""
        return self.status or OPEN_STATUSES

    @property
    def any(self) -> bool:
        """Whether any filter is set."""
        return any(self._pairs())

    def query(self) -> str:
        """Return the filters as a URL's query, always in the same order."""
        return urlencode(list(self._pairs()))

    def replace(self, **values: object) -> Self:
        """Return the filters with some replaced."""
        return msgspec.structs.replace(self, **values)

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for name in ("force", "system", "rule", "severity", "team", "status"):
            yield from ((name, value) for value in getattr(self, name))
        yield from ((name, "1") for name in ("mine", "aside") if getattr(self, name))
        if self.q:
            yield "q", self.q
