"""A warehouse, Slack's stand-in, a channel, a notice for it, and a clock whose waits cost nothing."""

from datetime import UTC, datetime, timedelta
from shutil import copyfile

import pytest
from pydantic import SecretStr

from tasks.notifiers import Channel
from tasks.outbox.prepare import prepare
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.notifiers.reports import eventful
from warehouse.duckdb_file.backend import DuckDBFile


class SkippingClock:
    """Now, moved on by every sleep: waits cost nothing and are noted."""

    def __init__(self):
        self.slept = []

    def now(self):
        return datetime.now(UTC) + timedelta(seconds=sum(self.slept))

    def sleep(self, seconds):
        self.slept.append(seconds)


@pytest.fixture
def clock():
    return SkippingClock()


@pytest.fixture
def slack(tmp_path):
    with SlackStandIn(tmp_path / "slack.db") as standin:
        yield standin


@pytest.fixture
def channel(slack, tmp_path):
    return Channel("slack", "#portfolio-core", tmp_path, slack.url, SecretStr(TOKEN), timeout=5.0)


@pytest.fixture
def warehouse(empty_warehouse, tmp_path):
    copyfile(empty_warehouse, tmp_path / "warehouse.duckdb")
    return DuckDBFile(tmp_path)


@pytest.fixture
def notice(channel):
    return prepare(eventful(), "digest", channel)
