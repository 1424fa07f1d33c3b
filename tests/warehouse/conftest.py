import shutil

import pytest

from warehouse.duckdb_file.backend import DuckDBFile


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory):
    """A warehouse without a row: making one takes longer than copying it."""
    warehouse = DuckDBFile(tmp_path_factory.mktemp("empty"))
    with warehouse.open():
        pass
    return warehouse.file


@pytest.fixture
def warehouse(empty_warehouse, tmp_path):
    """A warehouse in a folder whose name an SQL string would have to quote."""
    home = tmp_path / "it's home"
    home.mkdir()
    shutil.copyfile(empty_warehouse, home / "warehouse.duckdb")
    return DuckDBFile(home, lock_timeout=20.0, command="ballast test")
