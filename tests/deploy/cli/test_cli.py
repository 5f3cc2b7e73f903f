"""The command line as a whole: how commands end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import main
from deploy.cli.commands import COMMANDS
from deploy.cli.framework import main as entry
from deploy.cli.framework.lazy import load
from deploy.cli.framework.output import print_table, printable
from schemas.avro import SCHEMA_TEXT_BY_SUBJECT
from streams.policy import default_policy_text


def test_no_arguments_show_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """A user who types cdi alone learns what there is, and that a command was missing."""
    assert main([]) == 2
    assert "backtest" in capsys.readouterr().out


def test_an_unknown_command_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit status 2."""
    assert main(["frobnicate"]) == 2
    assert capsys.readouterr().err == "cdi: No such command 'frobnicate'.\n"


def test_a_value_that_is_not_allowed_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    """Without what the library that reads arguments calls it."""
    assert main(["log-level", "loud"]) == 2
    assert capsys.readouterr().err.startswith("cdi: Invalid value for 'level': 'loud' is not one of ")


@pytest.mark.parametrize("reference", ["", "...", "\u202e"])
def test_a_reference_of_signs_alone_is_bad_usage(reference: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It names nothing, so no system is asked for it."""
    assert main(["trace", reference]) == 2
    assert capsys.readouterr().err == "cdi: REF: no letter from A to Z and no digit\n"


def test_help_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """Asking for help exits 0."""
    assert main(["backtest", "--help"]) == 0
    assert "--until" in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_overview_says_of_a_command_what_it_says_itself(name: str) -> None:
    """The line that stands for a command until it is loaded is the first paragraph of its own help."""
    words = " ".join((load(name).help or "").split())
    assert " ".join((load(name).help or "").split("\n\n")[0].split()) == COMMANDS[name].summary
    assert words.count(COMMANDS[name].summary) == 1


def test_the_overview_lists_every_command_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    """All but those that no person runs."""
    assert main(["--help"]) == 0
    letters = "".join(capsys.readouterr().out.replace("│", "").split())
    for name, command in COMMANDS.items():
        line = "".join((name, *command.summary.split()))
        assert (line in letters) is not command.hidden


UNNEEDED = {
    "--help": ("confluent_kafka", "pydantic", "msgspec", "streams", "agents", "dashboards"),
    "backtest": ("confluent_kafka", "structlog", "sqlalchemy", "dashboards"),
    "feed": ("dashboards", "sqlalchemy", "jgo"),
    "alerts list": ("sqlalchemy", "jgo"),
    "trace": ("jgo",),
    "report": ("structlog", "dashboards", "sqlalchemy", "jgo"),
}


@pytest.mark.parametrize("command", UNNEEDED)
def test_a_command_loads_only_what_it_needs(command: str) -> None:
    """The board, the workers and databases take longer to import than most commands to run."""
    script = (
        "import sys; from deploy.cli import main; main(sys.argv[1:]); "
        "sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    arguments = [*command.removesuffix("--help").split(), "--help"]
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "Usage: cdi" in done.stdout
    unneeded = {"starlette", "uvicorn", "faust", *UNNEEDED[command]}
    assert loaded & unneeded == set()


def test_names_in_a_table_are_whole(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a narrow terminal they go over several lines: half of a rule's id could not be looked for."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    print_table(("alert", "rule"), [("1234", "crime-reference-unknown")])
    letters = "".join(line[6:].strip() for line in capsys.readouterr().out.splitlines()[1:])
    assert letters == "crime-reference-unknown"


def _break(monkeypatch: pytest.MonkeyPatch, failure: BaseException) -> None:
    def app(**_: object) -> None:
        raise failure

    monkeypatch.setattr(entry, "app", app)


def test_a_bug_shows_one_line_without_what_it_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unforeseen error may quote a record, so only its kind is shown, and no trace."""
    _break(monkeypatch, ValueError("Jane Doe"))
    assert main(["backtest"]) == 1
    assert capsys.readouterr().err == "cdi: an unforeseen ValueError; --debug shows where\n"


def test_a_file_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Whichever setting names it, and whatever is wrong with it."""
    (tmp_path / "file").touch()
    monkeypatch.delenv("CDI_KAFKA", raising=False)
    assert main(["up", "--data", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err == f"cdi: {tmp_path / 'file'}: File exists\n"


def test_debug_shows_the_trace(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever --debug stands."""
    _break(monkeypatch, ValueError("Jane Doe"))
    assert main(["backtest", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_not_a_bug(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends a command with the status a shell expects."""
    _break(monkeypatch, KeyboardInterrupt())
    assert main(["backtest"]) == 130
    assert capsys.readouterr().err == "cdi: interrupted\n"


def test_a_reader_that_has_seen_enough_is_not_a_bug() -> None:
    """``cdi ... | head`` ends quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "deploy", "--help"], stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert done.stderr == b""


def test_the_built_in_policy_can_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``policy check`` says which policy it is and when its settings change."""
    file = tmp_path / "policy.toml"
    file.write_text(default_policy_text())
    assert main(["policy", "check", str(file)]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert "2015-03-31T23:00:00.000Z" in line


@pytest.mark.parametrize(
    ("row", "note"),
    [
        (
            '99]\ndemand = "x"\npage = "y"\noutcomes = ["15", "99"]\nunsuitable_where = [{ domestic_abuse = true }]',
            "99: no outcome is numbered 99",
        ),
        ("15a]\noutcomes = []", "15a: drops a row that is not there (did you mean 15?)"),
    ],
)
def test_a_row_of_outcomes_that_finds_nothing_is_noted(
    tmp_path: Path, row: str, note: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The policy can be used all the same: the framework may have outcomes that this release does not know."""
    file = tmp_path / "policy.toml"
    file.write_text(f'version = "x"\n[rules.unsuitable_outcomes.{row}\n')
    assert main(["policy", "check", str(file)]) == 0
    assert capsys.readouterr().err.splitlines()[1:] == [f"{file}: note: rules.unsuitable_outcomes.{note}"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('version = "x"\nsurprise = 1\n', "surprise"),
        ('version = "x"\n[rules.severity]\ncrime-not-recordde = "LOW"\n', "severity.crime-not-recordde: no rule"),
        ("\xff", "not UTF-8"),
    ],
)
def test_a_policy_that_cannot_be_used_fails_the_check(
    tmp_path: Path, text: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line that names what is wrong, with exit status 1; so does a file that is not there."""
    file = tmp_path / "policy.toml"
    file.write_bytes(text.encode("latin-1"))
    for path, expected in ((file, sentence), (tmp_path / "missing.toml", "No such file")):
        assert main(["policy", "check", str(path)]) == 1
        line = capsys.readouterr().err
        assert expected in line
        assert line.count("\n") == 1


def test_our_schemas_fit_our_records(capsys: pytest.CaptureFixture[str]) -> None:
    """``schemas check`` compares every schema with its record."""
    assert main(["schemas", "check"]) == 0
    assert "25 schemas fit their records" in capsys.readouterr().err


def test_a_foreign_schema_that_lacks_a_field_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A feed's own schema is good if ours can read what it wrote."""
    schema = {"type": "record", "name": "Heartbeat", "fields": [{"name": "force", "type": "string"}]}
    file = tmp_path / "heartbeat.avsc"
    file.write_text(json.dumps(schema))
    assert main(["schemas", "check", str(file)]) == 1
    assert f"{file}: source is missing, and has no default" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "kind", "fault"),
    [
        ("channel", {"type": "enum", "name": "Channel", "symbols": ["PHONE"]}, "channel: enum, where string is wanted"),
        ("crimes_expected", ["null", "long"], "crimes_expected: long, where int is wanted"),
        ("reported_at", "string", "reported_at: string, where a moment is wanted"),
        ("reported_at", {"type": "int", "logicalType": "date"}, "reported_at: date, where a moment is wanted"),
        ("opening_code", ["null", "string"], "opening_code: may be null, which ours may not"),
    ],
)
def test_a_foreign_schema_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, kind: Any, fault: str
) -> None:
    """By file and field: what our reader would refuse, or what it would read as something else."""
    schema = json.loads(SCHEMA_TEXT_BY_SUBJECT["storm.incidents.v1"])
    field = next(field for field in schema["fields"] if field["name"] == name)
    field["type"] = kind
    field.pop("default", None)
    file = tmp_path / "incident.avsc"
    file.write_text(json.dumps(schema))
    assert main(["schemas", "check", str(file)]) == 1
    assert capsys.readouterr().err.splitlines() == [f"{file}: {fault}", "cdi: 1 fault in the schemas"]


