"""What the end-to-end tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import Driver, shared_driver
from tests.e2e.desk import Desk
from tests.standins.slack import TOKEN, SlackStandIn


@pytest.fixture(scope="session")
def driver() -> Driver:
    """Starts `ballast` commands without the seconds that importing takes; one for the whole session."""
    return shared_driver()


@pytest.fixture
def slack(tmp_path: Path) -> Iterator[SlackStandIn]:
    with SlackStandIn(tmp_path / "slack.db") as standin:
        yield standin


@pytest.fixture
def desk(tmp_path: Path, driver: Driver, slack: SlackStandIn) -> Desk:
    """A desk that tells its Slack."""
    return Desk(tmp_path, driver, {"BALLAST_SLACK_URL": slack.url, "BALLAST_SLACK_TOKEN": TOKEN})
