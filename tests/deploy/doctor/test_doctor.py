"""The doctor: each mismatch is a line that says what is so, what was expected, and what to do."""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
from sqlalchemy import create_engine, text

from agents.kafka.producer import KafkaProducer
from agents.kafka.schema_registry import OUR_SUBJECTS, Registry, Version, schema_differences
from agents.kafka.topics import create_topics
from agents.kafka.writer_release import WriterRelease, client_id, program_version
from agents.notifier import outbox
from agents.settings.clock import wall_clock
from agents.settings.settings import Settings
from dashboards.board.readmodel import ReadModel, untrusted_proxies, versions
from deploy.doctor import doctor
from deploy.doctor import policy as policy_checks
from deploy.doctor import versions as version_checks
from deploy.doctor.databases import databases
from deploy.doctor.diagnosis import Diagnosis
from deploy.doctor.feeds import feeds, fields, held_by, naming
from deploy.local.own_policy import STARTER
from schemas.avro import NEWEST_ID
from schemas.codec import Codec
from schemas.products import ClockMode, FeedState, ForceClock, SourceState
from schemas.records import FEEDS
from schemas.times import from_rfc3339
from streams.engine.state_format import FORMAT
from streams.facts.fill import fields_counted
from streams.policy import PolicyBook
from streams.policy.calendar import DAY, HOUR
from streams.policy.times_in_words import span
from streams.topology.topics import ALERTS, CLOCKS, STATE_CHANGELOG
from tests.agents.examples import incident
from tests.policies import every_feed_named

BOOK = PolicyBook.built_in()
WALL = 1_770_000_000_000
OURS = program_version()


@pytest.fixture
def installation(kafka: str, tmp_path: Path) -> Settings:
    """Topics of a test's own, that nobody writes to but the test."""
    prefix = f"doctor-{uuid.uuid4().hex[:8]}."
    settings = Settings(kafka=kafka, prefix=prefix, partitions=2, replication=1, data=tmp_path / "data")
    create_topics(settings)
    return settings


def wrongs(diagnoses: list[Diagnosis]) -> list[str]:
    """Return what is wrong among what was found."""
    return [diagnosis.line for diagnosis in diagnoses if diagnosis.state == "WRONG"]


def diagnosed(settings: Settings) -> str:
    """Everything that is wrong, but for the workers that no test here starts."""
    lines = wrongs(list(doctor.diagnose(settings, BOOK)))
    return "\n".join(line for line in lines if "no worker is running" not in line)


def put(settings: Settings, topic: str, key: bytes, value: bytes, author: WriterRelease | None = None) -> None:
    """Write one message to the first partition."""
    sink = KafkaProducer(settings.client(), deliver_within_seconds=30)
    sink.put(f"{settings.prefix}{topic}", key, value, 0, None if author is None else author.headers)
    sink.deliver()


# -- the workers' programs ------------------------------------------------------------------------------------


def test_workers_of_two_releases_are_named() -> None:
    """An upgrade that stopped half way: how many are of which, and where it is written what to do."""
    (line,) = wrongs(list(version_checks.programs([client_id("p.cdi"), "p.cdi-9.9.9", "p.cdi-9.9.9"], "p.cdi")))
    assert f"cdi {OURS} (1), cdi 9.9.9 (2)" in line
    assert "Upgrades" in line


@pytest.mark.parametrize(("client", "state"), [(client_id("p.cdi"), "ok"), ("p.cdi-9.9.9", "note"), ("p.cdi", "note")])
def test_workers_of_one_release_are_compared_with_ours(client: str, state: str) -> None:
    """A doctor of another release than theirs says so; one that did not yet tell its version is unknown."""
    (diagnosis,) = version_checks.programs([client, client], "p.cdi")
    assert diagnosis.state == state
    assert ("unknown" in diagnosis.line) == (client == "p.cdi")


# -- state, policy, schemas, topics ------------------------------------------------------------------------------------


