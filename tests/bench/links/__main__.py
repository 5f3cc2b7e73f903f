"""Train and measure the model of links: ``python -m tests.bench.links [train|measure|document]``.

``train`` estimates the model anew and writes it; ``measure`` prints what it comes to on seeds it was not trained on;
``document`` writes that to LINKS.md beside this.
"""

from __future__ import annotations

import argparse
import sys

from tests.bench.links.document import LINKS_FILE, document
from tests.bench.links.train import train

DAYS = 12
CHECKED_ON = (301, 302, 303, 304)


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.links", description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", default="measure", choices=("train", "measure", "document"))
    parser.add_argument("--days", type=int, default=DAYS, help=f"how many days of reports ({DAYS})")
    parser.add_argument("--version", help="of train: the version of the model to write")
    chosen = parser.parse_args()
    if chosen.what == "train":
        sys.stdout.write(train(chosen.version, chosen.days))
        return
    text = document(CHECKED_ON, chosen.days)
    if chosen.what == "document":
        LINKS_FILE.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
