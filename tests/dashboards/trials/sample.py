"""Made-up records, put into a read model the way Kafka's would be: no person, no real reference."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from dashboards.board.ingest import apply
from dashboards.board.readmodel import ReadModel
from schemas.codec import Codec
from schemas.identifiers import alert_id, normalise
from schemas.products import (
    Alert,
    AlertAction,
    Candidate,
    Case,
    CaseLink,
    CaseMoment,
    CaseSystem,
    Erasure,
    Fact,
    FeedState,
    FieldWeight,
    ForceClock,
    ProbableRecord,
    Product,
    Review,
    ReviewStatus,
    Severity,
    Status,
    SubjectSystem,
)
from schemas.records import FEEDS, Assessment, Link
from schemas.times import to_rfc3339
from schemas.vocabularies import AssessorRole, LeftSystem, OffenceClass
from streams.policy.calendar import DAY, HOUR, MINUTE
from streams.rules import RULES
from streams.suggestions.unreported import unreported_id
from streams.topology.messages import TopicMessage

FORCE: Final = "LEICS"
_TEAMS: Final = ("City response A", "City response B", "County north", "County south", "Crime bureau")
_RULES: Final[tuple[tuple[str, Literal["STORM", "CIS", "CATS", "SENTINEL"]], ...]] = (
    ("crime-not-recorded", "STORM"),
    ("crime-not-recorded", "STORM"),
    ("crime-not-recorded", "STORM"),
    ("rape-not-recorded", "STORM"),
    ("rape-not-overseen", "STORM"),
    ("referral-unlinked", "CATS"),
    ("incident-closed-unresolved", "STORM"),
    ("no-crime-unsupported", "CIS"),
    ("asb-crime-not-recorded", "SENTINEL"),
    ("report-undecided", "STORM"),
)
_CLASSES: Final[tuple[OffenceClass, ...]] = ("VIOLENCE", "THEFT", "BURGLARY", "CRIMINAL_DAMAGE", "ROBBERY", "DRUGS")


class Feeder:
    """Puts records into a read model as if they had been read from their topics."""

    def __init__(self, model: ReadModel) -> None:
        self._model = model
        self._codec = Codec()
        self._offset = 0

    def put(self, *records: Product | Assessment | Link) -> None:
        """Put records in, each as the newest message of its topic."""
        apply.apply(self._model, [self._arrived(record) for record in records], self._codec)

    def forget(self, record: Product) -> None:
        """Put in a tombstone for a record's key."""
        self._offset += 1
        arrived = TopicMessage(record.TOPIC, 0, self._offset, key_of(record).encode(), None)
        apply.apply(self._model, [arrived], self._codec)

    def _arrived(self, record: Product | Assessment | Link) -> TopicMessage:
        self._offset += 1
        key, value = key_of(record).encode(), self._codec.encode(record)
        return TopicMessage(record.TOPIC, 0, self._offset, key, value)


def key_of(record: Product | Assessment | Link) -> str:
    """Return the key a record has on its topic."""
    match record:
        case Case():
            kind = {
                "STORM": "incident",
                "CIS": "crime",
                "CATS": "referral",
                "SENTINEL": "asb-report",
                "CMC": "call",
                "PPN": "protection-report",
            }
            return f"{record.force}|{record.system}|{kind.get(record.system, 'record')}|{record.normalised_ref}"
        case ForceClock() | AlertAction() | Assessment() | Link() | Erasure():
            return record.force
        case Review():
            kind = {"STORM": "incident", "CATS": "referral", "SENTINEL": "asb-report", "PPN": "protection-report"}
            return f"{record.force}|{record.system}|{kind[record.system]}|{record.normalised_ref}"
        case Alert() | Candidate():
            return record.alert_id
    return ""


