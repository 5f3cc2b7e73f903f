"""Write how often each field of each feed is stated, and the ``[lacks]`` to begin a policy with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from streams.facts.fill import ENOUGH_RECORDS, FieldCountsByFeed
from streams.reports.unjudged import rules_decided_by

COLUMNS: Final = ("force", "feed", "field", "stated", "records", "share")
_FIRST_NUMBER: Final = COLUMNS.index("stated")
VERSION: Final = "first-look"
_HEAD: Final = f"""\
# The fields that hardly any record stated: a first [lacks], to be read before it is used.
# Listed are fields that under 1 % of the records stated; of fewer than {ENOUGH_RECORDS} records, those that none did.
# Take out what the system holds and seldom needs: a rule is not judged for want of a field that stands here.
"""

_FEEDS: Final = (
    "# The feeds seen here.  Where these are all, say so: a feed that is named, as all nine are without this, and that",
    "# nobody feeds leaves the rules that need it without an answer.",
    "# [installation]",
)


def table_lines(counts: FieldCountsByFeed, *, stated_alone: bool = False) -> list[str]:
    """Return the lines of a table with a row for each field of each feed of each force.

    With ``stated_alone`` those that no record states have none.
    """
    rows = [COLUMNS]
    for (force, feed), of_feed in sorted(counts.items()):
        for name, stated in of_feed.stated.items():
            if stated_alone and not stated:
                continue
            rows.append((force, feed, name, f"{stated:,}", f"{of_feed.records:,}", f"{of_feed.share(name):.1%}"))
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return ["  ".join(_aligned(row, widths)).rstrip() for row in rows]


def never_stated(counts: FieldCountsByFeed) -> Iterator[str]:
    """Say once for each feed of each force which fields no record states."""
    for (force, feed), of_feed in sorted(counts.items()):
        if names := [name for name, stated in of_feed.stated.items() if not stated]:
            yield f"{force} {feed}, stated by none: {', '.join(names)}"


def _aligned(row: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield cell.rjust(width) if index >= _FIRST_NUMBER else cell.ljust(width)


def lacking_fields(counts: FieldCountsByFeed) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return by force and feed the fields that hardly any record states."""
    lacking: dict[str, dict[str, tuple[str, ...]]] = {}
    for (force, feed), of_feed in sorted(counts.items()):
        rare = of_feed.probably_lacking(frozenset(), at_least=ENOUGH_RECORDS)
        if of_feed.records < ENOUGH_RECORDS:
            rare = tuple(name for name, stated in of_feed.stated.items() if not stated)
        lacking.setdefault(force, {})[feed] = rare
    return lacking


def policy_text(counts: FieldCountsByFeed) -> str:
    """Return a policy (TOML) that says what the feeds lack, as far as the records show.

    The table stands above it, as comments.  What every force's feed lacks stands under ``[lacks]``, the rest under
    ``[lacks_by_force]``.
    """
    by_force = lacking_fields(counts)
    feeds = sorted({feed for _, feed in counts})
    common = {feed: _common(feed, by_force) for feed in feeds}
    lines = [
        *(f"# {line}" for line in table_lines(counts)),
        "",
        _HEAD,
        f'version = "{VERSION}"',
        "",
        *_FEEDS,
        f"# feeds = {json.dumps(feeds)}",
        "",
        "[lacks]",
        *_table(common),
    ]
    for force, by_feed in sorted(by_force.items()):
        own = {feed: tuple(name for name in names if name not in common[feed]) for feed, names in by_feed.items()}
        if any(own.values()):
            lines += ["", f"[lacks_by_force.{_key(force)}]", *_table(own)]
    return "\n".join(lines) + "\n"


def _common(feed: str, by_force: Mapping[str, Mapping[str, tuple[str, ...]]]) -> tuple[str, ...]:
    """Return the fields that a feed lacks at each force that has it."""
    first, *others = (by_feed[feed] for by_feed in by_force.values() if feed in by_feed)
    return tuple(name for name in first if all(name in other for other in others))


def _table(by_feed: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a TOML table: beside each field the rules that are not judged without it."""
    for feed, names in by_feed.items():
        if not names:
            continue
        yield f'"{feed}" = ['
        for name in names:
            rules = rules_decided_by(feed, name)
            remark = f"  # then not judged where it is empty: {', '.join(rules)}" if rules else ""
            yield f'    "{name}",{remark}'
        yield "]"


def _key(name: str) -> str:
    """Return a name as TOML spells a key."""
    if name.isascii() and name.replace("-", "").replace("_", "").isalnum():
        return name
    escaped = "".join(sign if sign.isprintable() and sign not in '"\\' else f"\\U{ord(sign):08x}" for sign in name)
    return f'"{escaped}"'
