"""Codes, field names and facts in the board's words."""

from __future__ import annotations

import re
from typing import Final

from schemas.products import Fact
from schemas.records import (
    AsbReport,
    Call,
    Crime,
    Disposal,
    Incident,
    NoCrime,
    OffenderHistory,
    ProtectionReport,
    Referral,
    TrainingRecord,
)
from schemas.times import from_rfc3339
from streams.offences import names_of, offence_list
from streams.policy.times_in_words import full_time
from streams.rules import RULES

SYSTEM_NAMES: Final = {
    "STORM": "STORM incidents",
    "CIS": "CIS crimes",
    "CATS": "CATS referrals",
    "SENTINEL": "Sentinel anti-social behaviour",
    "PPN": "Protection reports",
    "CMC": "Call reviews",
    "FEED": "Feeds",
    "PNC": "PNC",
    "TRAINING": "Training",
}
STATUS_NAMES: Final = {
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
    "AUDIT": "audited",
}
LEVELS: Final = {"SUPERVISOR": "the supervisor", "DUTY_INSPECTOR": "the duty inspector", "FCR": "the registrar"}
FEEDS: Final = {
    Incident.TOPIC: "STORM incidents",
    Crime.TOPIC: "CIS crimes",
    NoCrime.TOPIC: "CIS no-crimes",
    Disposal.TOPIC: "CIS disposals",
    OffenderHistory.TOPIC: "PNC histories",
    Referral.TOPIC: "CATS referrals",
    AsbReport.TOPIC: "Sentinel reports",
    TrainingRecord.TOPIC: "Training records",
    Call.TOPIC: "CMC calls",
    ProtectionReport.TOPIC: "Protection reports",
}
_FIELD_NAME: Final = re.compile(r"[a-z]+(_[a-z]+)+")
_INITIALS: Final = frozenset({"asb", "avi", "da", "dci", "ddm", "di", "fcr", "n100", "pnc"})
"""Words that are written in capitals wherever they stand."""


def fact_value(text: str) -> str:
    """Write a fact as London's clocks show it where it is a time, else as it stands."""
    if text[-1:] == "Z" and text[:4].isdigit():
        try:
            return full_time(from_rfc3339(text))
        except ValueError:
            return text
    return text


def about_text(discriminator: str) -> str:
    """Write what an alert is about as :func:`fact_value` does, and a field's name in words."""
    return plain(discriminator) if _FIELD_NAME.fullmatch(discriminator) else fact_value(discriminator)


def fact_text(fact: Fact) -> str:
    """Write a fact as :func:`fact_value` does, and behind an offence's code what it stands for."""
    text = fact_value(fact.value)
    name = names_of(offence_list().find(text)) if fact.name == "offence_code" else ""
    return f"{text} ({name})" if name else text


def plain(code: str | None) -> str:
    """Write a field's name or a code in words: ``crimes_expected`` is ``Crimes expected``."""
    if not code:
        return "–"
    text = code.replace("_", " ").strip()
    words = (text.lower() if text.isupper() else text).split(" ")
    text = " ".join(word.upper() if word.lower() in _INITIALS else word for word in words)
    return f"{text[:1].upper()}{text[1:]}"


def sentence(text: str) -> str:
    """Return words as a sentence: with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def rule_title(rule_id: str) -> str:
    """Return a rule's title, or its id in words where this release does not have the rule."""
    rule = RULES.get(rule_id)
    return rule.title if rule else plain(rule_id.replace("-", "_"))
