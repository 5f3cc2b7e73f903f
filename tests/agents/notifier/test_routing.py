from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from agents.notifier.routing import Recipient, Routing, RoutingError
from agents.notifier.settings import NotifierSettings
from tests.agents.notifier.examples import ROUTING, SECRET
from tests.streams.actions.alerts import alert

WHO = '[[recipient]]\nname = "fcr"\nemail = "fcr@leics.example"\n'


def _names(recipients: object) -> list[str]:
    return [recipient.name for recipient in recipients]  # type: ignore[attr-defined]


def test_an_alert_goes_to_whom_a_route_names() -> None:
    """By severity, status and role; a breach at risk only where asked for."""
    assert _names(ROUTING.recipients_of(alert())) == ["registrar"]
    assert _names(ROUTING.recipients_of(alert(severity="CRITICAL"))) == ["room", "registrar"]
    assert _names(ROUTING.recipients_of(alert(severity="CRITICAL", status="AT_RISK"))) == ["room"]
    assert _names(ROUTING.recipients_of(alert(severity="MEDIUM"))) == []
    assert _names(ROUTING.digest_readers_of(alert(severity="MEDIUM"))) == ["registrar"]
    assert _names(ROUTING.digest_readers()) == ["registrar"]


def test_a_recipient_hears_of_their_forces_only() -> None:
    """Whatever the routes say, and escalations too."""
    assert _names(ROUTING.recipients_of(alert(force="DERBS"))) == []
    assert _names(ROUTING.at_level("FCR", "DERBS")) == []
    assert _names(ROUTING.at_level("FCR", "LEICS")) == ["registrar"]


def test_a_level_that_nobody_is_at_is_named() -> None:
    """At all, or for a force that somebody else is told of; whoever is told of all forces is there for each."""
    duty = '[[recipient]]\nname = "duty"\nrole = "DUTY_INSPECTOR"\nemail = "d@derbs.example"\n'
    both = f'{WHO}role = "FCR"\nforces = ["LEICS"]\n{duty}'
    one = f'{both}[[recipient]]\nname = "room"\nrole = "SUPERVISOR"\nforces = ["DERBS"]\nemail = "r@derbs.example"\n'
    assert list(Routing.from_toml(both).unreached()) == [("SUPERVISOR", [])]
    assert list(Routing.from_toml(one).unreached()) == [("SUPERVISOR", ["LEICS"]), ("FCR", ["DERBS"])]


def test_a_route_may_name_rules_and_forces() -> None:
    """Both must fit."""
    text = f'{WHO}[[route]]\nrules = ["rape-not-recorded"]\nforces = ["LEICS"]\nto = ["fcr"]\n'
    routing = Routing.from_toml(text)
    rape = alert(rule_id="rape-not-recorded")
    assert _names(routing.recipients_of(rape)) == ["fcr"]
    assert _names(routing.recipients_of(alert(rule_id="rape-not-recorded", force="DERBS"))) == []
    assert _names(routing.recipients_of(alert())) == []


