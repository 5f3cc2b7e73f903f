"""A mapping that cannot be meant is refused before a row is read; no row ends the reading."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.files.mapping import ColumnMapping, RowOrder, RowTimes, read_mapping
from deploy.files.mapping.field_source import FieldSource
from deploy.files.record_files import FileRefusedError
from schemas.records import Snapshot
from schemas.refusals import BadRecordError
from schemas.rows import from_fields
from tests.deploy.files.mapping.crime_rows import mapping_of, rows_of

SECRET = "a key of sixteen bytes and more"


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ('beat = { column = "B", extract = "(" }', "fields.beat.extract: not a regular expression"),
        ('beat = { column = "B", patterns = { "[" = "X" } }', "fields.beat.patterns: not a regular expression"),
        ('beat = { column = "B", prefixes = { "" = "X" } }', "fields.beat.prefixes: an empty prefix"),
        ('beat = { column = "B", otherwise = "X" }', "fields.beat: otherwise without values"),
        ('beat = { list_of = ["A", "B"] }', "fields.beat: list_of names the columns of a list"),
        ("flags = { list_of = [] }", "fields.flags: list_of names the columns of a list"),
        ('flags = { list_of = ["A"], column = "B" }', "fields.flags: exactly one of"),
        ('beat = { column = "B", keep = true }', "fields.beat: keep goes with values"),
        ('beat = { column = "B", values = {}, otherwise = "X", keep = true }', "fields.beat: keep goes with values"),
        ('beat = { column = "B", part = [0, 3] }', "fields.beat: part: characters are counted from 1"),
        ('beat = { column = "B", replace = { "" = "X" } }', "fields.beat: replace: nothing cannot be replaced"),
        ('beat = { column = "B", pad = 0 }', "fields.beat: pad: 1 to 64"),
        ('beat = { column = "B", split = ";", extract = "x" }', "fields.beat: one of split and extract"),
        ('beat = { template = "{B" }', "fields.beat: not a template"),
        ("beat = []", "fields.beat: no source"),
        ('recorded_at = { column = "B", time = [] }', "fields.recorded_at: time: no format"),
        ('beat = { column = "B", when = [{ column = "C", any_of = [] }] }', "fields.beat.when: a list of no values"),
        ('beat = { column = "B", when = [{ column = "C" }] }', "fields.beat.when: one of any_of"),
        (
            'beat = { column = "B", when = [{ column = "C", matches = "(" }] }',
            "fields.beat.when.matches: not a regular",
        ),
        ('flags = { column = "B", time = "iso", zone = "UTC" }', "fields.flags: a list has no time"),
        ('beat = { column = "B", zone = "Europe" }', "fields.beat: no time zone is called Europe"),
        ('beat = { column = "B", zone = "No/Where" }', "fields.beat: no time zone is called No/Where"),
        ('occurred_at = { column = "B", time = "excel" }', "fields.occurred_at: a time without %z needs a zone"),
        ("beat = { file_time = true }", "fields.beat: one of feeding_time"),
        ("occurred_at = { row_number = true }", "fields.occurred_at: one of feeding_time"),
        ('revision = [{ file_time = true }, "B"]', "fields.revision: file_time is no source among several"),
        ('suspect_token = { digest = ["B"] }', "fields.suspect_token: a bare hash"),
        ('suspect_token = { column = "B", pseudonym = {} }', "fields.suspect_token: pseudonym: the key is in one of"),
        (
            'suspect_token = { column = "B", pseudonym = { environment = "NO_KEY" } }',
            "fields.suspect_token: pseudonym: the environment variable NO_KEY holds no key",
        ),
        (
            'suspect_token = { column = "B", pseudonym = { file = "/nowhere/key" } }',
            "fields.suspect_token: pseudonym: the file /nowhere/key cannot be read",
        ),
        (
            'beat = { column = "B", values_file = "../codes.toml" }',
            "fields.beat.values_file: a file beside the mapping",
        ),
        ('beat = { column = "B", values_file = "none.toml" }', "fields.beat.values_file: none.toml: No such file"),
    ],
)
def test_a_source_that_cannot_be_meant_is_refused(stated: str, sentence: str) -> None:
    """In one line that names the field."""
    with pytest.raises(ValueError, match=r"^fields\.") as refusal:
        mapping_of(f"[fields]\n{stated}")
    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        (
            '[[record]]\nfields = { beet = "A" }',
            "record 1: fields.beet: the record has no such field (did you mean beat?)",
        ),
        ('[[record]]\nfields = { revision = "A" }', "record 1: fields.revision: is the row's"),
        ("[[record]]\nfields = {}\n[[record]]\nfields = { beat = [] }", "record 2: fields.beat: no source"),
        ("header_row = -1", "header_row: a line from 1"),
        ('rows = "a..b"', "rows: keys with dots between them"),
        ('delimiter = ""', "delimiter: one character"),
        ('footer = "(Total)?"', "footer: every line begins"),
        ('footer = "("', "footer: not a regular expression"),
        ('aliases = { A = ["B"], C = ["B"] }', "aliases: 'B' stands there twice"),
        ('aliases = { A = ["B"], B = ["C"] }', "aliases: 'B' stands there twice"),
        ('[[skip]]\ncolumn = "A"\nmatches = "("', "skip.matches: not a regular expression"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(stated: str, sentence: str) -> None:
    """In one line that names the key."""
    with pytest.raises(ValueError, match=r"^[a-z0-9_. ]+: ") as refusal:
        mapping_of(stated)
    assert str(refusal.value).startswith(sentence)


def test_a_mapping_file_names_its_faulty_code_table(tmp_path: Path) -> None:
    """And the table's fault."""
    whole = (Path(__file__).parents[4] / "deploy" / "mappings" / "scores.toml").read_text()
    (tmp_path / "codes.toml").write_text("[value]\nA = 1\n")
    (tmp_path / "scores.toml").write_text(
        whole.replace('system = "system"', 'system = { column = "system", values_file = "codes.toml" }')
    )
    with pytest.raises(FileRefusedError, match=r"fields\.system\.values_file: codes\.toml: Object contains unknown"):
        read_mapping(str(tmp_path / "scores.toml"))
    (tmp_path / "codes.toml").write_text('[values]\nCAD = "STORM"\n')
    field = read_mapping(str(tmp_path / "scores.toml")).fields["system"]
    assert getattr(field, "values", None) == {"CAD": "STORM"}


