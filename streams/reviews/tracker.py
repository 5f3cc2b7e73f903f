"""The review queue of one force, kept up to date as reports come, change, are judged and grow old.

A report is listed from the first moment at which nobody has judged it and nothing settles it; from then on its entry
says what has become of it.  While it is young enough to be read, all that its entry says follows from the facts alone.
From the moment it becomes too old its probability stays, so that entries of years ago need no attention at midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from schemas.products import Review
from streams.facts.context import Context
from streams.facts.matters import CRIME, REPORT_KINDS, Kind, Matter
from streams.policy.calendar import local_time_on_day_of
from streams.policy.review_policy import RatioName
from streams.reviews.judged import judged
from streams.reviews.key import ReviewKey
from streams.reviews.lapses import Lapses
from streams.reviews.queue import Likelihood, key_of, lapses_at, likelihood, review, review_status
from streams.reviews.same_people import SamePeople
from streams.reviews.taught_priors import TaughtPriors
from streams.reviews.waiting import WaitingReviews

REVIEW: Final = "review"
"""What a report that cannot be listed is set aside under, in place of a rule's id."""


class _Entry:
    """A listed report.

    There are very many: what its review says besides is worked out when it is asked for.
    """

    __slots__ = ("digest", "key", "lapsed", "likelihood", "repeat")

    def __init__(self, restored: Review | None = None, *, lapsed: bool = False) -> None:
        self.likelihood = None if restored is None else Likelihood(restored.probability, restored.reasons)
        """As it was worked out last; None: not yet."""
        self.digest = None if restored is None else hash(restored)
        """Of the review as it was worked out last: its hash."""
        self.key: ReviewKey | None = None
        self.repeat: RatioName | None = None
        self.lapsed = lapsed
        """Whether the report is too old to be read: its probability stays as it is."""