@pytest.mark.kafka
def test_a_sound_installation_has_nothing_wrong(installation: Settings) -> None:
    """State of this release, and clocks under our schemas."""
    spoken = tuple(FeedState(topic=feed, named=True, complete_through=0, heartbeat=True) for feed in FEEDS)
    put(installation, STATE_CHANGELOG.name, b"k", b"v", WriterRelease.current(BOOK.version))
    put(installation, CLOCKS.name, b"LEICS", Codec().encode(ForceClock(force="LEICS", mode="STREAM", feeds=spoken)))
    assert diagnosed(installation) == ""
    assert f"format {FORMAT}" in "".join(diagnosis.line for diagnosis in doctor.diagnose(installation, BOOK))


@pytest.mark.kafka
def test_state_of_a_newer_release_is_named_with_its_writer(installation: Settings) -> None:
    """By the newest message of the partition alone."""
    put(installation, STATE_CHANGELOG.name, b"k", b"v", WriterRelease("9.9.9", FORMAT + 1, BOOK.version))
    text = diagnosed(installation)
    assert f"partition 0 is of format {FORMAT + 1}, written by cdi 9.9.9" in text
    assert f"cdi {OURS}, which knows format {FORMAT}" in text
    assert "run that release" in text


@pytest.mark.kafka
def test_state_of_the_first_format_is_no_fault(installation: Settings) -> None:
    """A release that did not say who wrote is format 1; it is read."""
    put(installation, STATE_CHANGELOG.name, b"k", b"v")
    assert diagnosed(installation) == ""
    notes = [diagnosis.line for diagnosis in doctor.diagnose(installation, BOOK) if diagnosis.state == "note"]
    assert any("format 1" in line for line in notes)


@pytest.mark.kafka
def test_a_policy_other_than_the_doctors_is_named(installation: Settings) -> None:
    """The worker writes by which it judges; both versions are said."""
    put(installation, STATE_CHANGELOG.name, b"k", b"v", WriterRelease.current("force-2026-3"))
    text = diagnosed(installation)
    assert f"partition 0 was last judged by policy force-2026-3, not by {BOOK.version}" in text
    assert "CDI_POLICY" in text


@pytest.mark.kafka
def test_schemas_nobody_here_knows_are_named(installation: Settings) -> None:
    """On a source topic and on our own, each with its id."""
    for topic in (incident(1).TOPIC, ALERTS.name):
        value = b"\0" + (NEWEST_ID + 1).to_bytes(4, "big") + b"whatever"
        put(installation, topic, b"LEICS", value)
    text = diagnosed(installation)
    for topic in (incident(1).TOPIC, ALERTS.name):
        assert f"{topic}: the newest messages are under schema {NEWEST_ID + 1:#x}, unknown here: upgrade" in text
    assert "cdi dead-letters retry" in text


@pytest.mark.kafka
def test_bytes_under_no_schema_of_any_release_are_not_called_a_newer_ones(installation: Settings) -> None:
    """Text that begins with a byte 0, and an id that a registry may have given out: no upgrade helps."""
    put(installation, incident(1).TOPIC, b"LEICS", b"\0garbage")
    put(installation, CLOCKS.name, b"LEICS", b"\0" + (7).to_bytes(4, "big") + b"whatever")
    put(installation, ALERTS.name, b"LEICS", b"\0" + (0x43444800).to_bytes(4, "big") + b"whatever")
    text = diagnosed(installation)
    for topic, schema_id in ((incident(1).TOPIC, 0x67617262), (CLOCKS.name, 7), (ALERTS.name, 0x43444800)):
        assert f"{topic}: the newest messages are as if under schema {schema_id:#x}, which no release of cdi" in text
    assert "CDI_SCHEMA_REGISTRY" in text
    assert "not Avro" in text
    assert "upgrade" not in text


