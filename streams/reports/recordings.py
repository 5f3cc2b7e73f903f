"""What became of the crimes that each report disclosed: recorded, in time, and what nobody can say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from streams.facts.context import Context
from streams.facts.matters import PROTECTION_REPORT, REFERRAL, CountingCrime, Matter
from streams.obligations.assessments import crimes_disclosed
from streams.obligations.counting import counting_crimes
from streams.obligations.findings import Condition, Judgement, Obligation
from streams.obligations.recording import is_undisclosed
from streams.rules import RULES

_REFERRED: Final = (REFERRAL, PROTECTION_REPORT)
"""The kinds of report that other agencies send, whose rule asks for crimes and for a decision alike."""


class Recording(NamedTuple):
    """What became of the crimes that one report disclosed, and of others recorded for it."""

    identified: int = 0
    recorded: int = 0
    """Of those identified."""
    unforeseen: int = 0
    """Crimes that count for a report of which nobody had said that it discloses any."""
    in_time: int = 0
    """Of all that count."""
    pending: int = 0
    """Not recorded, with the limit still ahead."""
    unjudged: bool = False
    """Past the limit, and neither its system nor a person ever said how many crimes the report discloses."""
    undecided: bool | None = False
    """Past the limit, and nothing has decided or answered the report; None: its feed does not hold who decided."""
    compared: int = 0
    """Recorded crimes of a report whose class could be compared with theirs."""
    misclassified: bool = False

    @property
    def not_known(self) -> bool:
        """Whether nobody can say what the report discloses: it was never judged, and no crime counts for it."""
        return self.unjudged and not self.unforeseen

    @property
    def totals(self) -> RecordingTotals:
        """The recording as totals of one report."""
        return totals_of([self])


class RecordingTotals(NamedTuple):
    """What became of the crimes of many reports: the sums of their recordings."""

    reports: int = 0
    identified: int = 0
    recorded: int = 0
    """Of those identified."""
    unforeseen: int = 0
    in_time: int = 0
    pending: int = 0
    unjudged: int = 0
    not_known: int = 0
    undated: int = 0
    """Crimes of which nobody can say whether they were recorded in time: no system holds when they were reported."""

    @property
    def counted(self) -> int:
        """All crimes recorded, identified before or not."""
        return self.recorded + self.unforeseen

    def plus(self, other: RecordingTotals) -> RecordingTotals:
        """Return the totals of both together."""
        return RecordingTotals(*(ours + theirs for ours, theirs in zip(self, other, strict=True)))


def totals_of(recordings: Iterable[Recording]) -> RecordingTotals:
    """Add up what became of the crimes of some reports."""
    recordings = list(recordings)
    return RecordingTotals(
        len(recordings),
        *(
            sum(getattr(outcome, name) for outcome in recordings)
            for name in ("identified", "recorded", "unforeseen", "in_time", "pending", "unjudged", "not_known")
        ),
    )


def is_judged(report: Matter, context: Context, rule_id: str) -> bool:
    """Return whether a force has the feeds, beside the report's own, to see by what became of its crimes.

    A feed that nobody connected holds nothing, which is not to say that nothing was recorded.
    """
    return RULES[rule_id].about[report.kind] - {report.record.newest.TOPIC} <= context.completeness.named


def recording(report: Matter, context: Context, rule_id: str) -> Recording:
    """Return what became of a report's crimes, by the rule that requires them to be recorded.

    A report that a valid disposition or decision answers discloses the crimes that are recorded for it, and no more.
    A crime known only because it was recorded makes no report identified.
    """
    obligation = RULES[rule_id].judge(report, context)
    counted = counting_crimes(report, context)
    required = _identified(report, obligation, counted, context)
    due_at = obligation.due_at if isinstance(obligation, Obligation) else _limit(report, context)
    counted = counted[: required or None]
    classified = RULES["offence-misclassified"]
    classification = classified.judge(report, context) if report.kind in classified.about else None
    return Recording(
        identified=required,
        recorded=len(counted) if required else 0,
        unforeseen=0 if required else len(counted),
        in_time=sum(1 for crime in counted if crime.recorded_at <= due_at),
        pending=required - len(counted) if required and context.clock <= due_at else 0,
        unjudged=_is_unjudged(report, context),
        undecided=_is_undecided(report, context),
        compared=len(counted) if isinstance(classification, Condition) else 0,
        misclassified=isinstance(classification, Condition) and classification.wrong,
    )


def _identified(report: Matter, obligation: Judgement, counted: list[CountingCrime], context: Context) -> int:
    """Return how many crimes a report is known to disclose, whatever was recorded for it."""
    disclosed = crimes_disclosed(report, context)
    if disclosed is None and (report.kind in _REFERRED or not isinstance(obligation, Obligation)):
        return 0
    required = disclosed or 1
    if len(counted) < required and isinstance(obligation, Obligation) and obligation.met_at is not None:
        return len(counted)
    return required


def _is_unjudged(report: Matter, context: Context) -> bool:
    """Return whether a report past its limit was never judged, and its codes say nothing either."""
    return context.clock > _limit(report, context) and is_undisclosed(report, context)


def _limit(report: Matter, context: Context) -> int:
    received_at: int = getattr(report.record.first, report.kind.begins)
    return received_at + context.policy(received_at).recording_limit


def _is_undecided(report: Matter, context: Context) -> bool | None:
    """Return whether a report past its limit is undecided; None where its feed holds no decision."""
    rule = RULES["referral-unlinked" if report.kind in _REFERRED else "report-undecided"]
    if report.kind in _REFERRED and crimes_disclosed(report, context) is not None:
        return False
    obligation = rule.judge(report, context)
    undecided = isinstance(obligation, Obligation) and obligation.met_at is None and context.clock > obligation.due_at
    return None if undecided and rule.judgement(report, context) is None else undecided