def an_alert(
    rule_id: str,
    system: SubjectSystem,
    ref: str,
    *,
    wall: int,
    due_in: int | None,
    severity: Severity | None = None,
    sequence: int = 1,
    force: str = FORCE,
    team: str | None = None,
    offence_class: OffenceClass | None = None,
    status: Status | None = None,
) -> Alert:
    """Make an alert that is due ``due_in`` ms after ``wall``, or breached if that is past or None."""
    rule = RULES[rule_id]
    due_at = None if due_in is None else wall + due_in
    final_status: Status = status or ("AT_RISK" if due_in is not None and due_in >= 0 else "BREACHED")
    reported_at = wall - HOUR if due_at is None else due_at - DAY
    began_at = due_at if due_at is not None else wall - 20 * MINUTE
    return Alert(
        alert_id=alert_id(force, rule_id, system, ref),
        force=force,
        rule_id=rule_id,
        policy_version="2026-04",
        subject_system=system,
        subject_ref=ref,
        team=team,
        beat="C12",
        offence_class=offence_class,
        severity=severity or rule.severity,
        status=final_status,
        certainty="CONFIRMED",
        due_at=due_at,
        breached_at=began_at if final_status != "AT_RISK" else None,
        raised_at=min(wall, reported_at + 18 * HOUR if due_at is not None else began_at),
        updated_at=wall,
        sequence=sequence,
        title=rule.title,
        facts=(
            Fact(name="reported_at", value=to_rfc3339(reported_at), event_id=f"ev-{normalise(ref).lower()}-1"),
            Fact(name="crimes_expected", value="1", event_id=f"ev-{normalise(ref).lower()}-2"),
            Fact(name="status", value="CLOSED", event_id=f"ev-{normalise(ref).lower()}-3"),
            Fact(name="disposition", value="not stated", event_id=f"ev-{normalise(ref).lower()}-3"),
            Fact(name="crimes_counted", value="0"),
        ),
    )


def a_case(
    system: CaseSystem,
    ref: str,
    *,
    began_at: int,
    linked: Iterable[tuple[CaseSystem, str]] = (),
    moments: Iterable[tuple[int, str]] = (),
    summary: Iterable[tuple[str, str]] = (),
    force: str = FORCE,
    topic: str = "storm.incidents.v1",
) -> Case:
    """Make a case; moments are (ms after it began, summary)."""
    all_moments = tuple(moments) or ((0, "status OPEN"),)
    return Case(
        force=force,
        system=system,
        ref=ref,
        normalised_ref=normalise(ref),
        topic=topic,
        event_id=f"ev-{normalise(ref).lower()}-{len(all_moments)}",
        event_time=began_at + all_moments[-1][0],
        first_event_time=began_at + all_moments[0][0],
        snapshots=len(all_moments),
        linked=tuple(CaseLink(system=other, ref=to) for other, to in linked),
        moments=tuple(
            CaseMoment(event_id=f"ev-{normalise(ref).lower()}-{number}", event_time=began_at + after, summary=text)
            for number, (after, text) in enumerate(all_moments, start=1)
        ),
        summary=tuple(Fact(name=name, value=value) for name, value in summary),
    )


def a_review(
    ref: str,
    *,
    wall: int,
    probability: float = 0.5,
    due_in: int = DAY,
    system: LeftSystem = "STORM",
    force: str = FORCE,
    status: ReviewStatus = "WAITING",
) -> Review:
    """Make an entry of the review queue whose recording limit ends ``due_in`` ms after ``wall``."""
    return Review(
        force=force,
        system=system,
        ref=ref,
        normalised_ref=normalise(ref),
        team="City response A",
        reported_at=wall + due_in - DAY,
        due_at=wall + due_in,
        probability=probability,
        reasons=("opened as DOMESTIC: 25 % of such reports", "closed as no report although opened as one"),
        status=status,
    )


def an_assessment(
    ref: str,
    *,
    wall: int,
    crimes: int | None = 1,
    by: str = "ddm.lee",
    role: AssessorRole = "DDM",
    system: LeftSystem = "STORM",
    force: str = FORCE,
    rationale: str | None = "Read the log.",
) -> Assessment:
    """Make what somebody judged of a report at ``wall``."""
    return Assessment(
        event_id=f"as-{normalise(ref).lower()}-{by}-{wall}",
        force=force,
        source="BOARD",
        event_time=wall,
        system=system,
        ref=ref,
        crimes=crimes,
        rationale=rationale,
        assessed_by=by,
        assessed_role=role,
        assessed_at=wall,
    )


