"""What may stand in ``feeds.toml`` of a topic, and where its secrets are."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.settings.settings import Settings
from deploy.connect.feeds_file import FeedsFileError, read_feeds
from deploy.connect.sources import SourceUnavailableError
from deploy.connect.topic.definition import TopicFeed

FEED = """
[feed.crimes]
way = "topic"
topic = "cis.crimes.v1"
mapping = "crimes"
from_topic = "police.crime"
"""


def read(folder: Path, more: str = "", feed: str = FEED) -> TopicFeed:
    """Return the feed of a file."""
    file = folder / "feeds.toml"
    file.write_text(feed + more)
    definition = read_feeds(file)["crimes"]
    assert isinstance(definition, TopicFeed)
    return definition


def test_a_change_says_when_it_was_committed_and_a_row_says_nothing(tmp_path: Path) -> None:
    """What vouches by default."""
    assert read(tmp_path).vouching == "source"
    rows = read(tmp_path, 'shape = "rows"')
    assert (rows.vouching, rows.vouches) == ("none", False)


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ('vouch = "event_time"', "vouch: a change says itself when it was committed: source"),
        ('shape = "rows"\nheartbeat_topic = "h"', 'heartbeat_topic: goes with vouch = "source"'),
        ('time_zone = "Europe/Leicester"', "time_zone: no time zone is called Europe/Leicester"),
        ('types = { a = "Moment" }', "types: Moment is none of Date, "),
        ('overlap = "soon"', 'overlap: a duration such as "90s"'),
        ('shape = "xml"', "Invalid enum value 'xml' (shape)"),
        ("lag = 7", "lag: unknown, the keys here are cluster, "),
        ('cluster = { bootstrap = "k:9092", protocol = "SASL_SSL" }', "cluster: SASL needs a username and a password"),
        ('cluster = { bootstrap = "k:9092", key = "k.pem" }', "cluster: certificate and key go together"),
        ('cluster = { bootstrap = "k:9092", password = {} }', "cluster.password: an environment variable or a file"),
        ('cluster = { bootstrap = "k:9092", password = "made-up" }', "cluster.password: a table; where it is a secret"),
        ('registry = { url = "http://r", password = {} }', "registry.password: an environment variable or a file"),
    ],
)
def test_keys_that_cannot_be_meant_are_refused_in_one_line(tmp_path: Path, more: str, refusal: str) -> None:
    """Which names the feed and the key."""
    with pytest.raises(FeedsFileError) as refused:
        read(tmp_path, more)
    assert "feed.crimes: " in str(refused.value)
    assert refusal in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_mapping_is_required(tmp_path: Path) -> None:
    """A message is no record of ours."""
    with pytest.raises(FeedsFileError, match="mapping: required"):
        read(tmp_path, feed=FEED.replace('mapping = "crimes"\n', ""))


def test_another_cluster_has_its_own_security_and_no_prefix_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its password is read where it is named, as it is when the feed is opened."""
    feed = read(
        tmp_path,
        'cluster = { bootstrap = "other:9093", protocol = "SASL_SSL", username = "cdi", '
        'password = { environment = "OTHER_PASSWORD" }, ca = "ca.pem" }',
    )
    assert feed.cluster is not None
    with pytest.raises(SourceUnavailableError, match=r"cluster.password: the environment variable OTHER_PASSWORD is n"):
        feed.cluster.settings(Settings(), tmp_path)
    monkeypatch.setenv("OTHER_PASSWORD", "made-up")
    client = feed.cluster.settings(Settings(), tmp_path).client()
    assert client["bootstrap.servers"] == "other:9093"
    assert (client["sasl.username"], client["sasl.password"]) == ("cdi", "made-up")
    assert client["ssl.ca.location"] == str(tmp_path / "ca.pem")
