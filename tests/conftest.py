"""What the whole suite shares."""

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.standins.postgres import Database, NoPostgresError, Postgres, running

ROOT = Path(__file__).resolve().parent.parent
CASES = 3
"""Of each test that is run with several values, how many run on a lake unless --long is given."""
QUICK = frozenset({"config", "contract", "quant"})


def mostly_long(values: Iterable[object], *always: object) -> list[object]:
    """Parameters of which only those in `always` run in every suite; the others do with --long."""
    return [value if value in always else pytest.param(value, marks=pytest.mark.long) for value in values]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of tests/e2e/test_soak.py and tests/warehouse/test_kills.py."""
    parser.addoption("--soak", type=int, default=1, help="how often a run is killed (default: 1)")
    parser.addoption("--kills", type=int, default=20, help="how often a process is killed (default: 20)")
    parser.addoption("--long", action="store_true", help="also the tests that are marked long")
    parser.addoption("--soak-seed", type=int, default=1, help="which moments are chosen (default: 1)")


def pytest_configure(config: pytest.Config) -> None:
    """The same examples in every suite, so that a change is judged by what it changes; others with --long.

    None has a deadline: seconds are of the machine.
    """
    settings.register_profile("ballast", derandomize=not config.getoption("--long"), deadline=None)
    settings.load_profile("ballast")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests to `make soak`: the suite must end in twenty minutes.

    Pure and quick ones come last, so that all workers end at about the same time.
    """
    items.sort(key=lambda item: item.path.relative_to(ROOT).parts[1] in QUICK)
    long = [item for item in items if item.get_closest_marker("long")]
    if long and not config.getoption("--long"):
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
    _choose_engine(config, items)


def _beyond(number: int, items: list[pytest.Item]) -> list[pytest.Item]:
    """The cases of each test but the first few: a statement on a lake takes several times as long."""
    seen = Counter[tuple[Path, str]]()
    found = []
    for item in items:
        test = (item.path, item.name.partition("[")[0])
        seen[test] += 1
        if seen[test] > number:
            found.append(item)
    return found


def _choose_engine(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests of DuckLake to `make test-ducklake`, and those of the file alone to all others."""
    on_lake = os.environ.get("BALLAST_TEST_WAREHOUSE") == "ducklake"
    others = {"file" if on_lake else "ducklake"}
    left = [item for item in items if others & {mark.name for mark in item.iter_markers()}]
    if on_lake and not config.getoption("--long"):
        left += _beyond(CASES, [item for item in items if item not in left])
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real market data that lies beside the project, never in it."""
    folder = Path(os.environ.get("BALLAST_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real market data at {folder} (set BALLAST_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a warehouse without a row: making one takes longer than copying it."""
    from warehouse.duckdb_file.backend import DuckDBFile

    warehouse = DuckDBFile(tmp_path_factory.mktemp("empty"))
    with warehouse.open():
        pass
    return warehouse.file


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL for the whole session."""
    try:
        with running() as server:
            yield server
    except NoPostgresError as error:
        pytest.skip(str(error))


@pytest.fixture
def postgres_database(postgres: Postgres) -> Iterator[Database]:
    """An empty database of the test's own; the password is in its `password`, and nowhere else."""
    database = postgres.database()
    yield database
    postgres.drop(database.name)


@pytest.fixture(scope="session")
def empty_lake(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A lake without a row, to be copied."""
    pytest.importorskip("duckdb_extension_ducklake", reason="the group `ducklake` is not installed")
    from tests.standins.lakes import template_in

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", postgres.password)
        return template_in(postgres, tmp_path_factory.mktemp("lake"))


@pytest.fixture
def lakes(
    postgres: Postgres, empty_lake: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Makes an empty lake of a HOME."""
    from tests.standins.lakes import making

    monkeypatch.setenv("PGPASSWORD", postgres.password)
    with making(postgres, empty_lake) as make:
        yield make


def pytest_collection_finish() -> None:
    """What was imported stays; looking through it again and again is a seventh of a day's time."""
    import_module("expectations.run")
    gc.collect()
    gc.freeze()
