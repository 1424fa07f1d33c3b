"""The warehouse of these tests: a DuckDB file, or with BALLAST_TEST_WAREHOUSE=ducklake a lake."""

import os
import shutil

import pytest

from warehouse.duckdb_file.backend import DuckDBFile

LAKE = os.environ.get("BALLAST_TEST_WAREHOUSE") == "ducklake"


@pytest.fixture
def warehouse(request, tmp_path):
    """A warehouse in a folder whose name an SQL string would have to quote."""
    home = tmp_path / "it's home"
    home.mkdir()
    if LAKE:
        return request.getfixturevalue("lakes")(home)
    shutil.copyfile(request.getfixturevalue("empty_warehouse"), home / "warehouse.duckdb")
    return DuckDBFile(home, lock_timeout=20.0, command="ballast test")
