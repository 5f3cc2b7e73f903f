"""``cdi connect --check``: what a feed's next rows would come to, without Kafka."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from deploy.cli.feed_check import print_fields, print_first, print_skipped, print_values
from deploy.cli.feed_summary import old_records
from deploy.cli.framework.bad_rows import bad_rows_by_kind
from deploy.cli.framework.errors import CommandError
from deploy.cli.framework.output import tell
from deploy.connect.batch import NOT_YET, NOTHING_NEW, Batch
from deploy.connect.runner import FAILURES
from deploy.files.feed_check import CheckedRecords, ValuesWithoutCode, counting_mapping
from deploy.files.old_records import EventTimes
from schemas.quantities import counted
from schemas.records import Heartbeat
from schemas.times import to_rfc3339

if TYPE_CHECKING:
    from deploy.connect.definition import ConnectedFeed

MOST_ROWS: Final = 1_000
"""So many rows are looked at: a database would be read to its end."""


def check_feed(feed: ConnectedFeed) -> None:
    """Say what the first rows that were not read yet would come to.

    Raises CommandError where the source cannot be read, or no row can.
    """
    without_code, skipped = ValuesWithoutCode(), Counter[str]()
    prepared = partial(counting_mapping, without_code=without_code, skipped=skipped)
    feed = replace(feed, feedings=None, prepared=prepared)
    try:
        with closing(feed.definition.open(feed)) as source:
            batches = source.batches(threading.Event(), once=True)
            batch = next((batch for batch in batches if batch not in (NOTHING_NEW, NOT_YET)), None)
            if batch is None:
                tell(f"{feed.name}: there is nothing new to read")
            else:
                without_code.by_column.clear()  # of what was only looked at
                skipped.clear()
                records, rows = _read(feed, batch)
                _print(records, rows, without_code, skipped)
                _tell(feed, batch, records)
            if source.remark is not None:
                tell(f"{feed.name}: {source.remark}")
    except FAILURES as failure:
        raise CommandError(f"{feed.name}: {failure}") from None


def _read(feed: ConnectedFeed, batch: Batch) -> tuple[CheckedRecords, int]:
    """Read the first rows of a batch; return what would be sent, and how many rows there are.

    Raises CommandError where none of them is a record.
    """
    if batch.refused is not None:
        raise CommandError(f"{feed.name}: {batch.origin}: {batch.refused}")
    records, rows, refused = CheckedRecords(), 0, 0
    with bad_rows_by_kind() as name_row:
        for row in islice(batch.rows, MOST_ROWS):
            rows += not row.is_blank
            if row.refusal is not None:
                refused += 1
                name_row(row.origin(Path(batch.origin)), row.line, str(row.refusal))
            elif isinstance(row.record, Heartbeat):
                records.send_heartbeat(batch.topic or feed.topic, row.record)
            elif row.record is not None:
                records.send(row.record)
    if refused and not records.first:
        raise CommandError(f"{feed.name}: of the first {counted(rows, 'row')} of {batch.origin} none is a record")
    return records, rows


def _print(records: CheckedRecords, rows: int, without_code: ValuesWithoutCode, skipped: Counter[str]) -> None:
    print_first(records)
    print_values(without_code)
    print_skipped(skipped, rows)
    print_fields(records)
    sys.stdout.flush()


def _tell(feed: ConnectedFeed, batch: Batch, records: CheckedRecords) -> None:
    if batch.remark is not None:
        tell(f"{feed.name}: {batch.origin}: {batch.remark}")
    of = (
        f"of the first {MOST_ROWS:,} rows of {batch.origin}"
        if batch.total is None or batch.total > MOST_ROWS
        else (f"of the {counted(batch.total, 'row')} of {batch.origin}")
    )
    tell(f"{feed.name}: {of} {counted(len(records.snapshots), 'record')} would be fed")
    times = EventTimes()
    for snapshot in records.snapshots:
        times.add(snapshot)
    for line in old_records(times, feed.book, feed.settings, feed.clock()):
        tell(f"{feed.name}: {line}")
    if batch.complete_through is not None:
        tell(f"{feed.name}: it would vouch to be complete through {to_rfc3339(batch.complete_through)}")
