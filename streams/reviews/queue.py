"""Which reports are in the review queue, and what an entry says."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from schemas.products import Review, ReviewStatus
from schemas.records import Incident, ProtectionReport, Referral
from schemas.times import LATEST
from streams.facts.context import Context
from streams.facts.matters import Matter, Report
from streams.obligations.assessments import given_assessments
from streams.obligations.counting import counting_crimes
from streams.obligations.dispositions import disposition_of, stated_since, unverified_fields
from streams.obligations.recording import is_no_report_throughout
from streams.obligations.text import has_text
from streams.policy.review_policy import RatioName, ReviewPolicy
from streams.reviews.key import ReviewKey, key_ratios, review_key
from streams.reviews.probability import log_odds, probability, scored
from streams.reviews.ratios import OwnFacts, own_ratios, prior_reasons, reasons, score_reason
from streams.reviews.taught_priors import TaughtPrior

ASB = "ASB"
"""The code by which an ASB report goes, which has none."""


class Likelihood(NamedTuple):
    """How probable it is that a report discloses an unrecorded crime, and what speaks for it, in words."""

    probability: float
    reasons: tuple[str, ...]


class Codes(NamedTuple):
    """By which codes a report was opened and closed."""

    opening: str
    closing: str | None


def codes_of(report: Report) -> Codes:
    """Return a report's codes; one that has none goes by its unit, its kind or ASB."""
    match report:
        case Incident():
            return Codes(report.opening_code, report.closing_code if has_text(report.closing_code) else None)
        case Referral():
            return Codes(report.unit, None)
        case ProtectionReport():
            return Codes(report.kind, None)
        case _:
            return Codes(ASB, None)


def received_at(report: Matter[Report]) -> int:
    """Return when (ms) a report was received, as first stated."""
    return int(getattr(report.record.first, report.kind.begins))


def lapses_at(report: Matter[Report], context: Context) -> int:
    """Return when (ms) a report becomes too old to be read."""
    return received_at(report) + context.book.reviews.queue_age


def review_status(report: Matter[Report], context: Context) -> ReviewStatus:
    """Return the status of a report's entry; a report is listed from when it first would be WAITING."""
    if given_assessments(report, context):
        return "ASSESSED"
    if _is_settled(report, context):
        return "SETTLED"
    return "LAPSED" if context.clock >= lapses_at(report, context) else "WAITING"


def _is_settled(report: Matter[Report], context: Context) -> bool:
    """Return whether a report says itself what it is: a count, no report, a crime, or a verified answer."""
    for snapshot in report.record.effective:
        if snapshot.crimes_expected is not None:
            return True
    newest = report.newest
    if isinstance(newest, Incident) and is_no_report_throughout(newest, context.policy(received_at(report))):
        return True
    if counting_crimes(report, context):
        return True
    if disposition_of(newest) is None:
        return False
    return stated_since(report, context) is not None and not unverified_fields(report, context)


def key_of(report: Matter[Report], context: Context) -> ReviewKey:
    """Return the key of a report as it is now."""
    newest = report.newest
    codes, disposition = codes_of(newest), disposition_of(newest)
    return review_key(
        context.book.reviews.families,
        codes.opening,
        codes.closing,
        disposition,
        unverified=disposition is not None and bool(unverified_fields(report, context)),
    )


def own_facts(report: Report, repeat: RatioName | None) -> OwnFacts:
    """Return what a report shows besides its key."""
    match report:
        case Incident():
            return OwnFacts(report.qualifiers, report.reporter, report.officer_dispatched, repeat)
        case Referral() | ProtectionReport():
            return OwnFacts(reporter="PROFESSIONAL", repeat=repeat)
        case _:
            return OwnFacts(repeat=repeat)


def newest_score(report: Matter[Report], context: Context) -> float | None:
    """Return the newest score of any model, or None: the last by event_time, then by the model's name."""
    records = context.facts.scores_of.get((report.kind.system, report.ref), {})
    newest = [record.newest for record in records.values() if record.effective_count]
    score = max(newest, key=lambda score: (score.event_time, score.model.encode()), default=None)
    return None if score is None else score.probability


def likelihood(
    report: Matter[Report], context: Context, key: ReviewKey, taught: TaughtPrior, repeat: RatioName | None
) -> Likelihood:
    """Return the likelihood of a listed report, by its key's prior as taught so far."""
    policy = context.book.reviews
    own = own_ratios(own_facts(report.newest, repeat), policy.vulnerable_qualifiers)
    return _likelihood(policy, key, taught, own, newest_score(report, context) if policy.score_weight else None)


@lru_cache(maxsize=16_384)
def _likelihood(
    policy: ReviewPolicy, key: ReviewKey, taught: TaughtPrior, own: tuple[RatioName, ...], score: float | None
) -> Likelihood:
    """Return a likelihood by all that it rests on: very many reports share one."""
    odds = by_evidence = log_odds(taught.prior.mean, map(policy.log_ratio, own), policy.evidence_cap)
    if score is not None:
        odds = scored(by_evidence, score, policy.score_weight, policy.score_cap)
    words = (
        *prior_reasons(key.opening, taught.crimes, taught.none),
        *reasons((*key_ratios(key, policy.families), *own), policy),
        *score_reason(by_evidence, odds),
    )
    return Likelihood(probability(odds), words)


def review(report: Matter[Report], context: Context, found: Likelihood) -> Review:
    """Return the entry of a listed report."""
    begins = received_at(report)
    return Review(
        force=context.force,
        system=report.kind.system,  # type: ignore[arg-type]  # only reports are listed
        ref=report.written_ref(),
        normalised_ref=report.ref,
        team=getattr(report.newest, "team", None),
        reported_at=begins,
        due_at=min(begins + context.policy(begins).recording_limit, LATEST),
        probability=found.probability,
        reasons=found.reasons,
        status=review_status(report, context),
    )
