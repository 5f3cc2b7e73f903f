"""Audit the month again and again, each time by another draw, and count how often the interval covers the truth."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from deploy.scenario.month import Month
from schemas.identifiers import normalise
from schemas.records import AuditReading
from streams.audits.frames import FRAMES, FrameName, StrataBy, frame_records
from streams.audits.plan import AuditPlan, PlanRequest, make_plan
from streams.audits.results import AuditResults, results_of
from streams.engine.monitor import Monitor
from streams.facts.context import Context
from tests.bench.month_queue import ReportName, name_of

FRAME: FrameName = "INCIDENTS"
BY: StrataBy = "FAMILY"
READ = 400
"""How many logs each audit reads."""


class Auditor:
    """Reads whatever is drawn, and finds what is true."""

    def __init__(self, month: Month, monitor: Monitor, end: int | None = None) -> None:
        """``end`` (ms) ends what is audited before the month does."""
        self._start, self._end = month.start, month.end if end is None else end
        self._monitor = monitor
        self._truth = {name_of(report): report for report in month.truth.reports}

    def audit(self, number: int) -> AuditResults:
        """Plan, draw, read and estimate, by a draw of its own."""
        context = self._monitor.context
        head = hashlib.sha256(f"audit {number}".encode()).hexdigest()
        plan = make_plan(PlanRequest(FRAME, self._start, self._end, BY, n=READ), context, head, {})
        for reading in self._readings(plan):
            self._monitor.apply(reading, context.clock)
        return results_of(plan, context)

    def _readings(self, plan: AuditPlan) -> Iterator[AuditReading]:
        context = self._monitor.context
        for system, ref in results_of(plan, context).records:
            true = self._truth.get((system, normalise(ref)))
            found, recorded, in_time, right = (
                (0, 0, 0, 0) if true is None else (true.crimes, true.recorded, true.in_time, true.classified_right)
            )
            yield AuditReading(
                event_id=f"{plan.audit_id} {system} {ref}",
                force=plan.force,
                source="BOARD",
                event_time=context.clock,
                audit_id=plan.audit_id,
                system=system,  # type: ignore[arg-type]
                ref=ref,
                reader="FIRST",
                read_by="AUDITOR1",
                read_at=context.clock,
                crimes_found=found,
                offence_classes=() if true is None else (true.offence_class,) * true.crimes,
                crimes_recorded=recorded,
                in_time=in_time,
                classified_right=right,
            )


def true_share(month: Month, context: Context) -> float:
    """Return the share of crimes recorded, of those that should have been, in every log of the frame."""
    truth = {name_of(report): report for report in month.truth.reports}
    names: list[ReportName] = [
        (record.system, normalise(record.ref))
        for record in frame_records(FRAMES[FRAME], context, month.start, month.end, BY, context.clock)
    ]
    reports = [truth[name] for name in names if name in truth]
    return sum(report.recorded for report in reports) / sum(report.crimes for report in reports)


def coverage(month: Month, monitor: Monitor, audits: int) -> dict[str, float | int | str]:
    """Return how often the interval covers the truth, and what the first audit said."""
    auditor, truth = Auditor(month, monitor), true_share(month, monitor.context)
    covers, first = 0, ""
    for number in range(audits):
        share = auditor.audit(number).estimates["RECORDED"]
        covers += share.low is not None and share.high is not None and share.low <= truth <= share.high
        first = first or f"{share.share:.3f} ({share.low:.3f} to {share.high:.3f})"
    return {
        "frame": FRAME,
        "logs read": READ,
        "truth": round(truth, 4),
        "first audit": first,
        "audits": audits,
        "covers": covers,
    }
