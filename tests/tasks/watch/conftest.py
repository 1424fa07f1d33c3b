"""What the tests of the watch share."""

import pytest

from tests.standins.slack import SlackStandIn


@pytest.fixture
def slack(tmp_path):
    with SlackStandIn(tmp_path / "slack.db") as found:
        yield found