@pytest.mark.kafka
def test_clocks_of_a_newer_release_are_one_line(installation: Settings) -> None:
    """Nothing that can be said of the rest is kept back."""
    value = b"\0" + (NEWEST_ID + 1).to_bytes(4, "big") + b"whatever"
    put(installation, CLOCKS.name, b"LEICS", value)
    assert f"{CLOCKS.name}: UNKNOWN_SCHEMA" in diagnosed(installation)


@pytest.mark.kafka
def test_a_topic_whose_settings_differ_is_named_and_the_rest_looked_at(installation: Settings) -> None:
    """What is, what should be, and that 'cdi topics create' does not mend it."""
    entry = ConfigEntry("cleanup.policy", "delete", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, installation.topic(ALERTS), incremental_configs=[entry])
    admin = AdminClient(installation.client())
    for done in admin.incremental_alter_configs([resource]).values():
        done.result()
    diagnoses = list(doctor.diagnose(installation, BOOK))
    (line,) = [line for line in wrongs(diagnoses) if "topics:" in line]
    assert f"{installation.topic(ALERTS)}: cleanup.policy is delete, should be compact" in line
    assert "kafka-configs.sh" in line
    assert any("no worker is running" in diagnosis.line for diagnosis in diagnoses)


@pytest.mark.kafka
def test_another_number_of_partitions_says_what_to_set(installation: Settings) -> None:
    """It cannot be changed, so the setting has to follow."""
    text = diagnosed(installation.model_copy(update={"partitions": 3}))
    assert "partitions are 2, should be 3" in text
    assert "CDI_PARTITIONS" in text


# -- databases ------------------------------------------------------------------------------------


def test_the_databases_versions_are_told(tmp_path: Path) -> None:
    """Ours is well, an older one will be mended by whoever opens it, none at all is no matter."""
    settings = Settings(data=tmp_path)
    assert list(databases(settings)) == []
    ReadModel(f"sqlite:///{tmp_path / 'board.sqlite'}").close()
    outbox.Outbox(tmp_path / "notifier" / "outbox.sqlite").close()
    assert [diagnosis.state for diagnosis in databases(settings)] == ["ok", "ok"]
    _set_versions(tmp_path, 1, 1)
    diagnoses = list(databases(settings))
    assert [diagnosis.state for diagnosis in diagnoses] == ["ok", "ok"]
    assert "made anew from Kafka" in diagnoses[0].line
    assert "migrated" in diagnoses[1].line


def test_databases_of_a_newer_release_are_named(tmp_path: Path) -> None:
    """Both versions, and what to do."""
    settings = Settings(data=tmp_path)
    ReadModel(f"sqlite:///{tmp_path / 'board.sqlite'}").close()
    outbox.Outbox(tmp_path / "notifier" / "outbox.sqlite").close()
    _set_versions(tmp_path, versions.VERSION + 1, outbox.VERSION + 1)
    board, notifier = wrongs(list(databases(settings)))
    assert f"version {versions.VERSION + 1}, this release knows {versions.VERSION}: run the release" in board
    assert f"version {outbox.VERSION + 1}, this release knows {outbox.VERSION}: run the release" in notifier


def test_a_proxy_that_the_board_does_not_trust_is_told_for_a_day(tmp_path: Path) -> None:
    """With what to set; later, or under another version, nothing is told of it."""
    settings = Settings(data=tmp_path)
    model = ReadModel(f"sqlite:///{tmp_path / 'board.sqlite'}")
    untrusted_proxies.note(model, wall_clock() - DAY + HOUR)
    (version, proxy) = databases(settings)
    assert (version.state, proxy.state) == ("ok", "note")
    assert "CDI_BOARD_PROXIES" in proxy.line
    with model.writing() as connection:
        connection.execute(text("UPDATE meta SET value = :at WHERE name = 'untrusted-proxy'"), {"at": "1"})
    assert [diagnosis.state for diagnosis in databases(settings)] == ["ok"]
    model.close()


