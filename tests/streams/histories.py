"""Random small histories of one force, rich in what goes wrong.

Times lie on a coarse grid, a millisecond either side of it included, so that deadlines, decisions and corrections
meet; references are few, so that records do; event ids and revisions repeat, so that versions tie.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.records import HistoryEntry, PartnerReferral, Snapshot
from schemas.shapes import SHAPES
from tests.streams import world
from tests.streams.world import AVI, DAY, HOUR, MINUTE, UNVERIFIED_AVI, ms, policy

START = ms("2016-03-10 12:00")
END = START + 75 * DAY
"""Long after every deadline of every rule."""

_ENVELOPE = len(Snapshot.__struct_fields__)
_STEPS = (
    0,
    15 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    6 * HOUR,
    12 * HOUR,
    18 * HOUR,
    DAY,
    25 * HOUR,
    30 * HOUR,
    2 * DAY,
    49 * HOUR,
    3 * DAY,
    5 * DAY,
    7 * DAY,
    8 * DAY,
    9 * DAY,
    14 * DAY,
    15 * DAY,
)

BOOK = policy(
    "[rules]\ntheme_minimum_calls = 1\ntheme_p = 0.9\n[rules.judged_from]\n"
    "crime-recorded-late = 2016-03-11\ncrime-reclassified = 2016-03-11\nincident-only-unseen = 2016-03-11\n"
    "death-not-recorded = 2016-03-10\nvulnerable-closed-unassessed = 2016-03-10\n"
    "[[amendment]]\nfrom = 2016-03-10\nn100_on_cis = true\nclosing_code_excuses = false\nrape_overseen_by_di = false\n"
    'reporters_for_victim = ["VICTIM", "PROFESSIONAL"]\nrape_closure_reviewed_by = ["DCI", "FCR"]\n'
    'rape_outcome_decided_by = ["INDEPENDENT"]\n'
)
"""The built-in policy, but that every second theme is emerging, and rules of 2026 begin within a history."""

moments = st.builds(lambda step, off: START + step + off, st.sampled_from(_STEPS), st.sampled_from((0, 0, 0, -1, 1)))
classes = st.sampled_from(("RAPE", "THEFT", "ROBBERY"))
CRIMES = ("C-1", "C-2", "C-3")


def one_of(*values: Any) -> SearchStrategy[Any]:
    """One of these values; one given twice comes twice as often."""
    return st.sampled_from(values)


def optional(strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Something, or not stated."""
    return st.none() | strategy


def several(*values: str) -> SearchStrategy[tuple[str, ...]]:
    """Up to two of these references, possibly one twice."""
    return st.lists(st.sampled_from(values), max_size=2).map(tuple)


def snapshots_of(make: Callable[..., Snapshot], refs: SearchStrategy[str], **fields: Any) -> SearchStrategy[Snapshot]:
    """Snapshots by a maker of the world, each field drawn for itself."""
    envelope = {
        "event_id": st.integers(0, 60).map("e{:02}".format),
        "revision": one_of(0, 0, 0, 1, 2),
        "source": one_of("ONE", "ONE", "TWO"),
    }
    drawn = st.fixed_dictionaries({**envelope, **fields})
    return st.builds(lambda at, ref, stated: make(at, ref, **stated), moments, refs, drawn)


rationales = one_of("because", "because", None, " ")
reported = one_of(START, START, START, START + 6 * HOUR, START - DAY, START + 1)

