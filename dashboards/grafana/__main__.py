"""``python -m dashboards.grafana``: make the dashboards' JSON anew."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dashboards.grafana.building import PAGES, RUNBOOK, dashboard_of

JSON = Path(__file__).parent / "json"


def main(arguments: list[str] | None = None) -> int:
    """Write every dashboard, and say where."""
    parser = argparse.ArgumentParser(prog="python -m dashboards.grafana", description=__doc__)
    parser.add_argument("--out", type=Path, default=JSON, help="the folder to write to")
    parser.add_argument("--runbook", default=RUNBOOK, help="where you publish the runbook: a URL")
    told = parser.parse_args(arguments)
    told.out.mkdir(parents=True, exist_ok=True)
    for page in PAGES:
        file = told.out / f"{page.uid}.json"
        file.write_text(dashboard_of(page, told.runbook), encoding="utf-8")
        sys.stdout.write(f"{file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
