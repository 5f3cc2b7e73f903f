"""``cdi feed --check``: what files would come to if they were fed, without Kafka."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.settings.clock import wall_clock
from deploy.cli import feed_summary
from deploy.cli.backtest import missing_feeds
from deploy.cli.framework.bad_rows import bad_rows_by_kind
from deploy.cli.framework.errors import CommandError
from deploy.cli.framework.installation import book_of, read_settings
from deploy.cli.framework.output import print_table, printable, tell
from deploy.files.feed_check import CheckedRecords, FeedCheck, ValuesWithoutCode, check_files
from deploy.files.loading import LoadedRecords
from deploy.files.record_files import NO_ROW
from deploy.files.row_reader import RowReader
from deploy.inspect.profile import never_stated, table_lines
from schemas.admission import UnknownClasses
from schemas.quantities import counted
from schemas.records.snapshot import SET_BY_READERS
from schemas.rows import write_json
from schemas.times import to_rfc3339
from streams.reports.alert_differences import summaries_by_rule
from streams.rules import RULES

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping
    from schemas.records import Heartbeat, Snapshot

SHOWN_VALUES: Final = 20
"""How many values of a column are listed, the most frequent first."""
LONGEST_VALUE: Final = 60


def check_feeding(topic: str, files: list[Path], mapping: ColumnMapping | None, *, strict: bool) -> None:
    """Say what files would come to.

    Raises CommandError where no row could be read, and with ``strict`` at a bad row or an empty file.
    """
    settings = read_settings()
    book = book_of(settings)
    reader = RowReader(topic, mapping, wall_clock(), book.far_future)
    with bad_rows_by_kind() as name_row:
        checked = check_files(
            files, reader, book, refuse=lambda path, row: name_row(row.origin(path), row.line, str(row.refusal))
        )
    _print(checked, reader)
    for path in checked.scanned.empty:
        tell(f"{path}: {NO_ROW}")
    for line in (
        *feed_summary.rows(checked.counts, reader, "would be fed"),
        *feed_summary.doubts(reader, checked.scanned, 0),
        *feed_summary.old_records(checked.scanned.times, book, settings, reader.read_at),
        *missing_feeds(LoadedRecords(checked.records.snapshots), book),
    ):
        tell(line)
    _require_rows(checked, strict=strict)


def _print(checked: FeedCheck, reader: RowReader) -> None:
    print_first(checked.records)
    print_values(checked.without_code, reader.unknown_classes)
    print_skipped(checked.skipped, checked.scanned.total)
    print_fields(checked.records)
    if checked.result.until is not None:
        _title(f"What would be raised by {to_rfc3339(checked.result.until)}, if this were all there is")
        rules = summaries_by_rule(checked.result.alerts, ())
        print_table(
            ("rule", "alerts", "breached", "of these met late", "judged without"),
            (
                (
                    rule.rule_id,
                    *map(str, (rule.ours, rule.breached_ours, rule.cleared_ours)),
                    ", ".join(_feeds_besides(rule.rule_id, reader.topic)),
                )
                for rule in rules
            ),
        )
        if not rules:
            sys.stdout.write("nothing\n")
    sys.stdout.flush()


def _feeds_besides(rule_id: str, topic: str) -> list[str]:
    """Return the other feeds that a rule judges records of a topic by: without these it finds too much."""
    needed = (feeds for feeds in RULES[rule_id].about.values() if topic in feeds)
    return sorted(set[str]().union(*needed) - {topic})


def print_first(records: CheckedRecords) -> None:
    """Print the first records that would be sent."""
    if records.first:
        _title("The first records")
        sys.stdout.writelines(f"{printable(_stated(record))}\n" for record in records.first)


def print_skipped(skipped: Counter[str], total: int) -> None:
    """Print how many rows of all the mapping says are no records, by the condition that says so."""
    if skipped.total():
        _title("Rows that the mapping says are no records")
        lines = ((_shortened(text), f"{rows:,}", f"{rows / total:.1%}") for text, rows in skipped.most_common())
        print_table(("where", "rows", "of all"), lines)


def print_fields(records: CheckedRecords) -> None:
    """Print how many records state each field."""
    if fields := records.fields.counts():
        _title("How many records state each field")
        sys.stdout.writelines(f"{printable(line)}\n" for line in table_lines(fields, stated_alone=True))
        sys.stdout.writelines(f"\n{printable(line)}\n" for line in never_stated(fields))
        sys.stdout.write(
            "\n'cdi profile' with the same files and mapping writes the policy of what such a feed lacks.\n"
        )


def _stated(record: Snapshot | Heartbeat) -> str:
    """Return a record as one JSON object of the fields that it states."""
    fields = json.loads(write_json(record))
    stated = {name: value for name, value in fields.items() if value not in (None, []) and name not in SET_BY_READERS}
    return json.dumps(stated, ensure_ascii=False)


def _title(text: str) -> None:
    sys.stdout.write(f"\n{text}\n\n")
    sys.stdout.flush()


def print_values(without_code: ValuesWithoutCode, unknown_classes: UnknownClasses | None = None) -> None:
    """Print the values that a mapping has no code for, and the offence classes that are none."""
    if values := [*_values(without_code), *_unknown_classes(unknown_classes or UnknownClasses())]:
        _title("Values without a code")
        print_table(("column", "field", "value", "rows", "becomes"), values)


def _values(without_code: ValuesWithoutCode) -> Iterator[tuple[str, ...]]:
    """Yield the most frequent values of each column, and how many rows have others."""
    for (column, field, otherwise), values in sorted(without_code.by_column.items(), key=lambda entry: entry[0][:2]):
        becomes = "a bad row" if otherwise is None else otherwise or "nothing"
        listed = [(value, rows) for value, rows in values.most_common() if value is not None][:SHOWN_VALUES]
        for value, rows in listed:
            yield (column, field, _shortened(value), f"{rows:,}", becomes)
        if others := values.total() - sum(rows for _, rows in listed):
            yield (column, field, "(others)", f"{others:,}", becomes)


def _unknown_classes(unknown_classes: UnknownClasses) -> Iterator[tuple[str, ...]]:
    for value, rows in unknown_classes.most_common(SHOWN_VALUES):
        yield ("", "an offence class", _shortened(value) or "(others)", f"{rows:,}", "OTHER")


def _shortened(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}\N{HORIZONTAL ELLIPSIS}"


def _require_rows(checked: FeedCheck, *, strict: bool) -> None:
    counts = checked.counts
    bad = f"{counts.refused:,} of {counted(checked.scanned.total, 'row')}, named above, would be set aside"
    is_nothing = not counts.snapshots + counts.heartbeats + counts.skipped
    if counts.refused and (strict or is_nothing):
        raise CommandError(bad)
    if is_nothing:
        raise CommandError("no row could be read")
    if strict and checked.scanned.empty:
        raise CommandError(f"{counted(len(checked.scanned.empty), 'file')}, named above, without a row")
    if counts.refused:
        tell(bad)