def test_a_renamed_record_in_a_list_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Avro resolves records by their names."""
    file = tmp_path / "history.avsc"
    file.write_text(SCHEMA_TEXT_BY_SUBJECT["pnc.offender-histories.v1"].replace('"HistoryEntry"', '"Entry"'))
    assert main(["schemas", "check", str(file)]) == 1
    assert f"{file}: entries[]: records named Entry, where HistoryEntry is wanted" in capsys.readouterr().err


def test_what_is_assumed_of_a_foreign_schema_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It can be read; whether the assumption holds, its owner knows."""
    text = SCHEMA_TEXT_BY_SUBJECT["heartbeat.v1"]
    file = tmp_path / "heartbeat.avsc"
    file.write_text(text.replace('"logicalType": "timestamp-millis"', '"connect.name": "io.debezium.time.Timestamp"'))
    assert main(["schemas", "check", str(file)]) == 0
    assumption = f"{file}: complete_through: io.debezium.time.Timestamp has no zone, and is taken as UTC"
    assert assumption in capsys.readouterr().err.splitlines()


def test_what_is_told_cannot_move_the_cursor() -> None:
    """A file's or a record's words may hold what a terminal obeys."""
    assert printable("a\x1b[2Jb\n") == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}"


def _makes_a_user(role: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("CDI_DATA", str(data))
    return main(["board-user", "pat", "--role", role, "--force", "LEICS"])


@pytest.mark.parametrize("role", ["SYSTEM", "system", "king"])
def test_nobody_is_given_the_machines_role(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """SYSTEM is what the notifier acts as, and stands for nobody who could answer for an action."""
    assert _makes_a_user(role, tmp_path, monkeypatch) == 2
    roles = "supervisor, duty-inspector, fcr, deputy-fcr, ddm, ops, auditor"
    assert capsys.readouterr().err == f"cdi: --role: one of {roles}\n"


@pytest.mark.parametrize("role", ["FCR", "duty-inspector", "DUTY_INSPECTOR", "deputy-fcr", "ddm"])
def test_a_users_role_is_written_as_the_other_commands_write_it(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The password, and nothing else, is what is printed."""
    assert _makes_a_user(role, tmp_path, monkeypatch) == 0
    assert capsys.readouterr().out.count("-") == 3


def test_a_user_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed but that; who is not there, or is given a role in one breath, is refused."""
    assert _makes_a_user("fcr", tmp_path, monkeypatch) == 0
    capsys.readouterr()
    assert main(["board-user", "pat", "--remove", "--role", "fcr"]) == 2
    assert capsys.readouterr().err == "cdi: --remove takes no --role and no --force\n"
    assert main(["board-user", "pat", "--remove"]) == 0
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("pat is removed and signed out")
    assert main(["board-user", "pat", "--remove"]) == 1
    assert capsys.readouterr().err == "cdi: the board has no user pat\n"


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (["--role", "fcr"], "--force: a user needs at least one force"),
        (["--role", "fcr", "--force", " "], "a user needs a name and at least one force"),
        (["--role", "fcr", "--force", "a\0b"], "a name or a force holds a character that no text can hold"),
        (["--role", "fcr", "--force", "\ud800"], "a name or a force holds a character that no text can hold"),
    ],
)
def test_a_user_without_a_force_is_refused(
    arguments: list[str],
    refusal: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And one whose name or force no database could store."""
    monkeypatch.setenv("CDI_DATA", str(tmp_path))
    assert main(["board-user", "pat", *arguments]) == 2
    assert capsys.readouterr().err == f"cdi: {refusal}\n"
