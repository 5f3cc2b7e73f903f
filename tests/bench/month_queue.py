"""Read the review queue of a month as one decision maker does, by several orders, and count what is found.

Every morning the first reports of the day's number are read; what is true of each is answered, and the next morning
comes.  Reading goes on while records are still saved after the month's last day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from deploy.scenario.month import Month
from deploy.scenario.month.shares import DAYS_COUNTED
from deploy.scenario.month.truth import TrueReport
from schemas.identifiers import IncidentRef, normalise
from schemas.products import Review
from schemas.records import Assessment
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.policy.calendar import DAY, HOUR
from streams.reviews.model.lessons import lessons
from streams.reviews.model.review_model import ReviewModel, scores, train
from streams.reviews.order import in_order

Order: TypeAlias = Callable[[Iterable[Review], Monitor, PolicyBook], Sequence[Review]]
ReportName: TypeAlias = tuple[str, str]
"""System and normalised reference."""

MORNING = 9 * HOUR
TRAINED_EVERY = 7
"""How many days a model is used."""
DAYS_AFTER = 6
"""How many mornings are read after the month's last."""


def as_the_board_shows(reviews: Iterable[Review], monitor: Monitor, book: PolicyBook) -> Sequence[Review]:
    """Return the queue's own order."""
    assert monitor.clock is not None
    return in_order(reviews, monitor.clock, book.reviews)


def as_they_arrived(reviews: Iterable[Review], monitor: Monitor, book: PolicyBook) -> Sequence[Review]:
    """Return the oldest first."""
    waiting = (review for review in reviews if review.status == "WAITING")
    return sorted(waiting, key=lambda review: (review.reported_at, review.system, review.normalised_ref))


def by_closing_code(reviews: Iterable[Review], monitor: Monitor, book: PolicyBook) -> Sequence[Review]:
    """Return the likeliest closing code first, by the policy's shares; where a log is open, by its opening code."""
    families = book.reviews.families
    incidents = monitor.context.facts.incidents

    def share(review: Review) -> float:
        matter = incidents.get(IncidentRef(review.normalised_ref)) if review.system == "STORM" else None
        if matter is None:
            return families.of("ASB" if review.system == "SENTINEL" else "CAIU").share
        return families.of(matter.newest.closing_code or matter.newest.opening_code).share

    oldest_first = as_they_arrived(reviews, monitor, book)
    return sorted(oldest_first, key=share, reverse=True)


ORDERS: dict[str, Order] = {
    "queue": as_the_board_shows,
    "order of arrival": as_they_arrived,
    "closing code": by_closing_code,
}


class Reader:
    """One decision maker: reads the first reports of each morning, and says what is true of them."""

    def __init__(
        self,
        month: Month,
        book: PolicyBook,
        order: Order,
        audit: Callable[[Monitor], object] | None = None,
        *,
        has_model: bool = False,
    ) -> None:
        """``audit`` is done once, after the first 30 days.

        With ``has_model``, from then on a model is trained every week, and scores what waits every morning.
        """
        self._month = month
        self._book = book
        self._order = order
        self._audit = audit
        self._has_model = has_model
        self.model: ReviewModel | None = None
        self.monitor = Monitor("LEICS", book, keeps_state=False)
        self._truth = {name_of(report): report for report in month.truth.reports}
        self.read: dict[ReportName, int] = {}
        """On which day each report was read."""
        self.held: Counter[str] = Counter()
        """How many of the reports read hid a crime, awaited its record, or disclosed none."""

    def read_all(self) -> None:
        """Read every morning of the month."""
        snapshots, place = self._month.snapshots, 0
        for day in range(len(self._month.midnights) - 1 + DAYS_AFTER):
            morning = self._month.start + (day + 1) * DAY + MORNING
            while place < len(snapshots) and snapshots[place].event_time <= morning:
                self.monitor.apply(snapshots[place], morning)
                place += 1
            self.monitor.advance(morning)
            if self._audit is not None and day == DAYS_COUNTED:
                self._audit(self.monitor)
            self.monitor.drain()
            if self._has_model and day >= DAYS_COUNTED:
                self._score(day, morning)
            ordered = self._order(self.monitor.reviews(), self.monitor, self._book)
            for review in ordered[: self._book.reviews.daily_number]:
                self._answer(review, morning, day)

    def _score(self, day: int, morning: int) -> None:
        """Score what waits, as the commands do, with the model of the week."""
        context = self.monitor.context
        if (day - DAYS_COUNTED) % TRAINED_EVERY == 0:
            self.model = train(lessons(context), context.force, context.clock)
        if self.model is not None:
            for score in list(scores(context, self.model)):
                self.monitor.apply(score, morning)
            self.monitor.advance(morning)
            self.monitor.drain()

    def _answer(self, review: Review, morning: int, day: int) -> None:
        name = review.system, review.normalised_ref
        true = self._truth.get(name)
        kind = "no crime" if true is None else "a hidden crime" if true.place else "a crime not recorded yet"
        self.held[kind] += 1
        self.read[name] = day
        self.monitor.apply(
            Assessment(
                event_id=f"read {name}",
                force=review.force,
                source="BOARD",
                event_time=morning + 1,
                system=review.system,
                ref=review.ref,
                crimes=0 if true is None else true.crimes,
                rationale="Read the whole log.",
                assessed_by="DDM1",
                assessed_role="DDM",
                assessed_at=morning + 1,
            ),
            morning + 1,
        )

    def found(self, first_day: int, last_day: int) -> dict[str, float | int]:
        """Return how many crimes hidden in logs of some days were read, and all hidden ones with them."""
        first, last = self._month.midnights[first_day], self._month.midnights[last_day]
        hidden = [report for report in self._month.truth.hidden if first <= report.reported_at < last]
        in_logs = [report for report in hidden if report.place not in {"REFERRAL", "PROTECTION"}]
        return {
            "hidden in logs": len(in_logs),
            "read of those": sum(name_of(report) in self.read for report in in_logs),
            "share": round(sum(name_of(report) in self.read for report in in_logs) / len(in_logs), 3),
            "share of all hidden": round(sum(name_of(report) in self.read for report in hidden) / len(hidden), 3),
        }


def name_of(report: TrueReport) -> ReportName:
    """Return by what name the queue knows a report."""
    return report.system, normalise(report.ref)
