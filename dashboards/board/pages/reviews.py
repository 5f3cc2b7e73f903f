"""The pages of the review queue: what waits, one report at a time, its answer, and the next."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

import msgspec
from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.wording import sentence
from dashboards.board.drawings.timeline import Timeline, record_entries, timeline
from dashboards.board.pages import assessing, review_queue
from dashboards.board.pages.handler import SEE_OTHER, Visit
from dashboards.board.readmodel import alerts, assessments, leases, reviews
from dashboards.board.readmodel.assessments import ShownAssessment
from dashboards.board.readmodel.cases import StoredCases
from dashboards.board.readmodel.leases import Lease
from dashboards.board.readmodel.reviews import QueueEntry
from dashboards.board.readmodel.unreported import suggestions_of
from schemas.products import Review
from schemas.records import Assessment
from streams.actions import ActionRefusedError
from streams.reports.linked_cases import CaseSubject, HeldCase, follow_links
from streams.reviews.probable_crimes import probable_crime, probable_crimes

_NOT_THERE: Final = "There is no such report in the queue, or it is another force's."
_JUDGED: Final = "Somebody has judged this report meanwhile, or it is settled. Your answer was not written."


class ReviewDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What the page of one report shows; times in ms."""

    entry: QueueEntry
    waits: bool
    """Whether it still waits for somebody's answer."""
    lease: Lease | None
    """Whose it is: None where it no longer waits."""
    related: list[HeldCase]
    """The report's own record first."""
    unheld: list[CaseSubject]
    others: list[alerts.AlertListItem]
    assessments: list[ShownAssessment]
    timeline: Timeline
    present: int
    wall: int


def show(visit: Visit) -> Response:
    """Show what waits of each force, and which of it is read first."""
    queues = [review_queue.queue_of(visit, force) for force in review_queue.forces_of(visit)]
    with visit.board.model.reading() as connection:
        rows = {queue.force: reviews.entries(connection, queue.keys[: queue.first]) for queue in queues}
        held = leases.held(connection, visit.board.clock())
        crimes = probable_crimes(suggestions_of(connection, list(rows)))
    return visit.page(
        "reviews.html",
        probable_crime=lambda review: probable_crime(review, crimes),
        queues=queues,
        rows=rows,
        leases=held,
        path=_path,
        **_last(visit, [queue.force for queue in queues]),
    )


def show_report(visit: Visit) -> Response:
    """Show one report to whoever reads it, and keep it for them for a while."""
    query = visit.request.query_params
    entry = _find(visit, *(query.get(name, "") for name in ("force", "system", "ref")))
    return visit.missing(_NOT_THERE) if entry is None else _page(visit, entry)


def go_on(visit: Visit) -> Response:
    """Give whoever asks the next report of a force."""
    force = visit.text("force")
    if force not in review_queue.forces_of(visit):
        return visit.missing("There is no such force, or you may not see it.")
    visit.board.note(visit.person, "NEXT_REVIEW", force)
    return _next(visit, force)


def answer(visit: Visit) -> Response:
    """Write what somebody says of the report that they read, or skip it, and give them the next."""
    entry = _find(visit, *(visit.text(name) for name in ("force", "system", "ref")))
    if entry is None:
        return visit.missing(_NOT_THERE)
    board, person, review = visit.board, visit.person, entry.review
    if visit.text("answer") == "SKIP":
        board.note(person, "SKIP_REVIEW", f"{review.system} {review.ref}")
        leases.skip(board.model, person.name, entry.key, board.clock())
        return _next(visit, review.force)
    try:
        assessment = assessing.assessment_of(visit, review.force, review.system, review.ref)
    except ActionRefusedError as refusal:
        return _page(visit, entry, error=sentence(str(refusal)), status=422)
    if assessing.was_sent(visit, assessment):
        return _next(visit, review.force)
    lease = leases.take(board.model, person.name, entry.key, board.clock())
    if lease.name != person.name:
        words = f"{lease.name} reads this report now. Your answer was not written."
        return _page(visit, entry, error=words, status=409)
    with board.model.reading() as connection:
        waits = reviews.still_waits(connection, entry.key)
    if not waits:
        return _page(visit, entry, error=_JUDGED, status=409)
    if (failure := assessing.send(visit, assessment)) is not None:
        return _page(visit, entry, error=failure, status=503)
    leases.release(board.model, person.name, entry.key)
    return _next(visit, review.force)


