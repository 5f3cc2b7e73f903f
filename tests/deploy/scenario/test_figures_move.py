"""Every figure is worked out from the events: one event of the scenario changed moves the right figures by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import msgspec

from deploy.files.backtest import run_monitors
from deploy.inspect.published_figures import compare_with_published
from schemas.records import (
    Call,
    Crime,
    Disposal,
    HistoryEntry,
    Incident,
    NoCrime,
    OffenderHistory,
    Referral,
    Snapshot,
)
from streams.policy import PolicyBook
from streams.reports.figure import Period
from streams.reports.figures import figures
from tests.deploy.scenario.scenario_counts import (
    CRIMES,
    DAY,
    DISPOSALS,
    EVENTS,
    INCIDENTS,
    LIMIT,
    NO_CRIMES,
    OF_INCIDENT,
    OF_REFERRAL,
    REFERRALS,
    decided_rightly,
    latest,
    same,
)

END = EVENTS[-1].event_time
ALL = Period(0, END + 1)
Moved = dict[str, tuple[int, int]]
"""By how much a figure's found and of differ, by label; only those that do."""


def counts_by_label(events: Iterable[Snapshot]) -> Moved:
    """Return every figure of a history."""
    monitors = run_monitors(events, PolicyBook.built_in(), END, read_at=END)
    return {f.label: (f.found, f.of) for f in figures([m.context for m in monitors.values()], ALL)}


@cache
def before() -> Moved:
    """Return every figure of the scenario as it is."""
    return counts_by_label(EVENTS)


def moved(events: Iterable[Snapshot]) -> Moved:
    """Return what differs from the scenario as it is."""
    after = counts_by_label(events)
    assert after.keys() == before().keys()
    differences = {label: (after[label][0] - share[0], after[label][1] - share[1]) for label, share in before().items()}
    return {label: difference for label, difference in differences.items() if difference != (0, 0)}


def with_changed(kind: type[Snapshot], name: str, **stated: Any) -> list[Snapshot]:
    """Return the scenario, but that every snapshot of one record states something else."""

    def changed(snapshot: Snapshot) -> Snapshot:
        is_it = isinstance(snapshot, kind) and name_of(snapshot) == name
        return msgspec.structs.replace(snapshot, **stated) if is_it else snapshot

    return [changed(snapshot) for snapshot in EVENTS]


def name_of(snapshot: Snapshot) -> str:
    """Return what names the record of a snapshot."""
    return same("|".join(str(getattr(snapshot, field)) for field in snapshot.IDENTITY))


def without(is_it: Callable[[Snapshot], bool]) -> list[Snapshot]:
    """Return the scenario without some snapshots."""
    return [snapshot for snapshot in EVENTS if not is_it(snapshot)]


def incident_with_one_crime(*, rightly_classified: bool = True) -> tuple[str, str]:
    """Return an ordinary incident of the scenario, and the one crime that was recorded for it well inside the limit."""
    for name, refs in OF_INCIDENT.items():
        if len(refs) == 1 and INCIDENTS[name].crimes_expected == 1:
            (ref,) = refs
            crime, incident = CRIMES[ref], INCIDENTS[name]
            cited = any(name in map(same, referral.incident_refs) for referral in REFERRALS.values())
            if (crime.offence_class == incident.offence_class) is rightly_classified and not cited:
                return name, ref
    raise AssertionError


def test_nothing_changed_moves_nothing_and_all_agrees_with_hmic() -> None:
    """The measure this is held against."""
    assert moved(EVENTS) == {}
    assert all(
        line.agrees
        for line in compare_with_published(run_monitors(EVENTS, PolicyBook.built_in(), END, read_at=END).values())
    )


def test_a_crime_that_was_never_recorded_is_one_recorded_fewer_and_one_unrecorded_more() -> None:
    """CIS never had it."""
    _, ref = incident_with_one_crime()
    assert moved(without(lambda snapshot: isinstance(snapshot, Crime) and name_of(snapshot) == ref)) == {
        "Incidents: crimes recorded, of those identified": (-1, 0),
        "Incidents: recorded in time": (-1, -1),
        "Incidents: recorded late": (0, -1),
        "Incidents: unrecorded, limit passed": (1, 0),
        "Incidents: classified correctly": (-1, -1),
    }


def test_a_crime_recorded_a_millisecond_past_the_limit_is_one_late() -> None:
    """Only that."""
    name, ref = incident_with_one_crime()
    late = with_changed(Crime, ref, recorded_at=INCIDENTS[name].reported_at + LIMIT + 1)
    assert moved(late) == {"Incidents: recorded in time": (-1, 0), "Incidents: recorded late": (1, 0)}


def test_a_misclassified_crime_put_right_is_one_more_classified_correctly() -> None:
    """Under the class that STORM gave it."""
    name, ref = incident_with_one_crime(rightly_classified=False)
    right = with_changed(Crime, ref, offence_class=INCIDENTS[name].offence_class)
    assert moved(right) == {"Incidents: classified correctly": (1, 0)}