class ReviewQueue:
    """The listed reports of one force."""

    def __init__(
        self, context: Context, set_aside: Callable[[Matter, str, Exception], None], *, is_kept: bool = True
    ) -> None:
        """``set_aside`` is given a report that cannot be listed; without ``is_kept`` none ever is."""
        self._context = context
        self._is_kept = is_kept
        self._set_aside = set_aside
        policy = context.book.reviews
        self._priors = TaughtPriors(policy)
        self._people = SamePeople(context.facts, policy)
        self._entries: dict[Matter, _Entry] = {}
        self._by_key: dict[ReviewKey, dict[Matter, None]] = {}
        """The listed reports that are young enough to be read."""
        self._lapses = Lapses(self._lapses_at)
        self._to_review: dict[Matter, None] = {}
        self._gone: dict[tuple[Kind, str], None] = {}
        """What was forgotten or erased, to be deleted where it is published."""
        self._unpublished: dict[Matter, Review] = {}
        """The reviews that are others than the ones published."""
        self._restored: dict[tuple[Kind, str], Review] = {}
        """What was published before a restart, of reports that were not judged again yet."""

    # -- as facts change ------------------------------------------------------------------------------------------

    def update(self, matter: Matter) -> None:
        """Take in a matter that was judged again: list it if it is to be read, and learn from it if it was."""
        if not self._is_kept:
            return
        if matter.kind is CRIME:
            self._people.update(matter)
        elif matter.kind in REPORT_KINDS and matter.held:
            try:
                self._update_report(matter)
            except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
                self._set_aside(matter, REVIEW, error)

    def _update_report(self, report: Matter) -> None:
        context = self._context
        self._people.update(report)
        if context.facts.readings_of or context.facts.assessments_of or self._priors.has_learnt:
            taught = judged(report, context)
            if taught is not None or self._priors.has_judged(report):
                self._priors.learn(report, key_of(report, context), taught)
        entry = self._entries.get(report) or self._list(report)
        if entry is not None:
            if entry.lapsed and context.clock < lapses_at(report, context):
                entry.lapsed = False  # It was received later than had been stated.
                self._lapses.add(report)
            self._to_review[report] = None

    def _list(self, report: Matter) -> _Entry | None:
        """Return the new entry of a report that is to be read, or was listed before a restart; or None."""
        restored = self._restored.pop((report.kind, report.ref), None) if self._restored else None
        if restored is not None:
            entry = _Entry(restored, lapsed=self._context.clock >= lapses_at(report, self._context))
        elif review_status(report, self._context) == "WAITING":
            entry = _Entry()
        else:
            return None
        self._entries[report] = entry
        if not entry.lapsed:
            self._lapses.add(report)
        return entry

    def facts_changed(self, matters: Iterable[Matter]) -> None:
        """Take in matters of which anything changed: also by a score, which nobody judges by."""
        if self._context.book.reviews.score_weight:
            self._to_review.update(dict.fromkeys(matter for matter in matters if matter in self._entries))

    def forget(self, matters: Iterable[Matter]) -> list[Matter]:
        """Take out what is forgotten or erased; return the reports that were listed."""
        listed = []
        for matter in matters:
            self._people.discard(matter)
            if matter.kind in REPORT_KINDS:
                self._priors.learn(matter, None, None)
                self._to_review.pop(matter, None)
                self._unpublished.pop(matter, None)
                entry, name = self._entries.pop(matter, None), (matter.kind, matter.ref)
                if entry is not None:
                    self._put_under_key(matter, entry, None)
                if entry is not None or self._restored.pop(name, None) is not None:
                    self._gone[name] = None
                    listed.append(matter)
        return listed

    def erase(self, names: Collection[tuple[str, str]]) -> None:
        """Delete what is published of erased reports (kind, reference) that were not judged since a restart."""
        for kind, ref in tuple(self._restored) if self._restored else ():
            if (kind.name, ref) in names:
                del self._restored[kind, ref]
                self._gone[kind, ref] = None

    # -- as time passes -------------------------------------------------------------------------------------------

    def next_lapse(self) -> int | None:
        """Return when (ms) the next listed report becomes too old, or None."""
        return self._lapses.next_at()

    def lapse(self, moment: int) -> None:
        """Have the reports that become too old at ``moment`` (ms), or did before, reviewed for the last time."""
        first = self._lapses.next_at()
        if first is None or first > moment:
            return
        due = [
            report
            for report in self._lapses.pop_due(moment)
            if report in self._entries and not self._entries[report].lapsed
        ]
        if not due:
            return
        self._pass_midnight()
        self._update_repeats()
        for report in due:
            entry = self._entries[report]
            try:
                if self._context.clock < lapses_at(report, self._context):
                    self._lapses.add(report)
                    continue
                self._review(report, entry)
            except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
                self._set_aside(report, REVIEW, error)
            entry.lapsed = True
            self._put_under_key(report, entry, None)

    def _lapses_at(self, report: Matter) -> int | None:
        return lapses_at(report, self._context) if report in self._entries else None

    def _pass_midnight(self) -> None:
        self._priors.pass_midnight(local_time_on_day_of(self._context.clock, 0, 0))

    # -- what is published ----------------------------------------------------------------------------------------

    def drain(self) -> list[tuple[Kind, str, Review | None]]:
        """Return the reviews that became different since the last drain; None: to be deleted.

        1. Let what was judged before the last local midnight count.  Take the young reports whose key learnt something,
           and those that are repeats now, or no longer.
        2. Review these and all that changed.
        """
        self._pass_midnight()
        self._update_repeats()
        for key in self._priors.changed:
            self._to_review.update(self._by_key.get(key, {}))
        self._priors.changed.clear()
        self._review_changed()
        drained: list[tuple[Kind, str, Review | None]] = [(kind, ref, None) for kind, ref in self._gone]
        drained += [(report.kind, report.ref, reviewed) for report, reviewed in self._unpublished.items()]
        self._gone, self._unpublished = {}, {}
        return drained

    def _update_repeats(self) -> None:
        """Work out anew who is a repeat where anything changed, once for each victim."""
        for matters, found in self._people.drain_touched():
            for matter in matters:
                entry = self._entries.get(matter)
                if entry is not None and not entry.lapsed and entry.repeat != found.get(matter):
                    entry.repeat = found.get(matter)
                    self._to_review[matter] = None

    def _review_changed(self) -> None:
        to_review, self._to_review = self._to_review, {}
        if to_review:
            self._context.clear_caches()
        for report in to_review:
            try:
                self._review(report, self._entries[report])
            except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
                self._set_aside(report, REVIEW, error)

    def _review(self, report: Matter, entry: _Entry) -> None:
        """Work out what an entry says; of a report that is too old the probability stays."""
        if entry.lapsed:
            if entry.likelihood is None:
                return
        else:
            if not self._people.knows(report):
                entry.repeat = None
            key = key_of(report, self._context)
            self._put_under_key(report, entry, key)
            entry.likelihood = likelihood(report, self._context, key, self._priors.of(key), entry.repeat)
        reviewed = review(report, self._context, entry.likelihood)
        digest = hash(reviewed)
        if digest != entry.digest:
            entry.digest = digest
            self._unpublished[report] = reviewed

    def _put_under_key(self, report: Matter, entry: _Entry, key: ReviewKey | None) -> None:
        """Keep a report under its key; None: under none."""
        if entry.key == key:
            return
        if entry.key is not None:
            del self._by_key[entry.key][report]
            if not self._by_key[entry.key]:
                del self._by_key[entry.key]
        entry.key = key
        if key is not None:
            self._by_key.setdefault(key, {})[report] = None

    def reviews(self) -> Iterator[Review]:
        """Yield every review, with what was last worked out of its probability."""
        self._context.clear_caches()
        for report, entry in self._entries.items():
            if entry.likelihood is not None:
                yield review(report, self._context, entry.likelihood)

    def waiting(self) -> WaitingReviews:
        """Begin to count the entries that wait."""
        young = [report for report, entry in self._entries.items() if not entry.lapsed]
        return WaitingReviews(self._context, young, self._review_of)

    def _review_of(self, report: Matter) -> Review | None:
        entry = self._entries.get(report)
        return None if entry is None or entry.likelihood is None else review(report, self._context, entry.likelihood)

    # -- after a restart ------------------------------------------------------------------------------------------

    def restore(self, kind: Kind, published: Review) -> None:
        """Take back a review that was published before a restart."""
        self._restored[kind, published.normalised_ref] = published

    def resume(self, *, is_whole: bool) -> None:
        """Delete after a restart what is published of reports that are not known any more.

        Where the state is not whole, since it was lost, every report is still to come.
        """
        for kind, ref in tuple(self._restored) if is_whole else ():
            if ref not in self._context.facts.matters[kind]:
                del self._restored[kind, ref]
                self._gone[kind, ref] = None
