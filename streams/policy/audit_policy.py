"""The policy of the NCRS audit: how a sample is sized and read, and which incidents are domestic.

None of it is effective-dated: a plan is made, read and estimated today, whatever period it is about.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from streams.policy.codes import CodeList
from streams.policy.reading import WrittenAs
from streams.policy.value_types import Codes, Probability, whole_number

_MOST_CRIMES: Final = 100
_NORMAL_QUANTILES: Final = (Decimal(1), Decimal(5))


def _crimes(number: Decimal) -> float:
    if not number.is_finite() or not 0 < number <= _MOST_CRIMES:
        raise ValueError
    return float(number)


def _quantile(number: Decimal) -> float:
    least, most = _NORMAL_QUANTILES
    if not number.is_finite() or not least <= number <= most:
        raise ValueError
    return float(number)


class AuditPolicy(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """How samples are sized, drawn and read."""

    z: Annotated[
        float,
        Meta(description="a number from 1 to 5, such as 1.959964 for 95 %"),
        WrittenAs(Decimal, _quantile),
    ]
    """The two-sided point of the normal distribution at the confidence of every interval."""
    second_reader_percent: Annotated[int, whole_number(0, 100)]
    """How many of 100 records a second reader reads."""
    smallest_per_stratum: Annotated[int, whole_number(1, 1_000)]
    """Records read of each stratum at least, where it has as many."""
    expected_recorded: Probability
    """Share of crimes expected to be recorded where no former audit says."""
    expected_crimes: Annotated[
        float,
        Meta(description=f"a number above 0, at most {_MOST_CRIMES}, such as 0.5"),
        WrittenAs(Decimal, _crimes),
    ]
    """Crimes that one reading is expected to find where no former audit says."""
    domestic_codes: Codes
    domestic_qualifiers: Codes

    def is_domestic(self, codes: tuple[str | None, ...], qualifiers: tuple[str, ...]) -> bool:
        """Return whether an incident of these codes and qualifiers is domestic."""
        return _any(self.domestic_codes, codes) or _any(self.domestic_qualifiers, qualifiers)


def _any(codes: CodeList, values: tuple[str | None, ...]) -> bool:
    return any(codes.holds(value) for value in values)