incidents = snapshots_of(
    world.incident,
    one_of("I-1", "I-1", "I-2", "i 3"),
    reported_at=reported,
    crimes_expected=one_of(None, 0, 1, 1, 2),
    offence_class=optional(classes),
    status=one_of("OPEN", "CLOSED"),
    opening_code=one_of("VIOLENCE", "VIOLENCE", "DOMESTIC", "SUDDEN-DEATH"),
    closing_code=one_of(None, None, "CRIME", "RTC", "SUDDEN-DEATH"),
    closed_at=one_of(None, None, START + HOUR, START + 2 * DAY),
    qualifiers=several("CHILD"),
    reporter=one_of("VICTIM", "VICTIM", "OTHER"),
    disposition=one_of(
        None,
        None,
        "CRIMED",
        "CRIME_RELATED_INCIDENT",
        "NOT_A_CRIME",
        "DUPLICATE",
        "DUPLICATE",
        "TRANSFERRED",
        "N100",
        "DELAYED",
        "DELAYED",
        "EXEMPT",
    ),
    disposition_rationale=rationales,
    reporter_informed=one_of(True, True, True, True, False, None),
    fcr_oversight=one_of(True, True, True, True, False, None),
    officer_dispatched=one_of(None, None, None, False, True),
    crime_refs=several(*CRIMES, "c 1", "C-9"),
    n100_code=one_of(None, "N100/01"),
    duplicate_of=one_of(None, "I-1", "I-2", "I-3"),
    other_force=one_of(None, None, "NOTTS"),
    other_force_crime_ref=one_of(None, "N/1"),
    overseen_role=one_of(None, "OTHER", "CONTROL_ROOM_INSPECTOR"),
    overseen_at=optional(moments),
    assessed_at=optional(moments),
    team=one_of(None, "T1"),
)
crimes = snapshots_of(
    world.crime,
    one_of(*CRIMES, "c/1"),
    recorded_at=moments,
    offence_code=one_of("39", "39", "39", "8N", "N100/01", "N200/01", "N300"),
    offence_class=classes,
    status=one_of("RECORDED", "RECORDED", "CANCELLED", "TRANSFERRED"),
    incident_refs=several("I-1", "I-2", "I-3"),
    referral_refs=several("R-1", "R-2"),
    asb_refs=several("A-1"),
    recorded_by=one_of("P1", "P1", "P1", None),
    recorded_by_role=one_of("ATTENDING_OFFICER", "ATTENDING_OFFICER", "SPECIALIST", None),
    reported_at=one_of(None, None, START, START + HOUR, START + DAY),
    reclassified_at=one_of(None, None, START, START + DAY),
    reclassified_role=one_of(None, "FCR", "DDM", "OFFICER"),
    reclassification_rationale=rationales,
    fcr_oversight_at=one_of(None, None, START + DAY, START + 15 * DAY),
    route=one_of(None, "ONLINE"),
    outcome=one_of(None, "15"),
    outcome_role=one_of(None, "INDEPENDENT", "OFFICER"),
    domestic_abuse=one_of(None, True, False),
    suspect_token=one_of(None, "s1"),
    flags=several("HATE", "HIGH-RISK-DA"),
    dispute_raised_at=optional(moments),
    dispute_decided_at=optional(moments),
    dispute_decided_role=one_of(None, "FCR", "SERGEANT"),
    closed_at=optional(moments),
    closure_reviewed_role=one_of(None, "DCI", "DI"),
    victim_consents_support=one_of(None, True, False),
    victim_support_referred_at=optional(moments),
    victim_care_contract_at=optional(moments),
    victim_token=one_of(None, "v1"),
    partner_referrals=st.lists(
        st.builds(
            PartnerReferral,
            agency=one_of("Refuge", "MARAC"),
            referred_at=one_of(START, START + DAY),
            actioned_at=optional(moments),
        ),
        max_size=1,
    ).map(tuple),
)
no_crimes = snapshots_of(
    world.no_crime,
    one_of(*CRIMES, "c 1"),
    decided_at=one_of(START + HOUR, START + DAY, START + DAY, START + 2 * DAY),
    decided_by_role=one_of("FCR", "FCR", "FCR", "DDM", "SERGEANT", None),
    independent=one_of(True, True, None),
    reason=one_of("NO_CRIME", "C1", "C2", "C3", "C3", "C3", "C4", "C5"),
    avi=one_of(AVI, AVI, UNVERIFIED_AVI, ()),
    rationale=rationales,
    receiving_ref=one_of(None, "N/1"),
    duplicate_of=one_of(None, *CRIMES, "c 2"),
    offence_class=classes,
    offence_code=one_of(None, "8N", "39"),
    victim_informed_at=optional(moments),
)
_decision: dict[str, Any] = {
    "crimes_expected": one_of(None, 0, 1, 1, 2),
    "offence_class": optional(classes),
    "decision": one_of(None, None, "CRIMED", "NOT_A_CRIME", "DELAYED", "DELAYED", "EXEMPT"),
    "decision_rationale": rationales,
    "reporter_informed": one_of(True, True, True, True, False, None),
    "fcr_oversight": one_of(True, True, True, True, False, None),
    "crime_refs": several(*CRIMES),
    "incident_refs": several("I-1", "I-2", "I-9"),
}
referrals = snapshots_of(
    world.referral,
    one_of("R-1", "R-1", "R-2"),
    received_at=reported,
    vulnerable=one_of((), (), ("CHILD",)),
    fcr_audited_at=optional(moments),
    **_decision,
)
protection_reports = snapshots_of(
    world.protection_report,
    one_of("PR-1", "R-1"),
    received_at=reported,
    vulnerable=one_of((), ("ADULT",)),
    fcr_audited_at=optional(moments),
    **_decision,
)
asb_reports = snapshots_of(world.asb_report, one_of("A-1"), reported_at=reported, **_decision)
links = st.builds(
    lambda at, left, crime_ref, confirmed, number: world.link(
        at, left[0], left[1], crime_ref, confirmed=confirmed, event_id=f"e{number:02}"
    ),
    moments,
    one_of(("STORM", "I-1"), ("STORM", "I-2"), ("CATS", "R-1"), ("SENTINEL", "A-1"), ("PPN", "PR-1")),
    one_of(*CRIMES),
    one_of(True, True, False),
    st.integers(0, 60),
)
disposals = snapshots_of(
    world.disposal,
    one_of("D-1", "D-2"),
    kind=one_of("CAUTION", "PND", "CANNABIS_WARNING", "COMMUNITY_RESOLUTION"),
    issued_at=one_of(START, START + DAY),
    offender_age=one_of(17, 30),
    implications_explained=one_of(None, True),
    victim_present=one_of(True, True, False, None),
    form_attached=one_of(True, True, False, None),
    reviewed_at=optional(moments),
    reviewed_by=one_of(None, "P1"),
    pnc_checked_at=optional(moments),
    rescinded_at=one_of(None, None, START + 2 * DAY),
)
pnc_histories = snapshots_of(
    world.history,
    one_of("O-1"),
    entries=st.lists(
        st.builds(
            HistoryEntry,
            kind=one_of("CONVICTION", "CAUTION", "PND"),
            date=one_of(START - 400 * DAY, START),
            offence_class=classes,
        ),
        max_size=2,
    ).map(tuple),
)
courses = snapshots_of(
    world.training,
    one_of("P1", "F1"),
    course=one_of("NCRS", "AVI_ROBBERY", "DISPOSALS"),
    completed_at=one_of(START - DAY, START + DAY),
    expires_at=one_of(None, START + 2 * DAY),
)
calls = snapshots_of(
    world.call,
    one_of("K-1", "K-2", "K-3"),
    handled_at=moments,
    call_handler=one_of("H1", "H2"),
    reviewed_at=optional(moments),
    ncrs_compliant=one_of(None, True, False),
    themes=several("late", "Wrong class"),
)

