"""What the tests of the steps share."""

import shutil

import pytest
from yfinance.data import SingletonMeta

from tests.standins.yahoo import Yahoo
from tests.tasks.desk import Desk, market
from tests.tasks.importing import anew


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture(scope="session")
def traded(tmp_path_factory):
    """A day that proposes three trades, run once, and where its folder is kept as it was then."""
    desk = Desk(tmp_path_factory.mktemp("traded") / "desk")
    file = desk.portfolio()
    file.write_text(file.read_text().replace("cash = 5000.0", "cash = 5000.0  # at the bank"))
    run_id = desk.day(market(), file).run_id
    kept = shutil.copytree(desk.folder, desk.folder.with_name("kept"))
    return desk, run_id, kept


@pytest.fixture
def day(traded):
    """The same day as it was: no decision and no fill is known."""
    return anew(traded)


@pytest.fixture
def yahoo():
    """A Yahoo that knows nothing yet, and a client that has not met it."""
    SingletonMeta._instances.clear()  # the client keeps one cookie and crumb per process
    with Yahoo() as server:
        yield server
