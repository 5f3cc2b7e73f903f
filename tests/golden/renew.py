"""Store anew what is made of the golden histories, and print what became different.

    python -m tests.golden.renew [scenario whole month drawn]

Only where a rule was amended on purpose: the README beside this says how.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable

import msgspec

from tests.golden.histories import SETS, store_lines, stored_file, stored_lines
from tests.golden.runs import CLOCKS, alert_lines

MOST_SHOWN = 6


def difference(former: Iterable[str], current: Iterable[str]) -> str:
    """Return which rules say other things than before, how often, and the first lines that differ; empty if none."""
    before, now = list(former), list(current)
    if before == now:
        return ""
    gone, new = Counter(before) - Counter(now), Counter(now) - Counter(before)
    by_rule = Counter({rule: -count for rule, count in Counter(map(rule_of, gone.elements())).items()})
    added = Counter(map(rule_of, new.elements()))
    lines = [f"{rule}: {-by_rule[rule]} lines gone, {added[rule]} new" for rule in sorted({*by_rule, *added})]
    lines += [f"- {line}" for line in list(gone)[:MOST_SHOWN]] + [f"+ {line}" for line in list(new)[:MOST_SHOWN]]
    return "\n".join(lines) or "the same lines in another order"


def rule_of(line: str) -> str:
    """Return the rule of a stored alert."""
    return str(msgspec.json.decode(line.split("\t", 1)[1])["rule_id"])


def main(arguments: list[str] | None = None) -> None:
    """Store the alerts of the named sets anew."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden.renew", description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", choices=[*SETS, []], help="which sets of histories (all)")
    for name in parser.parse_args(arguments).sets or SETS:
        for clock in CLOCKS:
            path, current = stored_file(name, clock), list(alert_lines(name, clock))
            if path.exists():
                sys.stdout.write(f"{name}, {clock} clock: {difference(stored_lines(path), current) or 'as before'}\n")
            store_lines(path, current)


if __name__ == "__main__":
    main()
