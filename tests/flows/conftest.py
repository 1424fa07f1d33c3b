"""What the tests of the flows share."""

import pytest

from tests.tasks.desk import Desk


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)
