"""Kafka with TLS, SCRAM-SHA-512, mutual TLS and access rules: what works, and what a user is told where it does not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from agents.kafka.acls import grant, missing_permissions
from agents.kafka.producer import NotDeliveredError
from agents.kafka.reader import latest_records
from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from agents.topics.feeds import FeedProducer
from deploy.cli import main
from deploy.local.kafka import EmbeddedKafka, free_port
from schemas.products import Alert, ForceClock
from streams.topology.acls import Role, accesses
from streams.topology.topics import ALERTS, CLOCKS
from tests.agents.examples import DAY, START, closing_heartbeats, incident
from tests.agents.kafka.certificates import Authority, Signed
from tests.agents.processes import StartWorker, eventually

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

PASSWORD = "correct horse"
USERS = ("monitor", "feed", "nobody")
END = START + 5 * DAY
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Secured:
    """A broker with one listener for each way to prove who one is."""

    plain: str
    """Whoever comes this way may do everything: it stands for the cluster's own administrator."""
    scram: str
    mutual: str
    lapsed: str
    """Its certificate has expired."""
    authority: Authority
    signed: Mapping[str, Signed] = field(default_factory=dict)

    def by_password(self, user: str, password: str = PASSWORD) -> dict[str, str]:
        """Return the environment of a process that comes with a password."""
        return {
            "CDI_KAFKA": self.scram,
            "CDI_SECURITY__PROTOCOL": "SASL_SSL",
            "CDI_SECURITY__USERNAME": user,
            "CDI_SECURITY__PASSWORD": password,
            "CDI_SECURITY__CA": str(self.authority.file),
        }

    def by_certificate(self, own: Signed) -> dict[str, str]:
        """Return the environment of a process that comes with a certificate."""
        return {
            "CDI_KAFKA": self.mutual,
            "CDI_SECURITY__PROTOCOL": "SSL",
            "CDI_SECURITY__CERTIFICATE": str(own.certificate),
            "CDI_SECURITY__KEY": str(own.key),
            "CDI_SECURITY__CA": str(self.authority.file),
        }


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """One broker for the module, always our own: a foreign cluster has neither these users nor these certificates."""
    folder = tmp_path_factory.mktemp("secured")
    authority = Authority(folder)
    ports = {name: free_port() for name in ("SCRAM", "MUTUAL", "LAPSED")}
    listeners = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
    extra = {
        "listeners": listeners,
        "advertised.listeners": listeners,
        "listener.security.protocol.map": "SCRAM:SASL_SSL,MUTUAL:SSL,LAPSED:SSL",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(authority.sign("broker").both),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.file),
        "ssl.principal.mapping.rules": "RULE:^CN=(.*?)$/$1/",
        "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.scram.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "listener.name.mutual.ssl.client.auth": "required",
        "listener.name.lapsed.ssl.keystore.type": "PEM",
        "listener.name.lapsed.ssl.keystore.location": str(authority.sign("broker", expired=True).both),
    }
    with EmbeddedKafka(folder / "kafka", extra_properties=extra) as broker:
        _make_users(broker.bootstrap)
        addresses = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        signed = {user: authority.sign(user) for user in USERS}
        yield Secured(broker.bootstrap, addresses["SCRAM"], addresses["MUTUAL"], addresses["LAPSED"], authority, signed)


def _make_users(bootstrap: str) -> None:
    credential = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    wanted: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(user, credential, PASSWORD.encode()) for user in USERS
    ]
    admin = AdminClient({"bootstrap.servers": bootstrap})  # in a name: one that is collected answers nobody
    for outcome in admin.alter_user_scram_credentials(wanted).values():
        outcome.result()


