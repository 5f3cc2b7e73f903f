"""Reports by other routes than the control room: CATS, PPN, SENTINEL, and crimes of no log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from deploy.scenario.month import shares
from deploy.scenario.month.crimes import crime_snapshots, recorded
from deploy.scenario.month.people import People
from deploy.scenario.month.shares import Place
from deploy.scenario.month.station import Station
from deploy.scenario.month.truth import TrueReport, Truth
from deploy.scenario.revisions import snapshots_of
from schemas.records import AsbReport, Crime, ProtectionReport, Referral, Snapshot
from schemas.vocabularies import Millis
from streams.policy.calendar import DAY, HOUR, MINUTE

_AGENCIES = ("Children's services", "Adult social care", "Health visiting", "School", "Probation")


@dataclass(slots=True)
class OtherRoutes:
    """Every route into the force's records but STORM."""

    station: Station
    people: People
    truth: Truth
    crimes: int = 0
    """How many crimes were recorded from referrals and protection reports."""

    def day(self, midnight: Millis, number: int) -> Iterator[Snapshot]:
        """Yield every snapshot of the reports that arrive on a day."""
        hidden = shares.of_day(shares.SENTINEL_HIDDEN, number)
        for place in range(shares.ASB_REPORTS_A_DAY):
            yield from self._asb_report(midnight, hidden=place < hidden)
        for _ in range(shares.REFERRALS_A_DAY):
            yield from self._referral(midnight)
        for _ in range(shares.PROTECTION_REPORTS_A_DAY):
            yield from self._protection_report(midnight)

    def other_crimes(self, midnight: Millis, number: int) -> Iterator[Snapshot]:
        """Yield crimes that were reported on-line, at a counter or to the bureau, with no log."""
        for _ in range(number):
            crime = recorded(self.station, self.station.time_of_day(midnight), self.station.offence_class())
            yield from crime_snapshots(self.station, self._placed(crime))

    def _asb_report(self, midnight: Millis, *, hidden: bool) -> list[AsbReport]:
        station = self.station
        reported_at = station.time_of_day(midnight)
        ref, beat = station.number("SEN-25-"), self.people.beat()[0]
        offence_class = station.dice.choice(("CRIMINAL_DAMAGE", "PUBLIC_ORDER", "VIOLENCE")) if hidden else None
        repeat = station.chance(shares.HIDDEN_TRAITS["ASB"].repeat if hidden else 10)
        first = AsbReport(
            event_id=f"{station.force} {ref}",
            force=station.force,
            source="SENTINEL",
            event_time=reported_at + station.between(5 * MINUTE, HOUR),
            asb_ref=ref,
            reported_at=reported_at,
            partner="LOCAL_AUTHORITY" if station.chance(55) else "FORCE",
            beat=beat,
            victim_token=self.people.caller(again=repeat),
        )
        if hidden:
            self.truth.reports.append(
                TrueReport("SENTINEL", ref, reported_at, offence_class or "OTHER", 1, 0, 0, 0, place="ASB")
            )
        decided_at = first.event_time + station.between(2 * HOUR, 40 * HOUR)
        decided = {"crimes_expected": int(hidden), "offence_class": offence_class, "reporter_informed": True}
        return snapshots_of(first, [(decided_at, decided)])

    def _referral(self, midnight: Millis) -> Iterator[Snapshot]:
        station, received_at = self.station, self.station.time_of_day(midnight)
        ref = station.number("CATS-25-")
        first = Referral(
            event_id=f"{station.force} {ref}",
            force=station.force,
            source="CATS",
            event_time=received_at + station.between(5 * MINUTE, HOUR),
            referral_ref=ref,
            received_at=received_at,
            unit="CAIU" if station.chance(75) else "POLIT",
            agency=station.dice.choice(_AGENCIES),
            agency_sector="PUBLIC",
            reporter="PROFESSIONAL",
            vulnerable=("CHILD",) if station.chance(80) else ("ADULT",),
            beat=self.people.beat()[0],
            victim_token=station.victim(),
        )
        discloses, is_recorded = station.chance(shares.REFERRAL_DISCLOSES), station.chance(shares.REFERRAL_RECORDED)
        yield from self._decided(first, ref, "REFERRAL", discloses=discloses, is_recorded=is_recorded)

    def _protection_report(self, midnight: Millis) -> Iterator[Snapshot]:
        station, received_at = self.station, self.station.time_of_day(midnight)
        ref = station.number("PPN-25-")
        kind = station.dice.choices(list(shares.PROTECTION_KINDS), list(shares.PROTECTION_KINDS.values()))[0]
        first = ProtectionReport(
            event_id=f"{station.force} {ref}",
            force=station.force,
            source="PPN",
            event_time=received_at + station.between(5 * MINUTE, HOUR),
            report_ref=ref,
            received_at=received_at,
            kind=kind,
            agency=station.dice.choice(_AGENCIES),
            agency_sector="PUBLIC",
            reporter="PROFESSIONAL",
            vulnerable=("CHILD",) if station.chance(45) else ("ADULT",),
            beat=self.people.beat()[0],
            victim_token=self.people.caller(again=station.chance(shares.PROTECTION_REPEAT)),
        )
        discloses, is_recorded = station.chance(shares.PROTECTION_DISCLOSES), station.chance(shares.PROTECTION_RECORDED)
        yield from self._decided(first, ref, "PROTECTION", discloses=discloses, is_recorded=is_recorded)

    def _decided(
        self, first: Referral | ProtectionReport, ref: str, place: Place, *, discloses: bool, is_recorded: bool
    ) -> Iterator[Snapshot]:
        """Decide a report from another agency, and record its crime where that is done."""
        decided_at = first.event_time + self.station.between(2 * HOUR, 30 * HOUR)
        decided: dict[str, object] = {"crimes_expected": 0, "decision": "NOT_A_CRIME", "decision_rationale": "None."}
        if discloses:
            offence_class = "SEXUAL" if isinstance(first, Referral) and self.station.chance(55) else "VIOLENCE"
            decided = {"crimes_expected": 1, "offence_class": offence_class}
            if is_recorded:
                decided["decision"] = "CRIMED"
                yield from self._recorded_from(decided_at, offence_class, ref)
            in_time = is_recorded and decided_at - first.received_at <= DAY
            recorded_crimes = int(is_recorded)
            self.truth.reports.append(
                TrueReport(
                    first.source,
                    ref,
                    first.received_at,
                    offence_class,
                    crimes=1,
                    recorded=recorded_crimes,
                    in_time=int(in_time),
                    classified_right=recorded_crimes,
                    place=None if is_recorded else place,
                )
            )
        yield from snapshots_of(first, [(decided_at + MINUTE, {**decided, "reporter_informed": True})])

    def _recorded_from(self, recorded_at: Millis, offence_class: str, ref: str) -> list[Crime]:
        crime = self._placed(recorded(self.station, recorded_at, offence_class))
        self.crimes += 1
        return crime_snapshots(self.station, msgspec.structs.replace(crime, referral_refs=(self.people.typed(ref),)))

    def _placed(self, crime: Crime) -> Crime:
        beat, team = self.people.beat()
        return msgspec.structs.replace(crime, beat=beat, team=team)