def test_a_key_in_a_file_is_the_key_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line end behind it is no part of it; and no token is what another key makes."""
    (tmp_path / "key").write_text(f"{SECRET}\n")
    (tmp_path / "crimes.csv").write_text("N\n17\n")
    monkeypatch.setenv("PSEUDONYM_KEY", SECRET)
    monkeypatch.setenv("OTHER_KEY", SECRET[::-1])
    places = [f'file = "{tmp_path / "key"}"', 'environment = "PSEUDONYM_KEY"', 'environment = "OTHER_KEY"']
    tokens = []
    for place in places:
        mapping = mapping_of(f'[fields]\nsuspect_token = {{ column = "N", pseudonym = {{ {place} }} }}')
        (row,) = rows_of(mapping, tmp_path / "crimes.csv")
        tokens.append(getattr(row.record, "suspect_token", None))
    assert tokens[0] == tokens[1] != tokens[2]
    assert all(token is not None and len(token) == 32 for token in tokens)


def test_a_key_s_file_is_beside_the_mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the command is run."""
    (tmp_path / "key").write_text(SECRET)
    (tmp_path / "mapping.toml").write_text(
        (Path(__file__).parents[4] / "deploy" / "mappings" / "scores.toml")
        .read_text()
        .replace('system = "system"', 'system = { column = "system", pseudonym = { file = "key" } }')
    )
    monkeypatch.chdir("/")
    field = read_mapping(str(tmp_path / "mapping.toml")).fields["system"]
    monkeypatch.chdir(tmp_path)
    other = read_mapping("mapping.toml").fields["system"]
    assert isinstance(field, FieldSource)
    assert isinstance(other, FieldSource)
    assert field.pseudonym is not None
    assert other.pseudonym is not None
    assert field.pseudonym.token("A") == other.pseudonym.token("A")


def test_where_a_key_is_changes_no_reading(tmp_path: Path) -> None:
    """So a file fed again from another folder has the places that it had."""
    (tmp_path / "key").write_text(SECRET)
    (tmp_path / "copy").write_text(SECRET)
    (tmp_path / "other").write_text(SECRET[::-1])
    readings = [
        mapping_of(
            f'[fields]\nsuspect_token = {{ column = "N", pseudonym = {{ file = "{tmp_path / name}" }} }}'
        ).reading
        for name in ("key", "copy", "other")
    ]
    assert readings[0] == readings[1] != readings[2]


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("", "it is empty"),
        ("code,meaning\nA,B\n", "no column 'becomes' in its first row"),
        ('code,becomes\n"A,B\n', "not CSV: the quote opened on line 2 is not closed"),
        ("code,becomes\nA,B\nA,C\n", "line 3: its code stands there before"),
        ("code,becomes,by\nA,B,start\n", "line 2: by is blank, prefix or pattern"),
        ("code,becomes,by\n(,B,pattern\n", "not a regular expression"),
        ("code,becomes,by\n,B,prefix\n", "an empty prefix"),
    ],
)
def test_a_faulty_code_table_in_csv_is_named(tmp_path: Path, table: str, fault: str) -> None:
    """By its line where it has one."""
    (tmp_path / "codes.csv").write_text(table)
    with pytest.raises(ValueError, match=r"^fields\.beat\.values_file: codes\.csv: ") as refusal:
        mapping_of('[fields]\nbeat = { column = "B", values_file = "codes.csv" }', tmp_path)
    assert fault in str(refusal.value)