def _set_versions(folder: Path, board: int, notifier: int) -> None:
    engine = create_engine(f"sqlite:///{folder / 'board.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE meta SET value = :value WHERE name = 'version'"), {"value": str(board)})
    engine.dispose()
    with contextlib.closing(sqlite3.connect(folder / "notifier" / "outbox.sqlite")) as file:
        file.execute(f"PRAGMA user_version = {notifier}")


# -- the registry ------------------------------------------------------------------------------------


class Answers(Registry):
    """A registry that has one foreign version of every subject."""

    def __init__(self, *, accepts: bool) -> None:
        self._accepts = accepts

    def versions(self, subject: str) -> list[Version]:  # noqa: ARG002
        return [Version(4, 7, '{"type": "record", "name": "Other", "fields": []}')]

    def accepts(self, subject: str, text: str) -> bool:  # noqa: ARG002
        return self._accepts


def test_a_registry_that_cannot_take_our_schemas_is_told_from_one_that_has_not_yet() -> None:
    """The one needs another release, the other a command."""
    refused, missing = (list(schema_differences(Answers(accepts=accepts))) for accepts in (False, True))
    assert len(refused) == len(missing) == len(OUR_SUBJECTS)
    assert all("cannot read what version 4 there wrote: run the release" in line for line in refused)
    assert all("cdi schemas register" in line for line in missing)


def test_a_registry_that_does_not_answer_is_one_line() -> None:
    """And it says what holds meanwhile."""
    (line,) = wrongs(list(version_checks.registry(Settings(schema_registry="http://127.0.0.1:1"))))
    assert "does not answer: until it answers" in line


# -- feeds that are silent ------------------------------------------------------------------------------------

STORM = FEEDS[0]
SILENCE = BOOK.silence_interval(STORM)


def a_clock(mode: str = "LIVE", **fields: object) -> ForceClock:
    """Return the clock of a force with one feed."""
    feed = {"topic": STORM, "named": True, "complete_through": WALL - HOUR, "heartbeat": True, **fields}
    return ForceClock(force="LEICS", clock=WALL, mode=mode, feeds=(FeedState(**feed),))  # type: ignore[arg-type]


@pytest.mark.parametrize("late", [0, 1])
def test_a_feed_is_silent_a_millisecond_past_its_interval(late: int) -> None:
    """Its slowest source, through when, how long ago, how long it may, and where it says what to do."""
    through = WALL - SILENCE - late
    sources = (SourceState(source="A", complete_through=WALL), SourceState(source="B", complete_through=through))
    lines = wrongs(list(feeds(a_clock(complete_through=through, sources=sources), BOOK, WALL)))
    assert len(lines) == late
    for line in lines:
        assert f"LEICS: {STORM} (its source B) is complete only through" in line
        assert f"{span(SILENCE)} ago; it may be silent for {span(SILENCE)}" in line


def test_a_feed_without_heartbeats_is_given_its_lateness_and_named() -> None:
    """Somebody should know that nothing vouches for it."""
    lateness = BOOK.allowed_lateness(STORM)
    for late, number in ((0, 0), (1, 1)):
        diagnoses = list(feeds(a_clock(complete_through=WALL - SILENCE - lateness - late, heartbeat=False), BOOK, WALL))
        assert len(wrongs(diagnoses)) == number
        assert "sends no heartbeats" in diagnoses[-1].line


def test_a_feed_that_was_fed_and_vouches_for_nothing_yet_is_named_without_a_date() -> None:
    """Its first heartbeat says that nothing is complete: whoever fed it by hand is told how to say more."""
    (diagnosis,) = feeds(a_clock(complete_through=0, heard_at=WALL), BOOK, WALL)
    assert diagnosis.state == "note"
    assert "has vouched for nothing yet" in diagnosis.line
    assert "1970" not in diagnosis.line


