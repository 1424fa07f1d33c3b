"""What the tests of the steps share."""

import pytest
from yfinance.data import SingletonMeta

from tests.standins.yahoo import Yahoo
from tests.tasks.desk import Desk


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def yahoo():
    """A Yahoo that knows nothing yet, and a client that has not met it."""
    SingletonMeta._instances.clear()  # the client keeps one cookie and crumb per process
    with Yahoo() as server:
        yield server
