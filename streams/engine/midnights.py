"""The local midnights at which the themes of reviewed calls are judged."""

from __future__ import annotations

from streams.engine.timers import MIDNIGHT, Deadlines
from streams.facts.context import Context
from streams.facts.matters import THEME, Matter
from streams.policy.calendar import local_time_on_day_of


class Midnights:
    """Has themes judged at each local midnight that may find anything, or clear anything."""

    __slots__ = ("_context", "_deadlines", "_facts", "_themes")

    def __init__(self, context: Context, deadlines: Deadlines) -> None:
        self._context = context
        self._facts = context.facts
        self._deadlines = deadlines
        self._themes = Matter(THEME, "")
        """Stands for all themes where their midnight is set."""

    def strike(self, midnight: int) -> None:
        """Have every theme judged that is found at ``midnight`` (ms) or was at the last one, and set the next."""
        found = self._facts.call_reviews.judge_themes(midnight)
        self._facts.concern(self._facts.matter(THEME, theme) for theme in sorted(found))
        self.watch()

    def watch(self) -> None:
        """Set the next midnight, if none is set and there are reviews to judge at it."""
        if MIDNIGHT not in self._themes.wakes and self._facts.call_reviews.watches_themes(self._context.clock):
            self._deadlines.set(self._themes, MIDNIGHT, local_time_on_day_of(self._context.clock, 24, 0))

    def catch_up(self, away_since: int) -> None:
        """Judge as at the last midnight if it struck after ``away_since`` (ms), while nobody watched."""
        midnight = local_time_on_day_of(self._context.clock, 0, 0)
        if away_since < midnight:
            self.strike(midnight)

    def resume(self) -> None:
        """Take over after a restart what the alerts on themes say."""
        for theme, matter in self._facts.matters[THEME].items():
            if any(kept.alert.status == "BREACHED" for kept in matter.alerts):
                self._facts.call_reviews.emerging[theme] = None

    def resume_settling(self) -> None:
        """Judge as at midnight again where what was found then had no time to settle: no alert says it yet."""
        midnight = local_time_on_day_of(self._context.clock, 0, 0)
        if self._context.clock < midnight + self._context.book.settling_time:
            self.strike(midnight)
