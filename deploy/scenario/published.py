"""What HMIC published on Leicestershire Police: Part B of the report and its dip samples.

Source: HMIC, "Crime data integrity: Inspection of Leicestershire Police", August 2014, pages 5 to 9 and 13.  These
figures are shown beside the computed ones and compared with them; nothing is ever computed from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Published(NamedTuple):
    """One line of HMIC's: how many were found in order, of how many examined."""

    found: int
    of: int


PUBLISHED: Final[Mapping[str, Published]] = MappingProxyType(
    {
        "Incidents: crimes identified, of incidents reviewed": Published(115, 123),
        "Incidents: crimes recorded, of those identified": Published(100, 115),
        "Incidents: recorded in time": Published(100, 100),
        "Incidents: classified correctly": Published(97, 100),
        "Referrals: crimes identified, of referrals reviewed": Published(16, 55),
        "Referrals: crimes recorded, of those identified": Published(6, 16),
        "Referrals: recorded in time": Published(6, 6),
        "Referrals: classified correctly": Published(6, 6),
        "No-crimes: correct": Published(74, 83),
        "No-crimes: correct, robbery": Published(17, 23),
        "Cautions: offender suitable": Published(23, 25),
        "Cautions: implications explained": Published(22, 25),
        "Cautions: victim consulted": Published(14, 18),
        "Penalty notices: offender suitable": Published(19, 25),
        "Penalty notices: implications explained": Published(0, 25),
        "Penalty notices: victim consulted": Published(11, 15),
        "Cannabis warnings: offender suitable": Published(20, 25),
        "Cannabis warnings: implications explained": Published(0, 25),
        "Community resolutions: offender suitable": Published(24, 25),
        "Community resolutions: victim consulted": Published(19, 20),
        "Community resolutions: outcome meaningful": Published(20, 25),
    }
)
"""Each published figure under its label in :mod:`streams.reports.figures`, in the report's order."""
