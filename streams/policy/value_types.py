"""Types of policy settings: what each holds, its bounds, and how a file writes it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias, cast

from msgspec import Meta

from schemas.records import POSSIBLE_FEEDS
from schemas.vocabularies import OFFENCE_CLASSES
from streams.policy.calendar import DAY, HOUR, MINUTE, MINUTES_PER_DAY, local_midnight
from streams.policy.codes import CodeList
from streams.policy.offence_codes import offence_codes
from streams.policy.reading import WrittenAs, convert

_MS_PER_UNIT: Final = {"d": DAY, "h": HOUR, "m": MINUTE, "s": 1_000, "ms": 1}
_SMALLEST_SHARE: Final = Decimal("0.000001")
DurationText = Annotated[str, Meta(pattern=r"\A[0-9]{1,6}(d|h|m|s|ms)\Z")]
TimeText = Annotated[str, Meta(pattern=r"\A[0-9]{2}:[0-5][0-9]\Z")]


def milliseconds(text: str) -> int:
    """Turn a length of time as it is written into ms."""
    number = text.rstrip("dhms")
    return int(number) * _MS_PER_UNIT[text.removeprefix(number)]


def minutes_of_day(text: str) -> int:
    """Turn a time of day as it is written into minutes since local midnight; it may be after 24:00."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _midnight(day: date) -> int:
    return local_midnight(day.year, day.month, day.day)


def _share(number: Decimal) -> Fraction:
    if not number.is_finite() or not _SMALLEST_SHARE <= number < 1:
        raise ValueError
    return Fraction(number)


def _probability(number: Decimal) -> float:
    return float(_share(number))


def whole_number(least: int, most: int) -> Meta:
    """Bound a whole number, both ends allowed."""
    return Meta(ge=least, le=most, description=f"a whole number from {least} to {most}")


Duration = Annotated[
    int,
    Meta(ge=1, description='a duration above zero such as "90s", "15m", "24h" or "7d"'),
    WrittenAs(DurationText, milliseconds),
]
"""A length of time above zero, in ms; a day is 86,400,000 ms."""
DurationOrZero = Annotated[
    int,
    Meta(ge=0, description='a duration such as "0s", "90s", "15m", "24h" or "7d"'),
    WrittenAs(DurationText, milliseconds),
]
TimeOfDay = Annotated[
    int,
    Meta(ge=0, le=MINUTES_PER_DAY, description='a local time of day from "00:00" to "24:00"'),
    WrittenAs(TimeText, minutes_of_day),
]
"""Minutes since local midnight."""
LocalDate = Annotated[
    int, Meta(description="a date without quotes or time, such as 2015-04-01"), WrittenAs(date, _midnight)
]
"""A local date, as the moment (ms) at which it begins."""
_SHARE_WORDS: Final = "a number above 0 (at least 0.000001) and below 1, such as 0.25"
Share = Annotated[Fraction, Meta(description=_SHARE_WORDS), WrittenAs(Decimal, _share)]
"""A number above 0 and below 1, exactly as written."""
Probability = Annotated[float, Meta(description=_SHARE_WORDS), WrittenAs(Decimal, _probability)]
YesOrNo = Annotated[bool, Meta(description="true or false")]
Names = Annotated[
    frozenset[Annotated[str, Meta(pattern=r"\S")]], Meta(description="a list of texts, none of them blank")
]
Codes = Annotated[
    CodeList,
    Meta(description="codes of A-Z, 0-9 and single hyphens, upper case, with * only at the end"),
    WrittenAs(Names, lambda names: CodeList.of(sorted(names))),
]
OffenceCodes = Annotated[
    CodeList,
    Meta(
        description="codes of A-Z, 0-9 and single hyphens, upper case, with * only at the end, or categories of the "
        'offence list such as "category 105A" or "category 8N section 47"'
    ),
    WrittenAs(Names, lambda names: offence_codes(sorted(names))),
]
Force = Annotated[str, Meta(pattern=r"\S", description="a force")]
RuleId = Annotated[str, Meta(pattern=r"\A[a-z]+(-[a-z]+)*\Z", description="a rule's id, such as crime-not-recorded")]
RuleIds = Annotated[frozenset[RuleId], Meta(description="a list of rule ids, such as crime-not-recorded")]
FieldNames = Annotated[
    frozenset[Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_]*\Z")]],
    Meta(description="a list of fields of the feed's record"),
]
if TYPE_CHECKING:
    FeedName: TypeAlias = str
    KnownOffenceClass: TypeAlias = str
else:  # known at run time only
    FeedName = Literal[POSSIBLE_FEEDS]
    KnownOffenceClass = Literal[tuple(OFFENCE_CLASSES)]
OffenceClasses = Annotated[
    frozenset[KnownOffenceClass], Meta(description=f"a list of some of {', '.join(sorted(OFFENCE_CLASSES))}")
]
Feeds = Annotated[
    frozenset[FeedName],
    Meta(min_length=1, description=f"a list of at least one of {', '.join(sorted(POSSIBLE_FEEDS))}"),
]


def duration(text: str) -> int:
    """Read a length of time above zero (ms) such as ``15m``.  Raises NotAllowedError."""
    return cast("int", convert(Duration, text))
