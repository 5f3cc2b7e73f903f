"""The embedded broker's settings as they are composed and written."""

from __future__ import annotations

from pathlib import Path

from deploy.local.kafka.properties import as_java_properties, server_properties


def test_every_listener_is_on_the_loopback_interface() -> None:
    """Nothing but this machine reaches the embedded broker."""
    settings = server_properties(Path("/data"), 9092, 9093, {})
    assert settings["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"


def test_a_callers_listener_is_added_and_other_settings_replaced() -> None:
    """A listener with TLS stands beside the plain one; any other setting is the caller's word."""
    extra = {"listeners": "SECURE://127.0.0.1:9094", "num.io.threads": "2", "ssl.client.auth": "required"}
    settings = server_properties(Path("/data"), 9092, 9093, extra)
    assert settings["listeners"].endswith(",SECURE://127.0.0.1:9094")
    assert settings["num.io.threads"] == "2"
    assert settings["ssl.client.auth"] == "required"


def test_values_survive_javas_own_syntax() -> None:
    """Backslashes, line ends, leading blanks and letters beyond ASCII mean themselves."""
    assert as_java_properties({"a": "C:\\x\ny", "b": " c", "d": "é"}) == "a=C:\\\\x\\ny\nb=\\ c\nd=\\u00e9\n"
