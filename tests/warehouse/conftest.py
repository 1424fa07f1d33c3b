import shutil

import pytest

from warehouse.duckdb_file.backend import DuckDBFile


@pytest.fixture
def warehouse(empty_warehouse, tmp_path):
    """A warehouse in a folder whose name an SQL string would have to quote."""
    home = tmp_path / "it's home"
    home.mkdir()
    shutil.copyfile(empty_warehouse, home / "warehouse.duckdb")
    return DuckDBFile(home, lock_timeout=20.0, command="ballast test")