def a_link(left_ref: str, crime_ref: str, *, wall: int, by: str = "insp.patel") -> Link:
    """Make somebody's word, given at ``wall``, that an incident and a crime belong together."""
    return Link(
        event_id=f"li-{normalise(left_ref).lower()}-{normalise(crime_ref).lower()}-{wall}",
        force=FORCE,
        source="BOARD",
        event_time=wall,
        left_system="STORM",
        left_ref=left_ref,
        crime_ref=crime_ref,
        confirmed=True,
        confirmed_by=by,
    )


def a_clock(wall: int, *, force: str = FORCE, silent: str | None = None, silent_for: int = 0) -> ForceClock:
    """Make a force's clock with every feed complete until just now, but for one that may be silent."""
    feeds = tuple(
        FeedState(
            topic=topic,
            named=True,
            heartbeat=True,
            complete_through=wall - (silent_for if topic == silent else 20_000 + 3_000 * number),
        )
        for number, topic in enumerate(FEEDS)
    )
    return ForceClock(force=force, clock=wall, mode="LIVE", feeds=feeds)


def a_busy_shift(wall: int, alerts: int = 40, seed: int = 7) -> list[Product]:
    """Make a control room's evening: alerts about to breach and breached, and the records behind them."""
    dice = random.Random(seed)
    products: list[Product] = []
    for number in range(alerts):
        rule_id, system = dice.choice(_RULES)
        ref = f"{system[:2]}-20261123-{1000 + number}"
        ahead = dice.random() < 0.4
        due_in = dice.randrange(2 * MINUTE, 8 * HOUR) if ahead else -dice.randrange(5 * MINUTE, 50 * HOUR)
        offence: OffenceClass = "RAPE" if rule_id.startswith("rape") else dice.choice(_CLASSES)
        team = dice.choice(_TEAMS)
        alert = an_alert(
            rule_id,
            system,
            ref,
            wall=wall,
            due_in=None if rule_id == "incident-closed-unresolved" else due_in,
            team=team,
            offence_class=offence,
        )
        reported_at = wall + due_in - DAY
        summary = (
            ("reported_at", to_rfc3339(reported_at)),
            ("offence_class", offence),
            ("crimes_expected", "1"),
            ("status", "CLOSED"),
        )
        moments = ((0, "status OPEN"), (40 * MINUTE, "status OPEN"), (5 * HOUR, "status CLOSED"))
        if number % 3 != 1:
            products.append(_handled(alert, number, wall))
        products += [alert, a_case(system, ref, began_at=reported_at, moments=moments, summary=summary)]
    return products


def _handled(alert: Alert, number: int, wall: int) -> AlertAction:
    """Make what somebody did about an alert of the shift."""
    by = ("insp.patel", "sgt.okafor", "sgt.lee")[number % 2]
    about = AlertAction(
        action_id=f"shift-{number}",
        alert_id=alert.alert_id,
        force=alert.force,
        kind="ACK",
        by=by,
        role="SUPERVISOR",
        at=wall - 40 * MINUTE,
        expires_at=wall + (number % 5 + 1) * HOUR,
    )
    if number % 4 == 0:
        return about
    return msgspec.structs.replace(about, kind="ASSIGN", assignee="sgt.lee", expires_at=None)


def an_unreported_crime(crime_ref: str, report_ref: str, *, probability: float = 0.93) -> Candidate:
    """Return what is published of a crime that nobody reported: a log that it probably is of."""
    weight = FieldWeight(field="victim", finding="same victim", weight=7.84)
    report = ProbableRecord(
        system="STORM", ref=report_ref, probability=probability, reasons=("same victim",), weights=(weight,)
    )
    return Candidate(
        alert_id=unreported_id(FORCE, crime_ref),
        force=FORCE,
        subject_system="CIS",
        subject_ref=crime_ref,
        crime_ref=crime_ref,
        probability=probability,
        reasons=report.reasons,
        probable=(report, ProbableRecord(system="SENTINEL", ref="SEN-2", probability=0.04)),
        model="links-1",
    )