@pytest.fixture
def administered(secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Topics of the test's own with the rules of monitor and feed in force, made by the cluster's administrator."""
    environment = {
        "CDI_PREFIX": f"secure-{next(_numbers)}.",
        "CDI_PARTITIONS": "1",
        "CDI_CLOCK": "stream",
        "CDI_DATA": str(tmp_path / "data"),
        "CDI_SESSION_SECONDS": "6",
        "CDI_REPLICATION": "1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings(kafka=secured.plain)
    create_topics(settings)
    for role in (Role.MONITOR, Role.FEED):
        grant(settings, f"User:{role}", accesses(role, settings.prefix))
    return settings


def come_as(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> Settings:
    """Let this process be someone; give its settings."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


def wait_until_allowed(settings: Settings, role: Role) -> None:
    """Wait for rules that were just made."""
    eventually(lambda: not missing_permissions(settings, role), f"{role} may do its work")


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the command told the user: one line, and no trace."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize("way", ["by_password", "by_certificate"])
def test_a_worker_raises_an_alert_over_a_secured_kafka(
    secured: Secured, administered: Settings, start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Feed, worker and reader each prove who they are, and an unrecorded report becomes an alert."""
    environment = {
        user: secured.by_password(user) if way == "by_password" else secured.by_certificate(secured.signed[user])
        for user in USERS
    }
    with monkeypatch.context() as patch:
        feeding = come_as(patch, environment["feed"])
        wait_until_allowed(feeding, Role.FEED)
        producer = FeedProducer(feeding)
        producer.send(incident(0, "LEICS"))
        for topic, heartbeat in closing_heartbeats(END, "LEICS"):
            producer.send_heartbeat(topic, heartbeat)
        producer.flush()
    monitoring = come_as(monkeypatch, environment["monitor"])
    wait_until_allowed(monitoring, Role.MONITOR)
    worker = start_worker(administered, **environment["monitor"])
    eventually(
        lambda: (
            {c.clock for c in latest_records(monitoring, CLOCKS, ForceClock).values()} == {END} or not worker.running
        ),
        "the clock at its end",
    )
    assert worker.running, worker.log.read_text()
    alerts = latest_records(monitoring, ALERTS, Alert).values()
    assert "crime-not-recorded" in {alert.rule_id for alert in alerts}
    assert main(["doctor"]) in {0, 1}
    assert worker.stop() == 0


def test_a_wrong_password_is_named(
    secured: Secured, administered: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The user is told which settings to look at, and the password is not repeated."""
    come_as(monkeypatch, secured.by_password("monitor", "battery staple"))
    assert main(["worker"]) == 1
    assert one_line(capsys) == (
        f"cdi: Kafka at {secured.scram} refuses the user or the password: "
        "see CDI_SECURITY__USERNAME and CDI_SECURITY__PASSWORD"
    )


def test_a_broker_s_expired_certificate_is_named(
    secured: Secured, administered: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is sent to a broker whose certificate has expired."""
    come_as(monkeypatch, {**secured.by_certificate(secured.signed["monitor"]), "CDI_KAFKA": secured.lapsed})
    assert main(["topics", "check"]) == 1
    assert one_line(capsys) == (
        f"cdi: Kafka at {secured.lapsed} shows a certificate that is not trusted: certificate has expired: "
        "see CDI_SECURITY__CA"
    )


def test_our_own_expired_certificate_is_named(
    secured: Secured, administered: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The broker's word on our certificate reaches the user."""
    come_as(monkeypatch, secured.by_certificate(secured.authority.sign("monitor", expired=True)))
    assert main(["topics", "check"]) == 1
    assert one_line(capsys) == (
        f"cdi: Kafka at {secured.mutual} refuses our certificate: it expired at 2021-01-01T00:00:00.000Z: "
        "see CDI_SECURITY__CERTIFICATE"
    )


def test_a_broker_that_a_stranger_vouches_for_is_not_trusted(
    secured: Secured,
    administered: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A password never goes to a broker whose authority is not ours."""
    stranger = Authority(tmp_path, "stranger")
    come_as(monkeypatch, {**secured.by_password("monitor"), "CDI_SECURITY__CA": str(stranger.file)})
    assert main(["topics", "check"]) == 1
    assert "shows a certificate that is not trusted" in one_line(capsys)


def test_a_missing_file_of_certificates_is_named(
    secured: Secured, administered: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped path is one line, too."""
    come_as(monkeypatch, {**secured.by_password("monitor"), "CDI_SECURITY__CA": "/nowhere/ca.pem"})
    assert main(["topics", "check"]) == 1
    assert "ssl.ca.location" in one_line(capsys)


def test_the_monitor_may_not_write_to_a_source(
    secured: Secured, administered: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the monitor's password cannot put words into a force's mouth."""
    settings = come_as(monkeypatch, secured.by_password("monitor"))
    wait_until_allowed(settings, Role.MONITOR)
    producer = FeedProducer(settings)
    producer.send(incident(0, "LEICS"))
    with pytest.raises(NotDeliveredError, match=r"storm\.incidents\.v1: .*authorization failed"):
        producer.flush()


def test_feeding_without_leave_is_one_line(
    secured: Secured,
    administered: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """``cdi feed`` as the monitor names the topic it may not write to."""
    wait_until_allowed(come_as(monkeypatch, secured.by_password("monitor")), Role.MONITOR)
    file = tmp_path / "cmc.calls.v1.jsonl"
    file.write_text(
        '{"event_id":"c1","force":"LEICS","source":"CMC","event_time":"2013-01-01T00:00:00Z","call_ref":"C1",'
        '"handled_at":"2013-01-01T00:00:00Z","call_handler":"H","team":"T"}\n'
    )
    assert main(["feed", "cmc.calls.v1", str(file)]) == 1
    output = capsys.readouterr().err
    assert "Traceback" not in output
    assert "cmc.calls.v1: Broker: Topic authorization failed" in output.splitlines()[-1]


def test_a_worker_with_a_forbidden_topic_says_which(
    secured: Secured, administered: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One rule short: the worker does not start, and names topic and operation."""
    settings = come_as(monkeypatch, secured.by_password("monitor"))
    wait_until_allowed(settings, Role.MONITOR)
    name = f"{administered.prefix}cis.crimes.v1"
    taken = AclBindingFilter(
        ResourceType.TOPIC,
        name,
        ResourcePatternType.LITERAL,
        "User:monitor",
        "*",
        AclOperation.READ,
        AclPermissionType.ALLOW,
    )
    admin = AdminClient(administered.client())
    admin.delete_acls([taken])[taken].result()
    eventually(lambda: missing_permissions(settings, Role.MONITOR) != [], "the rule gone")
    assert main(["worker"]) == 1
    assert one_line(capsys) == f"cdi: Kafka: {name}: not allowed to READ: see 'cdi topics acls'"


def test_topics_that_are_hidden_are_not_called_missing(
    secured: Secured, administered: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A user without any rule is sent to the rules, not told to make topics."""
    come_as(monkeypatch, secured.by_password("nobody"))
    assert main(["worker"]) == 1
    assert "may not be seen: see 'cdi topics acls'" in one_line(capsys)


def test_rules_are_applied_by_the_command(
    secured: Secured, administered: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``cdi topics acls --apply`` prints each rule and makes it; afterwards the user may do the task."""
    monkeypatch.setenv("CDI_KAFKA", secured.plain)
    assert main(["topics", "acls", "--apply", "--principal", "User:nobody", "--role", "feed"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert f"User:nobody\tALLOW\tWRITE\tTOPIC\tLITERAL\t{administered.prefix}cis.crimes.v1" in printed
    wait_until_allowed(come_as(monkeypatch, secured.by_password("nobody")), Role.FEED)


def test_the_setup_role_suffices_to_make_the_topics_and_the_rules(
    secured: Secured, administered: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a prefix where nothing is there yet, nothing more than the role's rules is needed."""
    monkeypatch.setenv("CDI_PREFIX", f"{administered.prefix}fresh.")
    bare = Settings(kafka=secured.plain)
    grant(bare, "User:nobody", accesses(Role.SETUP, bare.prefix))
    settings = come_as(monkeypatch, secured.by_password("nobody"))
    eventually(lambda: main(["topics", "create"]) == 0, "the topics made")
    grant(settings, "User:monitor", accesses(Role.MONITOR, settings.prefix))
    wait_until_allowed(come_as(monkeypatch, secured.by_password("monitor")), Role.MONITOR)


def test_apply_without_a_principal_is_bad_usage(administered: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """It is never guessed who is meant."""
    assert main(["topics", "acls", "--apply"]) == 2
    assert one_line(capsys) == "cdi: --apply needs --principal"
