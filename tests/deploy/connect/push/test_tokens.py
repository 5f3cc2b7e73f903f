"""Tokens by which a system may push: which are valid, and when."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from deploy.connect.push.kept_answers import KEPT_MS, KeptAnswer, KeptAnswers
from deploy.connect.push.store import PushStore
from deploy.connect.push.tokens import PushTokens

NOW = 1_000_000_000


@pytest.fixture
def tokens(tmp_path: Path) -> PushTokens:
    """Give the tokens of a new feed."""
    return PushTokens(PushStore(tmp_path, "forms"))


def test_a_token_is_valid_until_it_is_ended(tokens: PushTokens) -> None:
    """To the millisecond."""
    token = tokens.make(NOW)
    assert tokens.is_valid(token, NOW + 5)
    (state,) = tokens.states()
    assert tokens.end(state.token_id, NOW + 10)
    assert tokens.is_valid(token, NOW + 9)
    assert not tokens.is_valid(token, NOW + 10)


def test_two_are_valid_while_one_replaces_the_other(tokens: PushTokens) -> None:
    """So that the sender can change over."""
    old, new = tokens.make(NOW), tokens.make(NOW + 1, others_end_at=NOW + 100)
    assert tokens.is_valid(old, NOW + 99)
    assert tokens.is_valid(new, NOW + 99)
    assert not tokens.is_valid(old, NOW + 100)
    assert tokens.is_valid(new, NOW + 100)


def test_replacing_never_lets_a_token_live_longer(tokens: PushTokens) -> None:
    """One that was ended stays so."""
    old = tokens.make(NOW)
    tokens.end(tokens.states()[0].token_id, NOW + 1)
    tokens.make(NOW + 2, others_end_at=NOW + 1000)
    assert not tokens.is_valid(old, NOW + 3)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "x", lambda t: t.replace("cdi_", "cdi_0"), lambda _: ""]
)
def test_nothing_else_is_valid(tokens: PushTokens, change: object) -> None:
    """Not a part of it, nor more than it, nor nothing."""
    token = tokens.make(NOW)
    assert not tokens.is_valid(change(token), NOW)  # type: ignore[operator]


def test_only_digests_are_kept_and_only_for_the_owner(tokens: PushTokens, tmp_path: Path) -> None:
    """Whoever reads the file cannot push."""
    secret = tokens.make(NOW).split("_", 2)[2]
    (file,) = tmp_path.iterdir()
    assert secret.encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_when_a_token_was_used_is_noted(tokens: PushTokens) -> None:
    """To a minute, so that each request need not be written down."""
    token = tokens.make(NOW)
    assert tokens.states()[0].used_at is None
    for moment in (NOW, NOW + 1, NOW + 60_001):
        tokens.is_valid(token, moment)
    assert tokens.states()[0].used_at == NOW + 60_001


def test_a_token_that_is_not_there_cannot_be_ended(tokens: PushTokens) -> None:
    """And whoever asks is told."""
    assert not tokens.end("beef", NOW)


def test_receipts_are_kept_for_a_week(tmp_path: Path) -> None:
    """And then dropped when the next is kept."""
    store = PushStore(tmp_path, "forms")
    answers = KeptAnswers(store)
    answers.keep("k", KeptAnswer(b"request", b"answer"), NOW)
    assert answers.of("k", NOW + KEPT_MS - 1) == KeptAnswer(b"request", b"answer")
    assert answers.of("k", NOW + KEPT_MS) is None
    answers.keep("l", KeptAnswer(b"", b""), NOW + KEPT_MS)
    with sqlite3.connect(tmp_path / "forms.push.sqlite3") as database:
        assert database.execute("select key from answers").fetchall() == [("l",)]
