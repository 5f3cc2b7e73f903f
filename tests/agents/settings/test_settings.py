"""What a process is told from outside."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from agents.settings.security import Security
from agents.settings.settings import Settings
from streams.topology.topics import ALERTS, partition_for


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable begins with CDI_; nested ones have two underscores, the force map is a list."""
    for name, value in {
        "CDI_KAFKA": "a:1,b:2",
        "CDI_PREFIX": "north.",
        "CDI_PARTITIONS": "12",
        "CDI_FORCE_MAP": "LEICS=0, DERBS=11",
        "CDI_SECURITY__PROTOCOL": "SASL_SSL",
        "CDI_SECURITY__USERNAME": "cdi",
        "CDI_SECURITY__PASSWORD": "made-up",
    }.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.kafka, settings.partitions) == ("a:1,b:2", 12)
    assert settings.topic(ALERTS) == "north.compliance.alerts.v1"
    assert (settings.partition_of("LEICS"), settings.partition_of("DERBS")) == (0, 11)
    assert settings.partition_of("NOTTS") == partition_for("NOTTS", 12)
    assert settings.client()["sasl.username"] == "cdi"


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ({"force_map": {"LEICS": 6}}, "LEICS = 6 is not from 0 to 5"),
        ({"force_map": "LEICS"}, "force_map"),
        ({"prefix": "a b"}, "prefix"),
        ({"partitions": 0}, "partitions"),
        ({"clock": "sundial"}, "clock"),
        ({"session_seconds": 1}, "session_seconds"),
    ],
)
def test_settings_that_cannot_be_are_refused(stated: dict[str, object], sentence: str) -> None:
    """The refusal names the setting."""
    with pytest.raises(ValidationError, match=sentence):
        Settings.model_validate(stated)


def test_a_password_is_shown_to_nobody() -> None:
    """Neither the settings' own text nor a refusal's repeats it."""
    security = Security(protocol="SASL_SSL", username="cdi", password=SecretStr("made-up"))
    assert "made-up" not in repr(Settings(security=security))


def test_both_clients_are_told_the_same() -> None:
    """SASL over TLS reads alike in librdkafka's words and in Faust's."""
    security = Security(protocol="SASL_SSL", username="cdi", password=SecretStr("made-up"))
    assert security.librdkafka() == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "cdi",
        "sasl.password": "made-up",
    }
    credentials = security.faust()
    assert credentials is not None
    assert credentials.protocol.value == "SASL_SSL"


def test_nothing_is_proved_on_a_plain_connection() -> None:
    """Without settings both clients connect in the clear, as to an embedded broker."""
    assert Security().librdkafka() == {"security.protocol": "PLAINTEXT"}
    assert Security().faust() is None


@pytest.mark.parametrize(
    "stated",
    [
        {"protocol": "SASL_SSL"},
        {"protocol": "SASL_SSL", "username": "cdi"},
        {"protocol": "SSL", "certificate": "cert.pem"},
        {"protocol": "SSL", "pasword": "made-up"},
    ],
)
def test_half_a_proof_is_refused(stated: dict[str, str]) -> None:
    """A user without a password, a certificate without its key, and a misspelt name are errors, not defaults."""
    with pytest.raises(ValidationError):
        Security.model_validate(stated)
