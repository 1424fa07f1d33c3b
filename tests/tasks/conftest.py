"""What the tests of the steps share."""

import pytest

from tests.tasks.desk import Desk


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)
