"""What the screen says: times as Europe/London's clocks show them, spans as people say them, codes as words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from schemas.times import EARLIEST, LATEST, from_rfc3339
from streams.policy.calendar import DAY, HOUR, LONDON, MINUTE
from streams.rules import RULES

SYSTEMS: Final = {
    "STORM": "STORM incidents",
    "CIS": "CIS crimes",
    "CATS": "CATS referrals",
    "SENTINEL": "Sentinel anti-social behaviour",
    "CMC": "Call reviews",
    "FEED": "Feeds",
    "PNC": "PNC",
    "TRAINING": "Training",
}
STATUSES: Final = {
    "AT_RISK": "About to breach",
    "BREACHED": "Breached",
    "CLEARED": "Cleared late",
    "WITHDRAWN": "Withdrawn",
}
REASONS: Final = {
    "CORRECTED": "the record was corrected",
    "MET_IN_TIME": "it had been met in time",
    "RECORDED_LATE": "recorded late",
    "DISPOSED_LATE": "disposed of late",
    "REMEDIED": "put right",
}
ACTIONS: Final = {
    "ACK": "acknowledged",
    "ASSIGN": "assigned",
    "NOTE": "noted",
    "SILENCE": "silenced",
    "UNSILENCE": "ended the silence",
    "ESCALATE": "escalated",
    "HANDOVER": "handed over",
    "OVERRIDE": "decided as registrar",
}
LEVELS: Final = {"SUPERVISOR": "the supervisor", "DUTY_INSPECTOR": "the duty inspector", "FCR": "the registrar"}
FEEDS: Final = {
    "storm.incidents.v1": "STORM incidents",
    "cis.crimes.v1": "CIS crimes",
    "cis.no-crimes.v1": "CIS no-crimes",
    "cis.disposals.v1": "CIS disposals",
    "pnc.offender-histories.v1": "PNC histories",
    "cats.referrals.v1": "CATS referrals",
    "sentinel.asb-reports.v1": "Sentinel reports",
    "training.records.v1": "Training records",
    "cmc.calls.v1": "CMC calls",
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def local(moment: int) -> datetime:
    """Return a moment on London's clocks; one beyond the years there are is brought to their end."""
    within = min(max(moment, EARLIEST + DAY), LATEST - DAY)
    return (_EPOCH + timedelta(milliseconds=within)).astimezone(LONDON)


def clock_time(moment: int) -> str:
    """``14:03``."""
    return f"{local(moment):%H:%M}"


def exact_time(moment: int) -> str:
    """``14:03:22``."""
    return f"{local(moment):%H:%M:%S}"


def day(moment: int) -> str:
    """``4 May 2013``."""
    at = local(moment)
    return f"{at.day} {at:%B %Y}"


def full_time(moment: int) -> str:
    """``Sat 4 May 2013, 14:03:22 BST``."""
    at = local(moment)
    return f"{at:%a} {at.day} {at:%b %Y}, {at:%H:%M:%S} {at:%Z}"


def when(moment: int, present: int, wall: int | None = None) -> str:
    """A time with as much of its date as is needed: ``14:03``, ``Sat 4 May, 14:03`` or ``4 May 2012, 14:03``.

    ``wall`` is the time of whoever reads, where ``present`` is another: a year is left out only where it is theirs.
    """
    at, today = local(moment), local(present)
    if at.year != local(present if wall is None else wall).year:
        return f"{at.day} {at:%b %Y}, {at:%H:%M}"
    if at.date() == today.date():
        return f"{at:%H:%M}"
    if at.year == today.year:
        return f"{at:%a} {at.day} {at:%b}, {at:%H:%M}"
    return f"{at.day} {at:%b %Y}, {at:%H:%M}"


def span(length: int) -> str:
    """A length of time in its two largest units: ``2 d 4 h``, ``3 h 05 min``, ``12 min``, ``40 s``; never negative."""
    length = abs(length)
    if length >= 2 * DAY:
        days, rest = divmod(length, DAY)
        return f"{days} d {rest // HOUR} h"
    if length >= HOUR:
        hours, rest = divmod(length, HOUR)
        return f"{hours} h {rest // MINUTE:02d} min"
    if length >= MINUTE:
        return f"{length // MINUTE} min"
    return f"{length // 1000} s"


def exactly(ms: int) -> str:
    """A length of time exactly, in its largest whole unit: ``14 days``, ``72 hours``, ``90 minutes``."""
    if ms >= 4 * DAY and ms % DAY == 0:
        return f"{ms // DAY} days"
    for unit, name in ((HOUR, "hour"), (MINUTE, "minute"), (1000, "second")):
        if ms % unit == 0:
            return f"{ms // unit} {name}{'' if ms == unit else 's'}"
    return f"{ms} ms"


def fact_value(text: str) -> str:
    """Write a fact as London's clocks show it where it is a time, else as it stands."""
    if text[-1:] == "Z" and text[:4].isdigit():
        try:
            return full_time(from_rfc3339(text))
        except ValueError:
            return text
    return text


def plain(code: str | None) -> str:
    """A field's name or a code in words: ``crimes_expected`` is ``Crimes expected``."""
    if not code:
        return "–"
    text = code.replace("_", " ").strip()
    return text[:1].upper() + (text[1:].lower() if text.isupper() else text[1:])


def rule_title(rule_id: str) -> str:
    """What a rule says in words; its id where this board does not know it."""
    rule = RULES.get(rule_id)
    return rule.title if rule else plain(rule_id.replace("-", "_"))
