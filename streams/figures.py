"""The figures of an inspection, for any period, worked out by the rules from what a monitor knows.

HMIC's Part B and dip samples ask the same questions of a few hundred records read by hand.  Here they are asked of
every record: *linkage* figures say what the streams show, and *audited* ones what people found when they looked (calls
reviewed, referrals audited); the two are never mixed.  One fault of one record counts once, however many rules it
trips.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from streams.counting import counting_crimes
from streams.decisions import is_flawed
from streams.findings import Condition, Duty
from streams.matters import REFERRAL, Matter
from streams.no_crimes import decisions
from streams.recording import crimes_disclosed
from streams.rules import RULES
from streams.scene import Scene
from streams.statistics import wilson

Basis = Literal["LINKAGE", "AUDITED"]
DISPOSALS = {
    "Cautions": ("CAUTION", "CONDITIONAL_CAUTION"),
    "Penalty notices": ("PND",),
    "Cannabis warnings": ("CANNABIS_WARNING",),
    "Community resolutions": ("COMMUNITY_RESOLUTION",),
}


class Period(NamedTuple):
    """From one moment (ms) up to, not including, another."""

    start: int
    end: int

    def holds(self, moment: int) -> bool:
        """Say whether ``moment`` falls in the period."""
        return self.start <= moment < self.end


class Figure(NamedTuple):
    """One line of the report: how many were found so, of how many looked at."""

    label: str
    found: int
    of: int
    basis: Basis = "LINKAGE"
    share: bool = True
    """False where ``found`` is a number in its own right (crimes in incidents), not a share of ``of``."""

    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % Wilson interval of the share, or None where there is none."""
        return wilson(self.found, self.of) if self.share and self.of else None


class Recording(NamedTuple):
    """What became of the crimes that one report disclosed."""

    identified: int
    recorded: int
    in_time: int
    misclassified: bool


def figures(scenes: Iterable[Scene], period: Period) -> list[Figure]:
    """Return every figure over some forces and a period; a report belongs to the period it was first received in."""
    scenes = list(scenes)
    return [
        *_reports("Incidents", "incidents reviewed", _each(scenes, "incidents", period), "crime-not-recorded"),
        *_reports("Referrals", "referrals reviewed", _each(scenes, "referrals", period), "referral-unlinked"),
        *_reports("ASB reports", "reports reviewed", _each(scenes, "asb_reports", period), "asb-crime-not-recorded"),
        *_no_crimes(scenes, period),
        *(line for label, kinds in DISPOSALS.items() for line in _disposals(label, kinds, scenes, period)),
        *_audited(scenes, period),
    ]


def recording(report: Matter, scene: Scene, rule_id: str) -> Recording:
    """Return what became of a report's crimes; one that a valid disposition or decision answers disclosed none."""
    duty = RULES[rule_id].judge(report, scene)
    if not isinstance(duty, Duty):
        return Recording(0, 0, 0, misclassified=False)
    disclosed = crimes_disclosed(report)
    wanted = disclosed or 1
    counted = counting_crimes(report, scene)[:wanted]
    answered = len(counted) < wanted and duty.met_at is not None
    undecided = disclosed is None and report.kind is REFERRAL
    classified = RULES["offence-misclassified"].judge(report, scene)
    return Recording(
        identified=len(counted) if answered or undecided else wanted,
        recorded=len(counted),
        in_time=sum(1 for crime in counted if crime.recorded_at <= duty.due_at),
        misclassified=isinstance(classified, Condition) and classified.wrong,
    )


def _each(scenes: list[Scene], matters: str, period: Period) -> list[tuple[Matter, Scene]]:
    return [
        (matter, scene)
        for scene in scenes
        for matter in getattr(scene.facts, matters).values()
        if matter.held and period.holds(getattr(matter.record.first, matter.kind.begins))
    ]


def _reports(label: str, reviewed: str, reports: list[tuple[Matter, Scene]], rule_id: str) -> Iterator[Figure]:
    found = [recording(report, scene, rule_id) for report, scene in reports]
    identified = sum(each.identified for each in found)
    recorded = sum(each.recorded for each in found)
    faults = sum(each.misclassified for each in found)
    yield Figure(f"{label}: crimes identified, of {reviewed}", identified, len(reports), share=False)
    yield Figure(f"{label}: crimes recorded, of those identified", recorded, identified)
    yield Figure(f"{label}: recorded in time", sum(each.in_time for each in found), recorded)
    yield Figure(f"{label}: recorded late", recorded - sum(each.in_time for each in found), recorded)
    yield Figure(f"{label}: never recorded", identified - recorded, identified)
    yield Figure(f"{label}: classified correctly", recorded - faults, recorded)


def _no_crimes(scenes: list[Scene], period: Period) -> Iterator[Figure]:
    made = [
        (decision.offence_class, is_flawed(decision, scene))
        for scene in scenes
        for crime in scene.facts.crimes.values()
        for decision in decisions(crime)
        if period.holds(decision.decided_at)
    ]
    yield Figure("No-crimes: correct", sum(not flawed for _, flawed in made), len(made))
    for offence_class in ("ROBBERY", "RAPE", "VIOLENCE"):
        flaws = [flawed for made_of, flawed in made if made_of == offence_class]
        yield Figure(f"No-crimes: correct, {offence_class.lower()}", flaws.count(False), len(flaws))


def _disposals(label: str, kinds: tuple[str, ...], scenes: list[Scene], period: Period) -> Iterator[Figure]:
    issued = [each for each in _each(scenes, "disposals", period) if each[0].newest.kind in kinds]
    yield _kept(f"{label}: offender suitable", issued, "disposal-ineligible")
    yield _kept(f"{label}: implications explained", issued, "disposal-implications-unexplained")
    yield _kept(f"{label}: victim consulted", issued, "disposal-victim-not-consulted")
    if label == "Community resolutions":
        yield _kept(f"{label}: outcome meaningful", issued, "disposal-outcome-inadequate")


def _kept(label: str, matters: list[tuple[Matter, Scene]], rule_id: str) -> Figure:
    """Count the matters that a rule is about, and those among them with which nothing is wrong."""
    rule = RULES[rule_id]
    found = [rule.judge(matter, scene) for matter, scene in matters]
    judged = [finding for finding in found if isinstance(finding, Condition)]
    return Figure(label, sum(not finding.wrong for finding in judged), len(judged))


def _audited(scenes: list[Scene], period: Period) -> Iterator[Figure]:
    calls = [call.newest for call, _ in _each(scenes, "calls", period)]
    checked = [said.ncrs_compliant for said in calls if said.reviewed_at is not None]
    kept = checked.count(True)
    yield Figure("Calls: NCRS kept to, of those reviewed", kept, kept + checked.count(False), "AUDITED")
    rule = RULES["referral-not-audited"]
    chosen = [matter.newest for matter, scene in _each(scenes, "referrals", period) if rule.judge(matter, scene)]
    for sector in ("PUBLIC", "VOLUNTARY", "PRIVATE"):
        audited = [said.fcr_audited_at is not None for said in chosen if said.agency_sector == sector]
        label = f"Referrals: audited by the FCR, {sector.lower()} sector"
        yield Figure(label, audited.count(True), len(audited), "AUDITED")
