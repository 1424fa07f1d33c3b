"""What the end-to-end tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import Driver, shared_driver
from tests.e2e.desk import Desk
from tests.e2e.up import Up, booby_trapped, free_port, launched, stopped
from tests.e2e.up import book as made_book
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


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The parameters of a run: a portfolio far from its targets, and a year of steady prices for it."""
    return made_book(tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A `ballast up`, started in a folder that somebody else has filled."""
    folder = booby_trapped(tmp_path_factory.mktemp("up"))
    running = launched(folder / "home", folder, free_port())
    yield running
    stopped(running)
