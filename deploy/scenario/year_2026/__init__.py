"""The scenario of 2026: small histories of one invented force under today's Crime Recording Rules.

Each rule of 2026, and each amendment of an older one, is broken once and kept once beside it: what today's text
permits stays silent.  The records say what the force's systems saved, from April to August.  Which alerts should follow
is stated beside them (:class:`~deploy.scenario.year_2026.story.StoryAlert`), and which do follow comes out where the
rules are applied.  A module has the stories of one subject, and names the paragraphs they are about:

- :mod:`~deploy.scenario.year_2026.crimes`: recorded late, reclassified, code against class;
- :mod:`~deploy.scenario.year_2026.rapes`: N100, closures, oversight;
- :mod:`~deploy.scenario.year_2026.closures`: logs closed without a crime;
- :mod:`~deploy.scenario.year_2026.deaths`: N300;
- :mod:`~deploy.scenario.year_2026.outcomes`: the outcomes framework, a row at a time;
- :mod:`~deploy.scenario.year_2026.other_reports`: protection reports, and feeds in which nothing is wrong;
- :mod:`~deploy.scenario.year_2026.corrections`: what a higher revision of one moment corrects.

``cdi demo --scenario 2026`` plays it.
"""

from __future__ import annotations

from itertools import chain

from deploy.scenario.year_2026 import closures, corrections, crimes, deaths, other_reports, outcomes, rapes
from deploy.scenario.year_2026.records import at, training
from deploy.scenario.year_2026.story import Story, StoryAlert
from schemas.records import Snapshot

__all__ = ["Story", "StoryAlert", "events", "examples", "stories"]

END = at(31, 8)
"""The clock passes here last (ms): every deadline of the stories is over."""


def stories() -> list[Story]:
    """Return every story, in the order in which they are shown."""
    return [
        *chain(
            crimes.recorded_late(),
            crimes.rape_to_n100(),
            crimes.to_lesser_class(),
            crimes.code_and_class(),
            rapes.n100_on_log(),
            rapes.n100_unseen(),
            rapes.closures(),
            rapes.oversight(),
            closures.related_incidents(),
            closures.closing_codes(),
            closures.duplicates(),
            closures.people_at_risk(),
            deaths.unrecorded(),
            deaths.unseen(),
            deaths.in_place_of_homicide(),
            outcomes.outcomes(),
            outcomes.outcome_21(),
            outcomes.child_with_knife(),
            other_reports.protection_reports(),
            other_reports.repeated_asb(),
            other_reports.in_order(),
            corrections.time_of_report(),
            corrections.disclosed_crime(),
        )
    ]


def events() -> list[Snapshot]:
    """Return every snapshot of the scenario, in order of event_time."""
    snapshots = [*training(END), *chain.from_iterable(story.snapshots for story in stories())]
    return sorted(snapshots, key=lambda snapshot: (snapshot.event_time, snapshot.revision, snapshot.event_id))


def examples() -> dict[str, str]:
    """Return by rule the title of the first story that breaks it, in which it is the rule meant."""
    titles: dict[str, str] = {}
    for story in stories():
        if story.expected:
            titles.setdefault(story.rule_id, story.title)
    return titles