def test_a_nightly_feed_is_wrong_only_where_the_nights_file_did_not_come() -> None:
    """When it was last heard, in local time and as records state it, and by when it is expected."""
    book = PolicyBook.from_toml(f'version = "x"\n[schedules]\n"{STORM}" = {{ daily = "06:00" }}')
    heard_at = from_rfc3339("2026-06-10T04:30:00Z")
    clock = a_clock(complete_through=heard_at - 5 * HOUR, heard_at=heard_at)
    silent_at = from_rfc3339("2026-06-11T05:15:00Z")
    assert list(feeds(clock, book, silent_at)) == []
    (line,) = wrongs(list(feeds(clock, book, silent_at + 1)))
    assert "was last heard 24 h 45 min ago, Wed 10 Jun 2026, 05:30:00 BST (2026-06-10T04:30:00.000Z);" in line
    assert "it is expected by 06:00 each day, and missed 15 min later" in line


def test_a_feed_never_heard_is_wrong_live_and_a_note_under_the_stream_clock() -> None:
    """There a force may be fed one file after another."""
    (live,) = feeds(a_clock(complete_through=None, heartbeat=False), BOOK, WALL)
    (stream,) = feeds(a_clock("STREAM", complete_through=None, heartbeat=False), BOOK, WALL)
    assert (live.state, stream.state) == ("WRONG", "note")
    assert "was never heard" in live.line
    assert "the clock waits for it" in stream.line


def test_history_under_the_stream_clock_and_feeds_not_named_are_not_silent() -> None:
    """Nobody expects 2013 to keep up with today, or a feed that the policy leaves out."""
    assert list(feeds(a_clock("STREAM", complete_through=0), BOOK, WALL)) == []
    assert list(feeds(a_clock(named=False, complete_through=None), BOOK, WALL)) == []


def test_feeds_that_nobody_has_connected_are_no_difference_of_policies() -> None:
    """A live force has a feed that only the built-in policy names once it is heard; what waits for it is said once."""
    notes = list(naming(a_clock(), BOOK, WALL))
    assert [note.state for note in notes] == ["note"] * len(notes)
    assert notes[0].line.startswith("LEICS: nobody has connected cats.referrals.v1, ")
    assert any("decision-maker-untrained" in note.line for note in notes[1:])
    lines = [note.line for note in notes]
    assert len(lines) == len(set(lines))


def test_a_feed_that_is_heard_and_not_listed_is_no_difference_where_feeds_are_named_once_heard() -> None:
    """The policy that an installation begins with lists two; those that are not heard yet are named once."""
    book = PolicyBook.from_toml(STARTER.read_text())
    clock = a_clock(topic="cats.referrals.v1")
    note, *rest = naming(clock, book, WALL)
    assert "nobody has connected" in note.line
    assert "storm.incidents.v1" in note.line
    assert "cats.referrals.v1" not in note.line
    assert [diagnosis.state for diagnosis in rest] == ["note"] * len(rest)
    assert wrongs(list(naming(a_clock(topic="x.v1"), book, WALL)))


def test_feeds_that_the_policy_of_the_force_names_differ_where_the_workers_do_not_name_them() -> None:
    """And under the stream clock, and those that the workers alone name."""
    for clock, book in ((a_clock(), every_feed_named()), (a_clock("STREAM"), BOOK), (a_clock(topic="x.v1"), BOOK)):
        (line,) = wrongs(list(naming(clock, book, WALL)))
        assert "name different feeds" in line


def test_the_rules_that_are_not_judged_are_named_by_lack_of_what() -> None:
    """Once for a policy, and again for a force that lacks something else."""
    book = PolicyBook.from_toml(
        f'version = "t"\n[rules]\noff = ["theme-emerging"]\n[lacks_by_force.KENT]\n"{STORM}" = ["assessed_at"]'
    )
    lines = [diagnosis.line for diagnosis in policy_checks.policy(book) if diagnosis.state == "note"]
    off = "not judged because the policy switches them off: theme-emerging"
    assert lines == [
        f"by default: {off}",
        f"KENT: not judged where assessed_at was never stated, which {STORM} lacks: assessment-overdue (incident)",
        f"KENT: {off}",
    ]


