"""The Leicestershire scenario is what it says it is: HMIC's figures, and no fault that was not meant."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from deploy.scenario import PUBLISHED, events, write
from schemas.records import FEEDS, AsbReport, Crime, Incident, NoCrime, Referral, Snapshot
from schemas.rows import read_json, write_json
from schemas.times import from_rfc3339
from tests.deploy.scenario.scenario_counts import (
    ASB,
    CRIMES,
    DAY,
    EVENTS,
    HOUR,
    INCIDENTS,
    LIMIT,
    NO_CRIMES,
    OF_ASB,
    OF_INCIDENT,
    OF_REFERRAL,
    REFERRALS,
    decided_rightly,
    figures,
    lives,
    same,
)

AUDITED_FROM, AUDITED_TO = from_rfc3339("2012-11-01T00:00:00Z"), from_rfc3339("2013-11-01T00:00:00Z")


@pytest.mark.parametrize("label", PUBLISHED)
def test_each_published_figure_is_what_a_straight_count_of_the_records_finds(label: str) -> None:
    """The records hold what HMIC found, no more and no less."""
    assert figures()[label] == PUBLISHED[label]


def test_nothing_is_counted_that_was_not_published() -> None:
    """The count and the publication speak of the same figures."""
    assert figures().keys() == PUBLISHED.keys()


def test_the_scenario_is_the_same_every_time() -> None:
    """Two runs give equal snapshots in equal order."""
    assert events() == EVENTS


def test_every_snapshot_is_one_the_feeds_would_accept() -> None:
    """Written as a line and read back, each snapshot is itself."""
    assert all(read_json(snapshot.TOPIC, write_json(snapshot)) == snapshot for snapshot in EVENTS)


def test_snapshots_come_in_order_of_time_inside_the_audit_period_under_ids_of_their_own() -> None:
    """The whole scenario is one force's, in HMIC's year, and no id is used twice."""
    times = [snapshot.event_time for snapshot in EVENTS]
    assert times == sorted(times)
    assert AUDITED_FROM <= times[0] < times[-1] < AUDITED_TO
    assert {snapshot.force for snapshot in EVENTS} == {"LEICS"}
    assert len({snapshot.event_id for snapshot in EVENTS}) == len(EVENTS)
    assert {snapshot.TOPIC for snapshot in EVENTS} == set(FEEDS)


def test_no_system_knows_of_what_has_not_happened_yet() -> None:
    """No snapshot states a moment later than it was saved."""
    times = (
        "reported_at",
        "received_at",
        "recorded_at",
        "decided_at",
        "closed_at",
        "overseen_at",
        "assessed_at",
        "as_of",
        "issued_at",
        "reviewed_at",
        "handled_at",
        "completed_at",
        "victim_care_contract_at",
        "fcr_audited_at",
        "victim_support_referred_at",
        "pnc_checked_at",
        "victim_informed_at",
        "dispute_raised_at",
        "dispute_decided_at",
    )
    early = [s.event_id for s in EVENTS for name in times if (getattr(s, name, None) or 0) > s.event_time]
    assert early == []


def test_no_stated_start_of_a_clock_is_ever_altered() -> None:
    """What the first snapshot says of reporting, receipt, recording and oversight stays said."""
    fields: dict[type[Snapshot], tuple[str, ...]] = {
        Incident: ("reported_at", "overseen_at"),
        Referral: ("received_at",),
        AsbReport: ("reported_at",),
        Crime: ("recorded_at",),
    }
    for kind, names in fields.items():
        for snapshots in lives(kind).values():
            for name in names:
                assert len({getattr(snapshot, name) for snapshot in snapshots} - {None}) <= 1


def test_incidents_live_through_two_to_four_snapshots_and_are_decided_in_time() -> None:
    """Every incident is opened undecided and decided well inside the limit."""
    for snapshots in lives(Incident).values():
        assert 2 <= len(snapshots) <= 4
        assert snapshots[0].crimes_expected is None
        decided = next(snapshot for snapshot in snapshots if snapshot.crimes_expected is not None)
        assert decided.event_time - snapshots[0].reported_at <= HOUR
        assert decided.officer_dispatched or decided.assessed_at


def test_fourteen_incidents_have_no_crime_and_one_has_one_of_two() -> None:
    """Fifteen crimes are missing over fifteen incidents; nobody recorded more than was disclosed."""
    missing = {name: (incident.crimes_expected or 0) - len(OF_INCIDENT[name]) for name, incident in INCIDENTS.items()}
    assert Counter(missing.values()) == {0: 108, 1: 15}
    assert sum(not OF_INCIDENT[name] for name, lacking in missing.items() if lacking) == 14


def test_incidents_without_a_crime_are_disposed_of_with_a_reason_and_a_word_to_the_reporter() -> None:
    """Ten incidents disclose nothing, and each says why."""
    undisclosed = [incident for incident in INCIDENTS.values() if incident.crimes_expected == 0]
    assert len(undisclosed) == 10
    assert all(i.status == "CLOSED" and i.disposition_rationale and i.reporter_informed for i in undisclosed)


def test_no_crime_written_off_is_validly_disposed_of() -> None:
    """None of the fourteen has a disposition that would hold."""
    for name, incident in INCIDENTS.items():
        if incident.crimes_expected and not OF_INCIDENT[name] and incident.disposition is not None:
            reasoned = (incident.disposition_rationale or "").strip()
            assert not (reasoned and incident.reporter_informed)
            assert same(incident.duplicate_of or "") not in INCIDENTS


def test_links_are_stated_by_either_side_and_typed_in_many_ways() -> None:
    """Some crimes are linked by both systems, some by one, and few references are typed as they were issued."""
    by_storm = {same(ref) for incident in INCIDENTS.values() for ref in incident.crime_refs}
    by_cis = {name for name, crime in CRIMES.items() if crime.incident_refs}
    assert min(len(by_storm & by_cis), len(by_cis - by_storm), len(by_storm & CRIMES.keys() - by_cis)) >= 8
    typed = [ref for incident in INCIDENTS.values() for ref in incident.crime_refs]
    assert len([ref for ref in typed if ref not in {crime.crime_ref for crime in CRIMES.values()}]) > 30


def test_two_incidents_cite_crimes_that_cis_does_not_hold() -> None:
    """Only the two mistyped references lead nowhere."""
    reports: list[Incident | Referral | AsbReport] = [*INCIDENTS.values(), *REFERRALS.values(), *ASB.values()]
    cited = [same(ref) for report in reports for ref in report.crime_refs]
    assert sum(ref not in CRIMES for ref in cited) == 2
    held = INCIDENTS.keys() | REFERRALS.keys() | ASB.keys()
    back = [ref for crime in CRIMES.values() for ref in (*crime.incident_refs, *crime.referral_refs, *crime.asb_refs)]
    assert all(same(ref) in held for ref in back)


def test_rapes_are_recorded_by_the_officer_and_overseen_within_the_hour() -> None:
    """What HMIC praised, the scenario keeps."""
    rapes = {name: incident for name, incident in INCIDENTS.items() if incident.offence_class == "RAPE"}
    assert len(rapes) == 6
    for name, incident in rapes.items():
        (crime,) = (CRIMES[ref] for ref in OF_INCIDENT[name])
        assert crime.recorded_at - incident.reported_at <= HOUR
        assert incident.overseen_at is not None
        assert incident.overseen_at - incident.reported_at <= HOUR
    everywhere = [crime for crime in CRIMES.values() if crime.offence_class == "RAPE"]
    assert len(everywhere) == 6 + 15
    assert {crime.recorded_by_role for crime in everywhere} == {"ATTENDING_OFFICER"}
    assert all(crime.closure_reviewed_role == "DCI" and crime.oversight_di for crime in everywhere if crime.closed_at)


def test_some_crimes_are_recorded_at_the_last_moment_and_one_is_linked_too_late_to_see() -> None:
    """The edges of the limit are there: the last quarter, the last millisecond, and a link after the limit."""
    lags = [CRIMES[ref].recorded_at - INCIDENTS[name].reported_at for name, refs in OF_INCIDENT.items() for ref in refs]
    assert sum(lag >= LIMIT * 3 // 4 for lag in lags) == 5
    assert max(lags) == LIMIT
    stated = [
        min(s.event_time for s in (*lives(Incident)[name], *lives(Crime)[ref]) if _states_link(s, name, ref))
        for name, refs in OF_INCIDENT.items()
        for ref in refs
    ]
    starts = [INCIDENTS[name].reported_at for name, refs in OF_INCIDENT.items() for _ in refs]
    assert sum(at - start > LIMIT for at, start in zip(stated, starts, strict=True)) == 1


def _states_link(snapshot: Snapshot, incident: str, crime: str) -> bool:
    if isinstance(snapshot, Incident):
        return crime in map(same, snapshot.crime_refs)
    return isinstance(snapshot, Crime) and incident in map(same, snapshot.incident_refs)


def test_referrals_are_linked_in_three_ways() -> None:
    """Of six recorded crimes two name their referral, two are named by it and two come through an incident it cites."""
    recorded = [name for name, refs in OF_REFERRAL.items() if refs]
    through = [name for name in recorded if REFERRALS[name].incident_refs]
    named = [name for name in recorded if REFERRALS[name].crime_refs]
    assert (len(recorded), len(through), len(named)) == (6, 2, 2)


def test_the_referrals_nobody_audited_are_those_nobody_recorded() -> None:
    """Ten referrals miss a crime and an audit; all others were audited in the fortnight."""
    for name, referral in REFERRALS.items():
        unrecorded = bool(referral.crimes_expected) and not OF_REFERRAL[name]
        assert (referral.fcr_audited_at is None) == unrecorded
        assert referral.fcr_audited_at is None or referral.fcr_audited_at - referral.received_at <= 14 * DAY
        if unrecorded:
            assert referral.vulnerable
            assert not (referral.decision_rationale and referral.reporter_informed)
        elif not referral.crimes_expected:
            assert referral.decision_rationale
            assert referral.reporter_informed


def test_asb_reports_hide_three_crimes_and_touch_none_of_the_incidents() -> None:
    """Under-recording in SENTINEL stands beside the 123 incidents and their crimes."""
    expected = {name: report.crimes_expected for name, report in ASB.items()}
    assert len(ASB) == 40
    assert sum(expected[name] == 1 and bool(refs) for name, refs in OF_ASB.items()) == 4
    assert sum(expected[name] == 1 and not refs for name, refs in OF_ASB.items()) == 3
    assert not set().union(*OF_ASB.values()) & set().union(*OF_INCIDENT.values(), *OF_REFERRAL.values())


def test_no_crimed_records_are_cancelled_after_the_decision_and_stand_for_no_report() -> None:
    """Each of the 83 has a crime of its own, first recorded, later shown CANCELLED within a day."""
    linked = set().union(*OF_INCIDENT.values(), *OF_REFERRAL.values(), *OF_ASB.values())
    cancelled = {name for name, crime in CRIMES.items() if crime.status == "CANCELLED"}
    assert cancelled == {same(decision.crime_ref) for decision in NO_CRIMES}
    assert len(cancelled) == 83
    assert not cancelled & linked
    first_saved = {same(snapshots[0].crime_ref): snapshots[0].event_time for snapshots in lives(NoCrime).values()}
    for decision in NO_CRIMES:
        snapshots = lives(Crime)[same(decision.crime_ref)]
        shown_at = next(s.event_time for s in snapshots if s.status == "CANCELLED")
        assert snapshots[0].status == "RECORDED"
        assert decision.decided_at <= first_saved[same(decision.crime_ref)] <= shown_at <= decision.decided_at + DAY


def test_victims_were_told_of_every_right_no_crime_decision() -> None:
    """One victim was told late and one never, both of decisions that were wrong anyway."""
    untold = [d for d in NO_CRIMES if d.victim_informed_at is None or d.victim_informed_at > d.decided_at + 2 * HOUR]
    assert len(untold) == 2
    assert not any(map(decided_rightly, untold))


def test_writing_gives_one_file_for_each_feed_with_every_snapshot(tmp_path: Path) -> None:
    """The files hold the scenario, a line a snapshot, in order of time."""
    paths = write(tmp_path)
    assert sorted(path.name for path in paths) == sorted(f"{topic}.jsonl" for topic in FEEDS)
    lines = {path.stem: path.read_bytes().splitlines() for path in paths}
    for topic in FEEDS:
        assert [read_json(topic, line) for line in lines[topic]] == [s for s in EVENTS if topic == s.TOPIC]
