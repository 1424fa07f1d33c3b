"""What the whole suite shares."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of tests/e2e/test_soak.py and tests/warehouse/test_kills.py."""
    parser.addoption("--soak", type=int, default=20, help="how often a run is killed (default: 20)")
    parser.addoption("--kills", type=int, default=30, help="how often a process is killed (default: 30)")
    parser.addoption("--long", action="store_true", help="also the tests that are marked long")
    parser.addoption("--soak-seed", type=int, default=1, help="which moments are chosen (default: 1)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests to `make soak`: the suite must end in twenty minutes."""
    long = [item for item in items if item.get_closest_marker("long")]
    if long and not config.getoption("--long"):
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real market data that lies beside the project, never in it."""
    folder = Path(os.environ.get("BALLAST_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real market data at {folder} (set BALLAST_TEST_DATA)")
    return folder
