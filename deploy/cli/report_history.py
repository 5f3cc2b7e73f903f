"""The period that ``cdi report`` counts, and the records that the workers have forgotten of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agents.settings.clock import stopwatch
from deploy.cli.framework.errors import CommandError
from deploy.cli.framework.monitors import MonitorSet
from deploy.cli.framework.output import tell
from deploy.inspect.history import HistoryGoneError, judge_history
from streams.policy.calendar import local_date
from streams.reports.figure import ALWAYS, Period
from streams.reports.whole_period import is_whole, whole_part

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.engine.monitor import Monitor


def whole_period(read: MonitorSet, requested: Period, *, rolling: bool) -> tuple[Period, Mapping[str, Monitor]]:
    """Return the period to count, and of each force that has forgotten some of it a monitor that has not.

    Where no beginning is requested it is the first day of which nothing is forgotten.  Rolling windows are of the last
    days alone, of which nothing ever is.  Files are judged without forgetting.  Raises CommandError where the source
    topics do not hold what is requested.
    """
    contexts = [monitor.context for monitor in read.monitors.values()]
    forgetful = [context for context in contexts if not is_whole(context, requested)]
    if rolling or not forgetful or read.settings is None:
        return requested, {}
    whole = whole_part(contexts, requested)
    if requested.start == ALWAYS.start and whole.start < whole.end:
        tell(
            f"What was received before {local_date(whole.start)} is forgotten in part, so it is not counted; "
            "an earlier --from has it judged anew from the source topics"
        )
        return whole, {}
    first = local_date(whole_part(contexts, ALWAYS).start).isoformat()
    return requested, {
        context.force: _history(read.settings, read.monitors[context.force], first) for context in forgetful
    }


def _history(settings: Settings, worker: Monitor, first: str) -> Monitor:
    started, force = stopwatch(), worker.force
    try:
        monitor = judge_history(settings, worker)
    except HistoryGoneError as gone:
        raise CommandError(
            f"{force}: some of this period is forgotten, and {gone}; {first} is the first day that can be counted"
        ) from None
    seconds = stopwatch() - started
    tell(f"{force}: some of this period is forgotten; it was judged anew from the source topics, in {seconds:.0f} s")
    return monitor
