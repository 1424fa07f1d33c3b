"""What the end-to-end tests share."""

from collections.abc import Iterator

import pytest

from tests.e2e.command import Driver


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """Starts `ballast` commands without the seconds that importing takes; one for the whole session."""
    with Driver() as started:
        yield started
