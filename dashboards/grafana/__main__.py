"""``python -m dashboards.grafana``: generate the dashboards' JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dashboards.grafana.building import PAGES, RUNBOOK, dashboard_of

JSON = Path(__file__).parent / "json"


def main(arguments: list[str] | None = None) -> int:
    """Write every dashboard and print its path."""
    parser = argparse.ArgumentParser(prog="python -m dashboards.grafana", description=__doc__)
    parser.add_argument("--out", type=Path, default=JSON, help="the folder to write to")
    parser.add_argument("--runbook", default=RUNBOOK, help="where you publish the runbook: a URL")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for page in PAGES:
        file = options.out / f"{page.uid}.json"
        file.write_text(dashboard_of(page, options.runbook), encoding="utf-8")
        sys.stdout.write(f"{file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
