"""Tests of the engine DuckLake on a real PostgreSQL; `make test-ducklake` runs them."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.ducklake)


@pytest.fixture
def lake(lakes, tmp_path):
    """An empty lake of a HOME whose name an SQL string would have to quote."""
    return lakes(tmp_path / "it's home")
