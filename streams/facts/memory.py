"""From when on nothing is forgotten, so that what is counted of it is whole.

A settled matter is forgotten after the policy's ``forget_after``, and one with an open alert never.  So of a time that
is mostly forgotten what went wrong stays and what went right does not: a count of it would be no sample of it, but
wrong.  No figure is ever given of such a time from state, and no audit is drawn from it.

There is no archive of settled outcomes.  It would have to follow every later correction and erasure, move with the
partitions, hold who decided what for longer than the rest, and hold already what any later report asks for.  The
source topics hold all that: every record, of which erased ones are passed over.  Who asks for older figures has them
judged anew from there, by a monitor that forgets nothing, as ``cdi report --files`` does with files.
"""

from __future__ import annotations

from streams.facts.context import Context
from streams.policy.calendar import DAY, local_date, local_midnight


def whole_since(context: Context) -> int | None:
    """Return the local midnight (ms) from which on nothing that began is forgotten.

    None if nothing ever was forgotten.  It is a day or two later than the newest snapshot that was forgotten, since a
    record may state that it began after it was saved: a clock that is fast, or local time taken for UTC.
    """
    through = context.facts.forgotten_through
    if through is None:
        return None
    day = local_date(through + 2 * DAY)
    return local_midnight(day.year, day.month, day.day)


def is_whole_since(context: Context, moment: int) -> bool:
    """Return whether everything is known that began at a moment (ms) or later."""
    since = whole_since(context)
    return since is None or since <= moment
