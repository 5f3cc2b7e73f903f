"""What HMIC published on Leicestershire Police: Part B of the report and its dip samples.

Source: HMIC, "Crime data integrity: Inspection of Leicestershire Police", August 2014, pages 5 to 9 and 13.  These
figures are shown beside the computed ones and compared with them; nothing is computed from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class PublishedFigure(NamedTuple):
    """One line of HMIC's table: how many were found in order, of how many examined."""

    found: int
    of: int


PUBLISHED: Final[Mapping[str, PublishedFigure]] = MappingProxyType(
    {
        "Incidents: crimes identified, of incidents reviewed": PublishedFigure(115, 123),
        "Incidents: crimes recorded, of those identified": PublishedFigure(100, 115),
        "Incidents: recorded in time": PublishedFigure(100, 100),
        "Incidents: classified correctly": PublishedFigure(97, 100),
        "Referrals: crimes identified, of referrals reviewed": PublishedFigure(16, 55),
        "Referrals: crimes recorded, of those identified": PublishedFigure(6, 16),
        "Referrals: recorded in time": PublishedFigure(6, 6),
        "Referrals: classified correctly": PublishedFigure(6, 6),
        "No-crimes: correct": PublishedFigure(74, 83),
        "No-crimes: correct, robbery": PublishedFigure(17, 23),
        "Cautions: offender suitable": PublishedFigure(23, 25),
        "Cautions: implications explained": PublishedFigure(22, 25),
        "Cautions: victim consulted": PublishedFigure(14, 18),
        "Penalty notices: offender suitable": PublishedFigure(19, 25),
        "Penalty notices: implications explained": PublishedFigure(0, 25),
        "Penalty notices: victim consulted": PublishedFigure(11, 15),
        "Cannabis warnings: offender suitable": PublishedFigure(20, 25),
        "Cannabis warnings: implications explained": PublishedFigure(0, 25),
        "Community resolutions: offender suitable": PublishedFigure(24, 25),
        "Community resolutions: victim consulted": PublishedFigure(19, 20),
        "Community resolutions: outcome meaningful": PublishedFigure(20, 25),
    }
)
"""Each published figure under its label in :mod:`streams.reports.figures`, in the report's order."""
