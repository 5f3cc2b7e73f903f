"""What is suggested for alerts and for crimes that nobody reported, in words and in fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from agents.kafka.reader import latest_records
from agents.settings.settings import Settings
from schemas.products import Alert, Candidate, ProbableRecord
from streams.topology.topics import CANDIDATES

CSV_FIELDS: Final = ("probable_crime", "probable_crime_probability", "probable_crime_reasons", "other_probable_crimes")
"""What a table of alerts says of suggestions."""
UNREPORTED_FIELDS: Final = ("force", "crime_ref", "system", "ref", "probability", "reasons", "weights")
"""What a table of crimes that nobody reported says, a probable report a line."""
_CRIMES: Final = "CIS"


def candidates_by_alert(settings: Settings) -> dict[str, Candidate]:
    """Return what is suggested now, by alert_id.  Raises UnreadableError."""
    return dict(latest_records(settings, CANDIDATES, Candidate))


def unreported_crimes(candidates: Iterable[Candidate], force: str | None = None) -> list[Candidate]:
    """Return the crimes that nobody reported, the one whose report is the most probable first."""
    crimes = (one for one in candidates if one.subject_system == _CRIMES and force in (None, one.force))
    return sorted(crimes, key=lambda one: (-one.probability, one.force, one.crime_ref))


def with_candidates(alert: dict[str, object], candidate: Candidate | None) -> dict[str, object]:
    """Return an alert's fields with the crimes that it probably misses, where there are any."""
    if candidate is None:
        return alert
    records = [msgspec.to_builtins(record) for record in candidate.records]
    return {**alert, "probable_crimes": records, "link_model": candidate.model}


def csv_cells(candidate: Candidate | None) -> Iterator[object]:
    """Yield the cells of :data:`CSV_FIELDS`."""
    if candidate is None:
        yield from ("", "", "", "")
        return
    first, *others = candidate.records
    yield from (first.ref, first.probability, "; ".join(first.reasons))
    yield "; ".join(f"{record.ref} ({record.probability:.2f})" for record in others)


def unreported_rows(crimes: Iterable[Candidate]) -> Iterator[tuple[object, ...]]:
    """Yield the cells of :data:`UNREPORTED_FIELDS`."""
    for crime in crimes:
        for record in crime.probable:
            reasons = "; ".join(record.reasons)
            row = (crime.force, crime.crime_ref, record.system, record.ref, record.probability, reasons)
            yield (*row, weights_in_words(record))


def weights_in_words(record: ProbableRecord) -> str:
    """Return what each field says for a record and against it."""
    return "; ".join(f"{one.finding} {one.weight:+.1f}" for one in record.weights)


def suggestion_lines(
    alerts: Iterable[Alert], subjects: Iterable[tuple[str, str, str]], candidates: Mapping[str, Candidate]
) -> Iterator[tuple[str, ...]]:
    """Yield a line for each record that is probable for some alerts, or for some unlinked crimes.

    ``subjects`` are (force, system, reference).
    """
    about = set(subjects)
    chosen = [candidates[alert.alert_id] for alert in alerts if alert.alert_id in candidates]
    chosen += (
        candidate
        for candidate in candidates.values()
        if candidate.subject_system == _CRIMES and (candidate.force, _CRIMES, candidate.subject_ref) in about
    )
    lines = {
        (
            f"{candidate.subject_system} {candidate.subject_ref}",
            f"{record.system} {record.ref}",
            f"{record.probability:.0%}",
            weights_in_words(record) or "; ".join(record.reasons),
        ): None
        for candidate in chosen
        for record in candidate.records
    }
    yield from lines