def test_both_names_of_a_column_stop_the_file(tmp_path: Path) -> None:
    """Which of the two is meant nobody can tell."""
    (tmp_path / "crimes.csv").write_text("Ref,Reference\nC-1,C-2\n")
    with pytest.raises(FileRefusedError, match="'Ref' stands twice"):
        rows_of(mapping_of('aliases = { Ref = ["Reference"] }\n[fields]\ncrime_ref = "Ref"'), tmp_path / "crimes.csv")


def test_a_column_that_one_field_needs_is_not_optional(tmp_path: Path) -> None:
    """Though another field can do without it."""
    (tmp_path / "crimes.csv").write_text("Ref\nC-1\n")
    mapping = mapping_of('[fields]\ncrime_ref = "Ref"\nbeat = { column = "B", optional = true }\nteam = "B"')
    with pytest.raises(FileRefusedError, match="column 'B' is not in the first row"):
        rows_of(mapping, tmp_path / "crimes.csv")


def test_a_field_that_a_record_needs_is_stated_for_each_of_a_row_s_records() -> None:
    """In the fields of all, or in those of each."""
    needed = 'topic = "compliance.scores.v1"\n[fields]\nmodel = "M"\nprobability = "P"\n'
    needed += "".join(f'{name} = {{ constant = "X" }}\n' for name in ("event_id", "force", "source", "event_time"))
    one = '[[record]]\nfields = { system = { constant = "STORM" }, ref = "A" }\n'
    other = '[[record]]\nfields = { system = { constant = "STORM" } }\n'
    assert msgspec.toml.decode(needed + one + one, type=ColumnMapping).columns() == {"M", "P", "A"}
    with pytest.raises(msgspec.ValidationError, match=r"fields\.ref: required, and not there"):
        msgspec.toml.decode(needed + one + other, type=ColumnMapping)


def test_the_records_of_a_row_have_ids_of_their_own(tmp_path: Path) -> None:
    """The first has that of a row of one; and where one record is bad the row is set aside as a whole."""
    (tmp_path / "crimes.csv").write_text("Ref,A,B\nC-1,THEFT,FRAUD\nC-2,THEFT,\nC-3,THEFT,?!\n")
    stated = """[fields]
crime_ref = "Ref"
[[record]]
fields = { offence_class = "A" }
[[record]]
fields = { offence_class = { column = "B", values = { FRAUD = "FRAUD" } }, crime_ref = { template = "{Ref}/B" } }
skip = [{ column = "B", blank = true }]
"""
    several = rows_of(mapping_of(stated), tmp_path / "crimes.csv")
    assert [(row.line, getattr(row.record, "crime_ref", None)) for row in several] == [
        (2, "C-1"), (2, "C-1/B"), (3, "C-2"), (4, None),
    ]  # fmt: skip
    assert several[3].refusal is not None
    ids = [row.record.event_id for row in several if isinstance(row.record, Snapshot)]
    single = rows_of(mapping_of('[fields]\ncrime_ref = "Ref"'), tmp_path / "crimes.csv")
    assert len(set(ids)) == 3
    assert [ids[0], ids[2]] == [row.record.event_id for row in single[:2] if isinstance(row.record, Snapshot)]


@pytest.mark.parametrize("title", ['"never closed', "a\tb", "Page 1, of 2"])
def test_what_stands_above_the_names_is_not_read(tmp_path: Path, title: str) -> None:
    """Whatever it is; the lines are counted on."""
    (tmp_path / "crimes.csv").write_text(f"{title}\n\nRef\nC-1\n")
    (row,) = rows_of(mapping_of('header_row = 3\n[fields]\ncrime_ref = "Ref"'), tmp_path / "crimes.csv")
    assert (row.line, getattr(row.record, "crime_ref", None)) == (4, "C-1")


def test_a_file_that_ends_above_its_names_is_refused(tmp_path: Path) -> None:
    """It is not empty, so the line is named."""
    (tmp_path / "crimes.csv").write_text("Crimes of May\n")
    with pytest.raises(FileRefusedError, match="there is no row in line 3 or below"):
        rows_of(mapping_of("header_row = 3"), tmp_path / "crimes.csv")