scores = st.builds(
    lambda at, about, number, probability: world.score(at, *about, event_id=f"e{number:02}", probability=probability),
    moments,
    one_of(("STORM", "I-1"), ("STORM", "I-2"), ("STORM", "I-9"), ("CATS", "R-1"), ("SENTINEL", "A-1"), ("PPN", "PR-1")),
    st.integers(0, 60),
    one_of(0.0, 0.5, 1.0),
)
"""What models make of reports, known ones and others."""

_judged = one_of(
    ("STORM", "I-1"), ("STORM", "i 1"), ("CATS", "R-1"), ("SENTINEL", "A-1"), ("PPN", "PR-1"), ("CIS", "C-1")
)
assessments = st.builds(
    lambda at, about, number, stated: world.assessment(at, *about, event_id=f"e{number:02}", **stated),
    moments,
    _judged,
    st.integers(0, 60),
    st.fixed_dictionaries(
        {
            "crimes": one_of(None, 0, 0, 1, 2),
            "offence_class": optional(classes),
            "rationale": rationales,
            "assessed_by": one_of("S1", "S1", "F1"),
            "assessed_role": one_of("SUPERVISOR", "DDM", "FCR", "AUDITOR"),
            "assessed_at": one_of(START, START, START + DAY),
            "revoked": one_of(False, False, True),
        }
    ),
)
readings = st.builds(
    lambda at, about, number, counts, reader: world.reading(
        at,
        *about,
        event_id=f"e{number:02}",
        reader=reader,
        read_by=reader,
        crimes_found=max(counts),
        crimes_recorded=min(counts),
    ),
    moments,
    _judged,
    st.integers(0, 60),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    one_of("FIRST", "SECOND", "FCR"),
)
"""What people make of records."""