def test_an_incident_that_discloses_a_crime_after_all_is_one_more_identified_and_unrecorded() -> None:
    """It had been closed as none, with a reason; the reason is gone."""
    name = next(name for name, incident in INCIDENTS.items() if incident.crimes_expected == 0)
    disclosed = with_changed(Incident, name, crimes_expected=1, disposition_rationale=None)
    assert moved(disclosed) == {
        "Incidents: crimes identified, of incidents reviewed": (1, 0),
        "Incidents: crimes recorded, of those identified": (0, 1),
        "Incidents: unrecorded, limit passed": (1, 1),
        "Incidents: unrecorded, limit still ahead": (0, 1),
    }


def test_an_unrecorded_referral_that_was_decided_for_good_reason_is_one_identified_fewer() -> None:
    """CATS states why there is no crime, and that the agency was told."""
    name = next(name for name, refs in OF_REFERRAL.items() if REFERRALS[name].crimes_expected and not refs)
    decided = with_changed(
        Referral, name, decision="NOT_A_CRIME", decision_rationale="shown to be none", reporter_informed=True
    )
    assert moved(decided) == {
        "Referrals: crimes identified, of referrals reviewed": (-1, 0),
        "Referrals: crimes recorded, of those identified": (0, -1),
        "Referrals: unrecorded, limit passed": (-1, -1),
        "Referrals: unrecorded, limit still ahead": (0, -1),
    }


def test_a_robbery_no_crime_without_verified_information_is_one_fault_under_either_heading() -> None:
    """It was right before."""
    decision = next(d for d in NO_CRIMES if d.offence_class == "ROBBERY" and decided_rightly(d))
    bare = tuple(msgspec.structs.replace(item, verified_by=None) for item in decision.avi)
    assert moved(with_changed(NoCrime, name_of(decision), avi=bare)) == {
        "No-crimes: correct": (-1, 0),
        "No-crimes: correct, robbery": (-1, 0),
    }


def test_a_second_fault_of_the_same_no_crime_moves_nothing() -> None:
    """One fault of one record once, however many rules it trips."""
    decision = next(d for d in NO_CRIMES if not decided_rightly(d))
    worse = with_changed(NoCrime, name_of(decision), decided_by_role="OFFICER", avi=(), rationale=None)
    assert moved(worse) == {}


def test_a_conviction_on_the_pnc_makes_one_offender_unsuitable() -> None:
    """A month before a caution that was in order."""
    histories = latest(OffenderHistory)
    caution = next(d for d in DISPOSALS if d.kind == "CAUTION" and not histories[same(d.offender_id)].entries)
    convicted = HistoryEntry(kind="CONVICTION", date=caution.issued_at - 30 * DAY, offence_class="THEFT")
    changed = with_changed(OffenderHistory, same(caution.offender_id), entries=(convicted,))
    assert moved(changed) == {"Cautions: offender suitable": (-1, 0)}


def test_explaining_one_penalty_notice_is_one_explained() -> None:
    """Of the 25 of which none was."""
    notice = next(d for d in DISPOSALS if d.kind == "PND")
    assert moved(with_changed(Disposal, name_of(notice), implications_explained=True)) == {
        "Penalty notices: implications explained": (1, 0)
    }


def test_a_victim_who_was_not_there_is_nobody_to_consult() -> None:
    """One fewer asked, one fewer missed."""
    resolution = next(
        d for d in DISPOSALS if d.kind == "COMMUNITY_RESOLUTION" and d.victim_present and not d.victim_consulted
    )
    assert moved(with_changed(Disposal, name_of(resolution), victim_present=False)) == {
        "Community resolutions: victim consulted": (0, -1)
    }


def test_what_a_reviewer_hears_moves_audited_figures_alone() -> None:
    """One call of those reviewed, passed over by the dip sample or not."""
    heard = next(call for call in latest(Call).values() if call.ncrs_compliant is True)
    differences = moved(with_changed(Call, name_of(heard), ncrs_compliant=False))
    assert differences.pop("Calls: NCRS kept to, of those reviewed") == (-1, 0)
    assert differences in ({}, {"Calls: NCRS kept to, of the dip sample reviewed": (-1, 0)})


def test_an_audit_by_the_registrar_moves_audited_figures_alone() -> None:
    """Of a referral that nobody recorded and nobody had audited."""
    name, referral = next((name, r) for name, r in REFERRALS.items() if r.fcr_audited_at is None)
    audited = with_changed(Referral, name, fcr_audited_at=END, fcr_audit_outcome="CRIME NOT RECORDED")
    assert moved(audited) == {
        f"Referrals: audited by the FCR, {referral.agency_sector.lower()} sector": (1, 0),
        "Referrals: found in order by the FCR, with a vulnerable person": (0, 1),
    }