def test_a_line_behind_a_footer_is_a_row(tmp_path: Path) -> None:
    """Nothing is left out for what stands before it."""
    (tmp_path / "crimes.csv").write_text("Ref,B\nTotal: 1\nC-1,B1\nC-2\n")
    rows = rows_of(mapping_of('footer = "Total"\n[fields]\ncrime_ref = "Ref"'), tmp_path / "crimes.csv")
    assert [(row.record is not None, row.refusal is not None) for row in rows] == [
        (False, False), (True, False), (False, True),
    ]  # fmt: skip


def test_the_text_that_is_searched_is_in_no_record_and_no_reason(tmp_path: Path) -> None:
    """But in the row that is set aside."""
    (tmp_path / "crimes.csv").write_text("Ref,Log\nC-1,Ann Smith says INC/7\nC-2,Ann Smith says 2E+11\n")
    mapping = mapping_of('[fields]\ncrime_ref = "Ref"\nincident_refs = { column = "Log", extract = "[^ ]+$" }')
    kept, refused = rows_of(mapping, tmp_path / "crimes.csv")
    assert "Smith" not in repr(kept)
    assert refused.refusal is not None
    assert "Smith" not in refused.refusal.detail
    assert "Smith" in refused.text


EVERYTHING = """
blank = ["N/A"]
[fields]
crime_ref = [{ column = "a.b", part = [-3, 9], replace = { "{" = "}" }, pad = 5 }, { template = "{a.b}{{{c}" }, "c"]
offence_class = { column = "c", values = { A = "THEFT" }, prefixes = { B = "RAPE" }, patterns = { "^C" = "FRAUD" } }
incident_refs = { column = "c", extract = "(I)?[0-9]+" }
flags = { column = "c", split = "{", when = [{ column = "a.b", none_of = ["N/A"] }] }
suspect_token = { column = "c", pseudonym = { environment = "PSEUDONYM_KEY" } }
recorded_at = [
  { column = "{t}", time = ["iso", "%d/%m/%Y %H:%M", "%c", "excel", "epoch seconds"], zone = "Europe/London" },
]
occurred_at = { column = "{t}", time = ["epoch millis", "%G-%V-%u", "%d %b %y"], zone = "Asia/Kathmandu" }
event_time = { file_time = true }
revision = "a.b"
[[record]]
fields = { beat = "{t}" }
[[record]]
fields = { status = "c" }
skip = [{ column = "c", blank = true }]
"""
TIMES = st.one_of(
    st.integers(-(10**16), 10**16).map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.datetimes().map(lambda moment: f"{moment:%d/%m}/{moment.year:04} 24:00"),
    st.sampled_from(["31/12/9999 24:00", "9999-12-31T24:00", "0001-01-01T00:00+14:00", "01/01/0021 09:30", "60", "61"]),
    st.from_regex(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[T ]24(:00){0,2}([+-][0-9]{2}:[0-9]{2}|Z)?", fullmatch=True),
    st.text(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    a=st.text(), c=st.text(alphabet=st.sampled_from("ABC{}%I017;/ \0\udc80é"), max_size=12), t=TIMES, ms=st.integers()
)
def test_a_row_is_a_record_or_a_bad_one(monkeypatch: pytest.MonkeyPatch, a: str, c: str, t: str, ms: int) -> None:
    """Whatever is in its columns, and whatever they are called."""
    monkeypatch.setenv("PSEUDONYM_KEY", SECRET)
    mapping = mapping_of(EVERYTHING)
    try:
        for _, fields in mapping.read({"a.b": a, "c": c, "{t}": t}, RowOrder(1, 2, 3), RowTimes(ms, ms)):
            from_fields(mapping.topic, fields)
    except BadRecordError:
        return


@pytest.mark.parametrize(
    ("stated", "line"),
    [
        ('topic = "cis.crimes.v1"\nheadr_row = 3', "headr_row: unknown (did you mean header_row?), the keys here are "),
        ('topic = "cis.crimes.v1"\nheader_row = "3"', "header_row: a whole number, without quotes"),
        ("header_row = 3", "topic: required, and not there"),
    ],
)
def test_a_key_of_a_mapping_that_cannot_be_meant_is_named_in_words(tmp_path: Path, stated: str, line: str) -> None:
    """And so is the one that was probably meant."""
    (tmp_path / "mine.toml").write_text(f'{stated}\n[fields]\ncrime_ref = "Ref"\n')
    with pytest.raises(FileRefusedError) as refusal:
        read_mapping(str(tmp_path / "mine.toml"))
    assert f"mine.toml: not a mapping: {line}" in str(refusal.value)
