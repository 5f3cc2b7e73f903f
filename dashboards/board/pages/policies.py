"""The policies page: what other recording limits would have meant, and whole policies compared."""

from __future__ import annotations

import uuid
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from dashboards.board.domain.indicators import INDICATORS, proportions, together
from dashboards.board.domain.policy_choices import LIMITS, ChosenPolicy
from dashboards.board.domain.wording import sentence
from dashboards.board.pages.alert_actions import action_id
from dashboards.board.pages.board import board_of
from dashboards.board.pages.figures import MONTHS, dates_shown
from dashboards.board.pages.handler import SEE_OTHER, Visit, session_of
from dashboards.board.readmodel import figures as figure_queries
from dashboards.board.readmodel import policies as policy_queries
from dashboards.board.readmodel import policy_comparisons
from dashboards.board.readmodel.policy_comparisons import ComparisonRequest, PolicyComparison
from streams.actions import ActionRefusedError
from streams.policy import Policy, PolicyError
from streams.policy.calendar import DAY, HOUR

PHASES: Final = {
    "READING": "Reading the records",
    "JUDGING_CHOSEN": "Judging by the policy chosen",
    "JUDGING_IN_FORCE": "Judging by the policy in force",
    "WRITING": "Keeping the result",
}
STATES: Final = {"QUEUED": "Waiting", "RUNNING": "Under way", "DONE": "Done", "FAILED": "Failed"}
_RECORDING_LIMITS: Final = (
    ("1 hour", HOUR),
    ("24 hours", DAY),
    ("72 hours", 3 * DAY),
    ("7 days", 7 * DAY),
    ("28 days", 28 * DAY),
)


class Term(msgspec.Struct, frozen=True):
    """A time, from ``since`` (ms) on, in which one set of rules is in force; None: from the beginning."""

    since: int | None
    policy: Policy


def show(visit: Visit) -> Response:
    """Show the comparisons, what other recording limits would have meant, and the policy in force."""
    return _page(visit)


def compare(visit: Visit) -> Response:
    """Queue a comparison of the policy chosen with the one in force."""
    try:
        chosen = _chosen(visit)
        against = visit.board.policies.in_force()
    except PolicyError as refusal:
        return _page(visit, sentence(str(refusal)))
    if chosen.digest == against.digest:
        return _page(visit, "That is the policy in force: nothing could differ.")
    return _enqueue(visit, visit.text("force"), chosen, against)


def compare_again(visit: Visit) -> Response:
    """Queue a comparison once more, with the records and the policy in force as they are now."""
    comparison = find(visit)
    if comparison is None:
        return _missing(visit)
    former = comparison.request
    chosen = ChosenPolicy(name=former.chosen_as, version=former.version, texts=former.texts)
    try:
        return _enqueue(visit, former.force, chosen, visit.board.policies.in_force())
    except PolicyError as refusal:
        return _page(visit, sentence(str(refusal)))


def remove(visit: Visit) -> Response:
    """Remove a comparison; one that is under way stops."""
    comparison = find(visit)
    if comparison is None:
        return _missing(visit)
    visit.board.note(visit.person, "COMPARISON_REMOVED", _path(comparison.request.comparison_id))
    policy_comparisons.remove(visit.board.model, comparison.request.comparison_id)
    return RedirectResponse("/fcr/policies", SEE_OTHER)


async def progress(request: Request) -> Response:
    """Answer the waiting page with how far its comparison has got.

    No result is shown, so nothing is audited.
    """
    session = await session_of(request)
    if session is None:
        return Response(status_code=401)
    if not session.person.may("register"):
        return Response(status_code=403)
    with board_of(request).model.reading() as connection:
        comparison = policy_comparisons.find(connection, request.path_params["comparison_id"], session.person)
    if comparison is None:
        return Response(status_code=404)
    phase = PHASES.get(comparison.phase or "", "")
    return JSONResponse({"state": comparison.state, "phase": phase, "share": comparison.share})


def find(visit: Visit) -> PolicyComparison | None:
    """Return the comparison a page is about, if this person may see it."""
    with visit.board.model.reading() as connection:
        return policy_comparisons.find(connection, visit.request.path_params["comparison_id"], visit.person)


def _missing(visit: Visit) -> Response:
    return visit.missing("There is no such comparison, or it is another force's, or it was too old to be kept.")


def _chosen(visit: Visit) -> ChosenPolicy:
    """Read which policy a form chooses.  Raises PolicyError where it cannot be used."""
    choices, by = visit.board.policies, visit.text("by")
    if by == "text":
        return choices.from_text(visit.text("text"))
    if by == "numbers":
        return choices.from_numbers(visit.text)
    if by == "name":
        return choices.by_name(visit.text("name"))
    raise PolicyError("policy: choose which policy to compare")


def _enqueue(visit: Visit, force: str, chosen: ChosenPolicy, against: ChosenPolicy) -> Response:
    board, person = visit.board, visit.person
    with board.model.reading() as connection:
        forces = policy_comparisons.forces(connection, person)
    if force not in forces:
        return _page(visit, "Choose a force.")
    try:
        comparison_id = action_id(visit, "comparison")
    except ActionRefusedError as refusal:
        return _page(visit, sentence(str(refusal)))
    request = ComparisonRequest(
        comparison_id=comparison_id,
        force=force,
        asked_by=person.name,
        asked_at=board.clock(),
        chosen_as=chosen.name,
        version=chosen.version,
        digest=chosen.digest,
        texts=chosen.texts,
        against_version=against.version,
        against_digest=against.digest,
        against_texts=against.texts,
    )
    board.note(person, "COMPARISON", _path(comparison_id))
    if not policy_comparisons.enqueue(board.model, request):
        return _page(visit, "Too many comparisons wait already. Remove one, or try again later.", 503)
    return RedirectResponse(_path(comparison_id), SEE_OTHER)


def _path(comparison_id: str) -> str:
    return f"/fcr/policies/{comparison_id}"


def _page(visit: Visit, error: str = "", status: int = 422) -> Response:
    dates = dates_shown(visit, MONTHS)
    board, person = visit.board, visit.person
    chosen_force = visit.request.query_params.get("force", "")
    with board.model.reading() as connection:
        delays = policy_queries.recording_delays(connection, dates.start, dates.end, person)
        disclosed = figure_queries.by_month(connection, INDICATORS[0], dates.start, [("", dates.end)], person)
        versions = policy_queries.alerts_by_policy(connection, person)
        forces = policy_comparisons.forces(connection, person)
        comparisons = policy_comparisons.search(connection, person, chosen_force) if person.may("register") else []
    limits = proportions(
        [
            together(disclosed)._replace(
                label=label,
                found=sum(delay is not None and delay <= limit for delay in delays),
                total=len(delays),
            )
            for label, limit in _RECORDING_LIMITS
        ],
        private=False,
        reveal=True,
        most=board.book.at(board.clock()).not_known_most,
    )
    since = (None, *board.book.starts)
    terms = [Term(start, policy) for start, policy in zip(since, board.book.periods, strict=True)]
    return visit.page(
        "policies.html",
        status if error else 200,
        dates=dates,
        limits=limits,
        versions=versions,
        terms=terms,
        book=board.book,
        comparisons=comparisons,
        forces=forces,
        chosen_force=chosen_force,
        names=board.policies.names(),
        rows=LIMITS,
        states=STATES,
        action_id=str(uuid.uuid4()),
        error=error,
        wall=board.clock(),
    )