def leave(visit: Visit) -> Response:
    """Give back the report that somebody reads no longer, unless another page of theirs shows it."""
    entry = _find(visit, *(visit.text(name) for name in ("force", "system", "ref")))
    if entry is not None:
        leases.release(visit.board.model, visit.person.name, entry.key, visit.text("token"))
    return RedirectResponse("/reviews", SEE_OTHER)


def _find(visit: Visit, force: str, system: str, ref: str) -> QueueEntry | None:
    with visit.board.model.reading() as connection:
        return reviews.find(connection, visit.person, force, system, ref)


def _next(visit: Visit, force: str) -> Response:
    entry = review_queue.take_next(visit, force)
    return RedirectResponse("/reviews" if entry is None else _path(entry.review), SEE_OTHER)


def _path(about: Review | Assessment) -> str:
    """Return the address of the page of a report."""
    return f"/reviews/report?{urlencode({'force': about.force, 'system': about.system, 'ref': about.ref})}"


def _last(visit: Visit, forces: Iterable[str]) -> dict[str, object]:
    """Return what somebody answered last, and what taking it back needs."""
    answers = [given for force in forces if (given := review_queue.last_answer(visit, force)) is not None]
    last = max(answers, key=lambda given: given.given_at, default=None)
    return {"last": last, "last_path": None if last is None else _path(last.newest), "undo_id": str(uuid.uuid4())}


def _page(visit: Visit, entry: QueueEntry, *, error: str | None = None, status: int = 200) -> Response:
    details, review = _details(visit, entry), entry.review
    own = next((held.case for held in details.related if held.subject == _subject(entry)), None)
    form = None
    if details.lease is not None and details.lease.name == visit.person.name:
        likely = assessing.likely_class(own, visit.board.book.reviews)
        form = assessing.form_for(visit.person, review.force, review.system, review.ref, "/reviews/answer", likely)
    return visit.page(
        "review.html",
        status,
        details=details,
        review=review,
        own=own,
        queue=review_queue.queue_of(visit, review.force),
        assess=form,
        skips=True,
        error=error,
        sent=visit.form,
        policy=visit.board.book.actions,
        fresh_wall=details.wall,
        back=_path(review),
        assessments=details.assessments,
        **_last(visit, [review.force]),
    )


def _details(visit: Visit, entry: QueueEntry) -> ReviewDetails:
    board, review, start = visit.board, entry.review, _subject(entry)
    wall = board.clock()
    with board.model.reading() as connection:
        waits = reviews.still_waits(connection, entry.key)
    lease = leases.take(board.model, visit.person.name, entry.key, wall) if waits else None
    present = board.freshness(visit.person).present(review.force)
    with board.model.reading() as connection:
        linked = follow_links(StoredCases(connection), review.force, [start])
        related = sorted(linked.held, key=lambda record: record.subject != start)
        subjects = [start, *(record.subject for record in related)]
        return ReviewDetails(
            entry=entry,
            waits=waits,
            lease=lease,
            related=related,
            unheld=sorted(linked.unheld),
            others=alerts.about_subjects(connection, review.force, subjects),
            assessments=assessments.of_record(connection, review.force, *start),
            timeline=timeline(record_entries(related), review.due_at, present),
            present=present,
            wall=wall,
        )


def _subject(entry: QueueEntry) -> CaseSubject:
    return entry.review.system, entry.review.normalised_ref
