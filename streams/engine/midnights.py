"""The local midnights at which the themes of reviewed calls are judged."""

from __future__ import annotations

from streams.engine.timers import MIDNIGHT, Deadlines
from streams.engine.unjudgeable import THEMES, SetAside
from streams.facts.context import Context
from streams.facts.matters import THEME, Matter
from streams.policy.calendar import local_time_on_day_of


class Midnights:
    """Has themes judged at each local midnight at which one may emerge or cease."""

    __slots__ = ("_context", "_deadlines", "_facts", "_set_aside", "_themes")

    def __init__(self, context: Context, deadlines: Deadlines, set_aside: SetAside) -> None:
        self._context = context
        self._facts = context.facts
        self._deadlines = deadlines
        self._set_aside = set_aside
        self._themes = Matter(THEME, "")
        """The matter for which the midnight is set, in place of all themes."""

    def judge_themes(self, midnight: int) -> None:
        """Have every theme judged that emerges at ``midnight`` (ms) or did before; set the next."""
        try:
            themes = self._facts.call_reviews.judge_themes(midnight)
        except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
            self._set_aside.add_force(THEMES, error)
        else:
            self._facts.concern(self._facts.matter(THEME, theme) for theme in sorted(themes))
        self.schedule()

    def schedule(self) -> None:
        """Set the next midnight, if none is set and there are reviews to judge at it."""
        if MIDNIGHT not in self._themes.wakes and self._facts.call_reviews.watches_themes(self._context.clock):
            self._deadlines.set(self._themes, MIDNIGHT, local_time_on_day_of(self._context.clock, 24, 0))

    def catch_up(self, stopped_at: int) -> None:
        """Judge as at the last midnight if it came after ``stopped_at`` (ms), while nothing was judged."""
        midnight = local_time_on_day_of(self._context.clock, 0, 0)
        if stopped_at < midnight:
            self.judge_themes(midnight)

    def resume(self) -> None:
        """Take up after a restart which themes have emerged, as the alerts on them say."""
        for theme, matter in self._facts.matters[THEME].items():
            if any(stored.alert.status == "BREACHED" for stored in matter.alerts):
                self._facts.call_reviews.emerging[theme] = None

    def judge_unsettled(self) -> None:
        """Judge as at the last midnight again if what emerged then may still be without an alert."""
        midnight = local_time_on_day_of(self._context.clock, 0, 0)
        if self._context.clock < midnight + self._context.book.settling_time:
            self.judge_themes(midnight)