def test_a_route_may_name_teams() -> None:
    """Then it is for their alerts alone, and for assignments; a force that a recipient does not see stays out."""
    text = f'{WHO}forces = ["LEICS"]\n[[route]]\nteams = ["North"]\nto = ["fcr"]\n'
    routing = Routing.from_toml(text)
    assert _names(routing.recipients_of(alert(team="North"))) == ["fcr"]
    assert _names(routing.recipients_of(alert(team="South"))) == []
    assert _names(routing.recipients_of(alert(team=None))) == []
    assert _names(routing.reached_by_assignment(alert(team="North"), "x")) == ["fcr"]
    assert _names(routing.reached_by_assignment(alert(team="North", force="DERBS"), "x")) == []
    assert _names(ROUTING.reached_by_assignment(alert(severity="CRITICAL"), "x")) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[recipient", "not a TOML file"),
        ("colour = 1", "colour: Extra inputs"),
        ('[[recipient]]\nname = "a"', "recipient.1: needs either email or webhook"),
        ('[[recipient]]\nname = "a"\nemail = "a@b"\nwebhook = "https://x"', "needs either email or webhook"),
        ('[[recipient]]\nname = "a"\nemail = "A <a@b.example>"', "recipient.1.email"),
        ('[[recipient]]\nname = "a"\nemail = "a@b\\nBcc: x@y"', "recipient.1.email"),
        ('[[recipient]]\nname = "a b"\nemail = "a@b"', "recipient.1.name"),
        ('[[recipient]]\nname = "a"\nwebhook = "https://x.example"', "needs either secret_env or secret_file"),
        ('[[recipient]]\nname = "a"\nemail = "a@b"\nsecret_env = "X"', "and nothing else, needs"),
        ('[[recipient]]\nname = "a"\nwebhook = "http://x.example"\nsecret_env = "X"', "an https address"),
        ('[[recipient]]\nname = "a"\nwebhook = "https://me:pw@x.example"\nsecret_env = "X"', "no name or password"),
        ('[[recipient]]\nname = "a"\nemail = "a@b"\nrole = "CHIEF"', "recipient.1.role"),
        (f'{WHO}user = " "', "recipient.1.user"),
        (f'{WHO}[[route]]\nto = ["fcr"]\nteams = [""]', "route.1.teams.1"),
        (f"{WHO}{WHO}", "fcr is there twice"),
        (f"{WHO}[[route]]\nseverities = []", "nobody would be notified"),
        (f'{WHO}[[route]]\nto = ["you"]', "route 1: to: you is no recipient"),
        (f'{WHO}[[route]]\nroles = ["FCR"]', "route 1: roles: no recipient is FCR"),
        (f'{WHO}[[route]]\nto = ["fcr"]\nrules = ["no-such-rule"]', "1 of them does not exist"),
        (f'{WHO}[[route]]\nto = ["fcr"]\nstatuses = ["CLEARED"]', "route.1.statuses.1"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_in_a_line(text: str, why: str) -> None:
    """It says where, and repeats no address."""
    with pytest.raises(RoutingError, match=why) as refusal:
        Routing.from_toml(text)
    assert "\n" not in str(refusal.value)
    assert "@" not in str(refusal.value)


def test_a_secret_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never from the routing file itself, and never one that could be guessed."""
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    monkeypatch.setenv("HOOK", SECRET)
    hook = {"name": "x", "webhook": "https://x.example/hook"}
    for source in ({"secret_env": "HOOK"}, {"secret_file": file}):
        assert Recipient.model_validate({**hook, **source}).secret() == SECRET.encode()
    monkeypatch.setenv("HOOK", "short")
    for source in ({"secret_env": "HOOK"}, {"secret_file": tmp_path / "none"}):
        with pytest.raises(RoutingError, match="recipient x"):
            Recipient.model_validate({**hook, **source}).secret()


def test_mail_without_encryption_stays_on_this_machine() -> None:
    """Anywhere else it is refused, as is a name without a password."""
    assert NotifierSettings(smtp_tls="none", smtp_host="127.0.0.1").smtp_tls == "none"
    with pytest.raises(ValidationError, match="this machine only"):
        NotifierSettings(smtp_tls="none", smtp_host="mail.example")
    with pytest.raises(ValidationError, match="go together"):
        NotifierSettings(smtp_username="cdi")


def test_the_example_can_be_used_as_it_is() -> None:
    """Whoever copies it starts from routes that make sense."""
    routing = Routing.from_toml(Path("deploy/notifier/routes.example.toml").read_text(encoding="utf-8"))
    silent = alert(rule_id="feed-silent", subject_system="FEED", severity="CRITICAL")
    assert _names(routing.recipients_of(silent)) == ["control-room", "registrar", "ops"]
    assert _names(routing.digest_readers()) == ["registrar"]