def test_how_often_fields_are_stated_is_said_and_which_are_probably_lacking() -> None:
    """Of 200 records or more, those of which under 1 % state a field that the policy takes to be held."""
    stated = tuple(1 if name == "crimes_expected" else 200 for name in fields_counted(STORM))
    many, few = a_clock(records=200, stated=stated), a_clock(records=199, stated=stated)
    shares, doubtful = (note.line for note in fields(many, BOOK))
    assert "stated of 200 records of the last 28 days: " in shares
    assert "closing_code 100%" in shares
    assert "under 1 % of 200 records of the last 28 days state it: crimes_expected;" in doubtful
    lacking = PolicyBook.from_toml(f'version = "t"\n[lacks]\n"{STORM}" = ["crimes_expected"]')
    assert len(list(fields(many, lacking))) == 1
    assert len(list(fields(few, BOOK))) == 1


def a_feed(topic: str, **through: int) -> FeedState:
    """Return a named feed whose sources have vouched so far."""
    sources = tuple(SourceState(source=name, complete_through=moment) for name, moment in sorted(through.items()))
    return FeedState(topic=topic, named=True, complete_through=min(through.values()), heartbeat=True, sources=sources)


def test_who_holds_a_stream_clock_is_named() -> None:
    """The feed that is least complete, and of its sources the one furthest behind; nobody where all are as far."""
    crimes, storm = a_feed("cis.crimes.v1", CIS=WALL + 1), a_feed(STORM, OLD=WALL, NEW=WALL + 5)
    assert held_by(ForceClock(force="LEICS", mode="STREAM", feeds=(crimes, storm))) == f", held by {STORM} (OLD)"
    assert held_by(ForceClock(force="LEICS", mode="LIVE", feeds=(crimes, storm))) == ""
    level = a_feed("cis.crimes.v1", CIS=WALL), a_feed(STORM, STORM=WALL)
    assert held_by(ForceClock(force="LEICS", mode="STREAM", feeds=level)) == ""


@pytest.mark.parametrize(("ahead", "notes"), [(24 * HOUR, 0), (24 * HOUR + 1, 1)])
def test_a_source_that_stopped_is_named_with_since_when(ahead: int, notes: int) -> None:
    """More than a day behind another of its own feed's sources: up to that it may be how they deliver."""
    storm = a_feed(STORM, OLD=0, NEW=ahead)
    diagnoses = list(feeds(ForceClock(force="LEICS", mode="STREAM", feeds=(storm,)), BOOK, WALL))
    assert [diagnosis.state for diagnosis in diagnoses] == notes * ["note"]
    for diagnosis in diagnoses:
        assert f"LEICS: {STORM} (OLD) has vouched for nothing after 1970-01-01T00:00:00.000Z" in diagnosis.line
        assert "through 1970-01-02T00:00:00.001Z" in diagnosis.line


@pytest.mark.kafka
def test_a_live_clock_ahead_of_the_wall_is_named(installation: Settings) -> None:
    """By how much: until then nothing falls due, since a clock never goes back."""
    modes: dict[str, ClockMode] = {"LEICS": "LIVE", "DERBS": "STREAM"}
    for force, mode in modes.items():
        ahead = ForceClock(force=force, mode=mode, clock=wall_clock() + 2 * DAY)
        put(installation, CLOCKS.name, force.encode(), Codec().encode(ahead))
    lines = [line for line in wrongs(list(doctor.diagnose(installation, BOOK))) if "clock stands at" in line]
    assert len(lines) == 1
    assert lines[0].startswith("LEICS: the live clock stands at")
    assert "ahead of this machine's" in lines[0]
