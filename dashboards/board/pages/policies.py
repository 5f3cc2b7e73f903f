"""Policies compared: what one limit or another would have meant, and whole policies over a force's records."""

from __future__ import annotations

import uuid
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from dashboards.board.domain.figures import cells
from dashboards.board.domain.policy_choices import LIMITS, Chosen
from dashboards.board.pages.board import board_of
from dashboards.board.pages.endpoint import SEE_OTHER, Visit, session_of
from dashboards.board.pages.figures import MONTHS, period_shown
from dashboards.board.readmodel import counting, policy_comparisons
from dashboards.board.readmodel.policy_comparisons import Asked, PolicyComparison
from streams.policy import Policy, PolicyError
from streams.policy.calendar import DAY, HOUR

PHASES: Final = {
    "READING": "Reading the records",
    "JUDGING_CHOSEN": "Judging by the policy chosen",
    "JUDGING_IN_FORCE": "Judging by the policy in force",
    "WRITING": "Keeping the result",
}
STATES: Final = {"QUEUED": "Waiting", "RUNNING": "Under way", "DONE": "Done", "FAILED": "Failed"}
_HOURS: Final = (
    ("1 hour", HOUR),
    ("24 hours", DAY),
    ("72 hours", 3 * DAY),
    ("7 days", 7 * DAY),
    ("28 days", 28 * DAY),
)


class Term(msgspec.Struct, frozen=True):
    """A stretch of time in which one set of rules was in force."""

    since: int | None
    policy: Policy


def policies(visit: Visit) -> Response:
    """Show what was compared and what is in force since when; to the registrar, how to compare."""
    return _page(visit)


def ask(visit: Visit) -> Response:
    """Take in what somebody wants compared; it runs when its turn comes."""
    try:
        chosen = _chosen(visit)
        against = visit.board.policies.against()
    except PolicyError as refusal:
        return _page(visit, f"{str(refusal)[:1].upper()}{str(refusal)[1:]}.")
    if chosen.digest == against.digest:
        return _page(visit, "That is the policy in force: nothing could differ.")
    return _asked(visit, visit.text("force"), chosen, against)


def again(visit: Visit) -> Response:
    """Compare a policy once more: with the records and the policy in force as they are now."""
    comparison = find(visit)
    if comparison is None:
        return _missing(visit)
    asked = comparison.asked
    chosen = Chosen(name=asked.chosen_as, version=asked.version, texts=asked.texts)
    try:
        return _asked(visit, asked.force, chosen, visit.board.policies.against())
    except PolicyError as refusal:
        return _page(visit, f"{str(refusal)[:1].upper()}{str(refusal)[1:]}.")


def remove(visit: Visit) -> Response:
    """Forget a comparison; one that is under way stops."""
    comparison = find(visit)
    if comparison is None:
        return _missing(visit)
    visit.board.note(visit.person, "COMPARISON_REMOVED", _path(comparison.asked.comparison_id))
    policy_comparisons.remove(visit.board.model, comparison.asked.comparison_id)
    return RedirectResponse("/fcr/policies", SEE_OTHER)


async def progress(request: Request) -> Response:
    """Tell a page that waits how far its comparison has got; nothing of what it found, so it is not noted."""
    session = await session_of(request)
    if session is None or not session.person.may("register"):
        return Response(status_code=401)
    with board_of(request).model.reading() as connection:
        found = policy_comparisons.one(connection, request.path_params["comparison_id"], session.person)
    if found is None:
        return Response(status_code=404)
    return JSONResponse({"state": found.state, "phase": PHASES.get(found.phase or "", ""), "share": found.share})


def find(visit: Visit) -> PolicyComparison | None:
    """Return the comparison a page is about, if this person may see it."""
    with visit.board.model.reading() as connection:
        return policy_comparisons.one(connection, visit.request.path_params["comparison_id"], visit.person)


def _missing(visit: Visit) -> Response:
    return visit.missing("There is no such comparison, or it is another force's, or it was too old to be kept.")


def _chosen(visit: Visit) -> Chosen:
    """Read which policy a form chooses.  Raises PolicyError where it cannot be used."""
    choices, by = visit.board.policies, visit.text("by")
    if by == "text":
        return choices.given(visit.text("text"))
    if by == "numbers":
        return choices.otherwise(visit.text)
    if by == "name":
        return choices.named(visit.text("name"))
    raise PolicyError("policy: choose which policy to compare")


def _asked(visit: Visit, force: str, chosen: Chosen, against: Chosen) -> Response:
    board, person = visit.board, visit.person
    with board.model.reading() as connection:
        known = policy_comparisons.forces(connection, person)
    if force not in known:
        return _page(visit, "Choose a force.")
    try:
        given = uuid.UUID(visit.text("action_id"))
    except ValueError:
        return _page(visit, "The form was not whole: load the page anew.")
    asked = Asked(
        comparison_id=str(uuid.uuid5(given, person.name)), force=force, asked_by=person.name, asked_at=board.clock(),
        chosen_as=chosen.name, version=chosen.version, digest=chosen.digest, texts=chosen.texts,
        against_version=against.version, against_digest=against.digest, against_texts=against.texts,
    )  # fmt: skip
    board.note(person, "COMPARISON", _path(asked.comparison_id))
    if not policy_comparisons.ask(board.model, asked):
        return _page(visit, "Too many comparisons wait already. Remove one, or try again later.", 503)
    return RedirectResponse(_path(asked.comparison_id), SEE_OTHER)


def _path(comparison_id: str) -> str:
    return f"/fcr/policies/{comparison_id}"


def _page(visit: Visit, error: str = "", status: int = 422) -> Response:
    period = period_shown(visit, MONTHS)
    board, person = visit.board, visit.person
    wanted_force = visit.request.query_params.get("force", "")
    with board.model.reading() as connection:
        known = counting.delays(connection, period.start, period.end, person)
        versions = counting.by_policy(connection, person)
        forces = policy_comparisons.forces(connection, person)
        made = policy_comparisons.listed(connection, person, wanted_force) if person.may("register") else []
    limits = cells(
        [(label, sum(delay is not None and delay <= limit for delay in known), len(known)) for label, limit in _HOURS],
        private=False, reveal=True,
    )  # fmt: skip
    since = (None, *board.book.starts)
    terms = [Term(start, policy) for start, policy in zip(since, board.book.periods, strict=True)]
    return visit.page(
        "policies.html", status if error else 200, period=period, limits=limits, versions=versions, terms=terms,
        book=board.book, made=made, forces=forces, wanted_force=wanted_force, names=board.policies.names(),
        rows=LIMITS, states=STATES, action_id=str(uuid.uuid4()), error=error, wall=board.clock(),
    )  # fmt: skip