def a_linked_matter(wall: int) -> tuple[Alert, list[Product]]:
    """Make one matter that four systems know of, with an alert, a probable crime and what people did."""
    began = wall - 27 * HOUR
    incident, referral, crime, missing = "LE-20261122-0417", "CATS/2026/0088", "CR/0931/26", "CR/0932/26"
    alert = an_alert(
        "crime-not-recorded",
        "STORM",
        incident,
        wall=wall,
        due_in=-3 * HOUR,
        team="City response B",
        offence_class="VIOLENCE",
        severity="HIGH",
    )
    others: list[Product] = [
        a_case(
            "STORM",
            incident,
            began_at=began,
            linked=[("CIS", crime), ("CIS", missing)],
            moments=[(0, "status OPEN"), (2 * HOUR, "status OPEN"), (9 * HOUR, "status CLOSED")],
            summary=[
                ("reported_at", to_rfc3339(began)),
                ("channel", "PHONE"),
                ("opening_code", "VIO-01"),
                ("offence_class", "VIOLENCE"),
                ("crimes_expected", "2"),
                ("status", "CLOSED"),
            ],
        ),
        a_case(
            "CIS",
            crime,
            began_at=began + 11 * HOUR,
            topic="cis.crimes.v1",
            linked=[("STORM", incident)],
            moments=[(0, "status RECORDED"), (6 * HOUR, "status RECORDED")],
            summary=[
                ("recorded_at", to_rfc3339(began + 11 * HOUR)),
                ("offence_code", "8/06"),
                ("offence_class", "VIOLENCE"),
                ("status", "RECORDED"),
            ],
        ),
        a_case(
            "CATS",
            referral,
            began_at=began + 4 * HOUR,
            topic="cats.referrals.v1",
            linked=[("CIS", crime)],
            moments=[(0, "decision not stated"), (14 * HOUR, "decision CRIMED")],
            summary=[
                ("received_at", to_rfc3339(began + 4 * HOUR)),
                ("unit", "CAIU"),
                ("vulnerable", "CHILD"),
                ("crimes_expected", "1"),
                ("decision", "CRIMED"),
            ],
        ),
        a_case(
            "CMC",
            "CALL-55821",
            began_at=began,
            topic="cmc.calls.v1",
            linked=[("STORM", incident)],
            moments=[(0, "ncrs compliant not stated"), (20 * HOUR, "ncrs compliant no")],
            summary=[("handled_at", to_rfc3339(began)), ("team", "City response B"), ("ncrs_compliant", "no")],
        ),
        alert,
        Candidate(
            alert_id=alert.alert_id,
            force=FORCE,
            subject_system="STORM",
            subject_ref=incident,
            crime_ref="CR/0940/26",
            probability=0.87,
            reasons=("same offence class", "occurred within 40 minutes", "same beat"),
        ),
        AlertAction(
            action_id="a-1",
            alert_id=alert.alert_id,
            force=FORCE,
            kind="ACK",
            by="insp.patel",
            role="SUPERVISOR",
            at=wall - 2 * HOUR,
            expires_at=wall + HOUR,
        ),
        AlertAction(
            action_id="a-2",
            alert_id=alert.alert_id,
            force=FORCE,
            kind="NOTE",
            by="insp.patel",
            role="SUPERVISOR",
            at=wall - 100 * MINUTE,
            text="Second crime is with the bureau, ref to follow.",
        ),
        AlertAction(
            action_id="a-3",
            alert_id=alert.alert_id,
            force=FORCE,
            kind="ASSIGN",
            by="insp.patel",
            role="SUPERVISOR",
            at=wall - 95 * MINUTE,
            assignee="sgt.okafor",
        ),
    ]
    return alert, others
