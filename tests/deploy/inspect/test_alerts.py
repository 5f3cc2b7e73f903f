"""Alerts listed with how each is handled."""

from __future__ import annotations

import msgspec
import pytest

from deploy.inspect.alerts import FIELDS, AlertFilter, alert_fields, handling_in_words, select_alerts
from schemas.products import ActionKind, Alert, AlertAction
from schemas.rows import write_json
from schemas.times import from_rfc3339
from streams.actions import AlertActions
from streams.policy.calendar import HOUR
from tests.streams.actions.alerts import action, alert

PRESENT = from_rfc3339("2016-07-10T11:00:00Z")
IDS = tuple(f"{digit}1111111-1111-5111-8111-111111111111" for digit in "abc")


def act(kind: ActionKind, number: int, **more: object) -> AlertAction:
    """Return what somebody did about one of the alerts an hour ago."""
    return action(kind, PRESENT - HOUR, alert_id=IDS[number], by="lee", **more)


def three() -> list[Alert]:
    """Three alerts of one rule, by their ids."""
    return [alert(alert_id=alert_id) for alert_id in IDS]


def alert_actions(*actions: AlertAction) -> dict[tuple[str, str], AlertActions]:
    """Return the actions by force and alert."""
    return {("LEICS", alert_id): AlertActions.of(a for a in actions if a.alert_id == alert_id) for alert_id in IDS}


DONE = alert_actions(
    act("ACK", 0, expires_at=PRESENT + HOUR),
    act("ASSIGN", 1, assignee="kim"),
    act("SILENCE", 2, expires_at=PRESENT + 200 * 24 * HOUR, text="known"),
)


def ids(alert_filter: AlertFilter) -> str:
    """Return the first letter of the id of each alert listed."""
    return "".join(selected.alert.alert_id[0] for selected in select_alerts(three(), DONE, alert_filter, PRESENT))


@pytest.mark.parametrize(
    ("alert_filter", "expected"),
    [
        (AlertFilter(), "abc"),
        (AlertFilter(handled_by="lee"), "a"),
        (AlertFilter(handled_by="kim"), "b"),
        (AlertFilter(handled_by="ann"), ""),
        (AlertFilter(aside=True), "c"),
        (AlertFilter(aside=False), "ab"),
        (AlertFilter(force="LEICS", rule=three()[0].rule_id, severity=three()[0].severity), "abc"),
        (AlertFilter(force="DERBS"), ""),
        (AlertFilter(team="nobody's"), ""),
        (AlertFilter(statuses=frozenset({"WITHDRAWN"})), ""),
    ],
)
def test_a_list_is_limited_as_the_board_limits_its_own(alert_filter: AlertFilter, expected: str) -> None:
    """By what the alert says, and by who has it in hand and whether it is set aside."""
    assert ids(alert_filter) == expected


def test_how_an_alert_is_handled_is_said_in_words() -> None:
    """With London's times: as much of the date as is needed, the year where it is another."""
    words = [
        handling_in_words(selected.handling, PRESENT)
        for selected in select_alerts(three(), DONE, AlertFilter(), PRESENT)
    ]
    assert words == ["acknowledged by lee until 13:00", "with kim", "silenced by lee until 26 Jan 2017, 11:00"]


def test_what_has_expired_is_not_listed() -> None:
    """An acknowledgement ends by itself."""
    later = select_alerts(three(), DONE, AlertFilter(handled_by="lee"), PRESENT + 2 * HOUR)
    assert later == []


def test_fields_begin_as_an_export_does() -> None:
    """What the machine says is what it always is; what people did comes behind, in UTC."""
    first = select_alerts(three(), DONE, AlertFilter(), PRESENT)[0]
    fields = alert_fields(first)
    assert tuple(fields) == FIELDS
    exported = msgspec.json.decode(write_json(first.alert), type=dict[str, object])
    assert {name: fields[name] for name in exported} == exported
    assert (fields["acknowledged_by"], fields["acknowledged_until"]) == ("lee", "2016-07-10T12:00:00.000Z")
    assert (fields["assignee"], fields["silenced_by"], fields["notes"]) == (None, None, 0)
