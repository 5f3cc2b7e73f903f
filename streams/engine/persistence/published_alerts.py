"""Alerts and reviews as they were published, for a monitor whose state was lost.

Whoever judges from the beginning must know what others have been told: without it every alert would begin again at
sequence 1, behind its own later changes, and under the wall clock as if it had risen today.  An alert that is ahead of
the clock is left alone until the clock is there; what is then found otherwise is its next change.  A report that was
listed for review stays listed, so that its entry says what has become of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from schemas.products import Alert, Review
from streams.engine.state import alert_key, alert_value, review_key, review_value
from streams.facts.matters import CRIME, DISPOSAL, KINDS, REPORT_KINDS, Kind
from streams.rules import RULES

_ON_DISPOSALS: Final = "REVIEW"
"""The discriminator of decision-maker-untrained, the one rule about two kinds of one system, on disposals."""


_REPORT_KIND_BY_SYSTEM: Final = {kind.system: kind for kind in REPORT_KINDS}


def kind_of(alert: Alert) -> Kind | None:
    """Return the kind of matter that an alert is on; None where no kind has its system."""
    rule = RULES.get(alert.rule_id)
    kinds = [kind for kind in (rule.about if rule else KINDS) if kind.system == alert.subject_system]
    if CRIME in kinds and DISPOSAL in kinds:
        return DISPOSAL if alert.discriminator == _ON_DISPOSALS else CRIME
    return kinds[0] if kinds else None


def entries_of(alerts: Iterable[Alert], reviews: Iterable[Review] = ()) -> dict[bytes, bytes]:
    """Return the state entries of alerts and reviews, each as it was last published."""
    entries = {
        alert_key(alert.force, kind, alert): alert_value(alert)
        for alert in alerts
        if (kind := kind_of(alert)) is not None
    }
    for review in reviews:
        kind = _REPORT_KIND_BY_SYSTEM[review.system]
        entries[review_key(review.force, kind, review.normalised_ref)] = review_value(review)
    return entries
