"""What the whole suite shares."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of tests/e2e/test_soak.py and tests/warehouse/test_kills.py."""
    parser.addoption("--soak", type=int, default=20, help="how often a run is killed (default: 20)")
    parser.addoption("--kills", type=int, default=30, help="how often a process is killed (default: 30)")
    parser.addoption("--soak-seed", type=int, default=1, help="which moments are chosen (default: 1)")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real market data that lies beside the project, never in it."""
    folder = Path(os.environ.get("BALLAST_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real market data at {folder} (set BALLAST_TEST_DATA)")
    return folder
