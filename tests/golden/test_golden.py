"""Where nothing is lacking and nothing new is used, every alert is byte for byte what it was."""

from __future__ import annotations

import pytest

from tests.golden.histories import SETS, stored_file, stored_lines
from tests.golden.renew import difference
from tests.golden.runs import CLOCKS, alert_lines


@pytest.mark.parametrize("clock", sorted(CLOCKS))
@pytest.mark.parametrize("name", SETS)
def test_every_change_of_every_alert_is_as_it_was(name: str, clock: str) -> None:
    """Each in every byte, in the order of publication; a rule amended on purpose is stored anew (README)."""
    changed = difference(stored_lines(stored_file(name, clock)), alert_lines(name, clock))
    assert not changed, f"{name} under the {clock} clock:\n{changed}"


def test_a_difference_names_the_rules_and_shows_what_became_of_them() -> None:
    """Whoever amends a rule reads there whether anything else moved."""

    def alert(rule: str, status: str) -> str:
        return f'I\t{{"rule_id":"{rule}","status":"{status}"}}'

    former = [alert("a", "BREACHED"), alert("b", "AT_RISK")]
    assert difference(former, former) == ""
    assert difference(former, former[::-1]) == "the same lines in another order"
    assert difference(former, [alert("a", "BREACHED"), alert("b", "CLEARED"), alert("c", "BREACHED")]).splitlines() == [
        "b: 1 lines gone, 1 new",
        "c: 0 lines gone, 1 new",
        f"- {alert('b', 'AT_RISK')}",
        f"+ {alert('b', 'CLEARED')}",
        f"+ {alert('c', 'BREACHED')}",
    ]