recording = st.one_of(incidents, incidents, crimes, crimes, crimes, no_crimes, no_crimes, referrals, links)
"""What the recording rules look at."""
anything = st.one_of(
    recording,
    recording,
    recording,
    asb_reports,
    protection_reports,
    scores,
    assessments,
    readings,
    disposals,
    pnc_histories,
    courses,
    calls,
    calls,
)


def histories(of: SearchStrategy[Snapshot] = anything, most: int = 16) -> SearchStrategy[list[Snapshot]]:
    """Histories of one to so many snapshots, in no order."""
    return st.lists(of, min_size=1, max_size=most)


def shifted(snapshot: Snapshot, by: int) -> Snapshot:
    """Return the same snapshot with every time in it moved."""
    times = {
        name: value + by for name in SHAPES[type(snapshot)].times if (value := getattr(snapshot, name)) is not None
    }
    return msgspec.structs.replace(snapshot, **times)


def narrowed(snapshots: SearchStrategy[Snapshot], **fields: SearchStrategy[Any]) -> SearchStrategy[Snapshot]:
    """Return the same snapshots with some fields drawn from fewer values, so that what is left to chance meets."""
    drawn = st.fixed_dictionaries(fields)
    return st.builds(lambda snapshot, values: msgspec.structs.replace(snapshot, **values), snapshots, drawn)


@st.composite
def revised(draw: st.DrawFn, of: SearchStrategy[Snapshot], most: int = 6) -> list[Snapshot]:
    """Draw one record that is saved several times, each time with little of it changed."""
    snapshots = [draw(of)]
    for other in draw(st.lists(of, max_size=most - 1)):
        before = snapshots[-1]
        stated = [name for name in other.__struct_fields__[_ENVELOPE:] if name not in other.IDENTITY]
        differing = [name for name in stated if getattr(before, name) != getattr(other, name)]
        changed = draw(st.sets(st.sampled_from(differing), max_size=3)) if differing else ()
        changes = {name: getattr(other, name) for name in (*changed, "event_id", "event_time", "revision")}
        snapshots.append(msgspec.structs.replace(before, **changes))
    return snapshots


def revised_histories(*of: SearchStrategy[Snapshot], most: int = 4) -> SearchStrategy[list[Snapshot]]:
    """Histories of a few records of these kinds, each saved several times."""
    records = st.lists(st.one_of(*(revised(kind) for kind in of)), min_size=1, max_size=most)
    return records.map(lambda lists: [snapshot for record in lists for snapshot in record])
