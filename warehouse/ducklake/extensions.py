"""DuckDB's extensions, from the packages that were installed with Ballast: nothing is fetched."""

from importlib.util import find_spec
from pathlib import Path

import duckdb

from quant.errors import InputError

PACKAGES = {
    "ducklake": "duckdb-extension-ducklake",
    "postgres_scanner": "duckdb-extension-postgres-scanner",
    "httpfs": "duckdb-extension-httpfs",
}
"""The package of each extension."""


def file(extension: str) -> Path:
    """Where the extension lies that fits the DuckDB that runs.

    Raises:
        InputError: its package is not installed, or is of another version of DuckDB.
    """
    package = PACKAGES[extension]
    remedy = "install requirements-ducklake.lock (docs/scaling.md)"
    folder = _folder(package)
    if folder is None:
        raise InputError(
            f"BALLAST_WAREHOUSE names a DuckLake, but the package {package} is missing: {remedy}."
        )
    found = folder / f"v{duckdb.__version__}" / f"{extension}.duckdb_extension"
    if not found.is_file():
        others = ", ".join(sorted(one.name.removeprefix("v") for one in folder.glob("v*"))) or "no version"
        raise InputError(f"{package} is of DuckDB {others}, but DuckDB {duckdb.__version__} runs: {remedy}.")
    return found


def _folder(package: str) -> Path | None:
    """Where a package has its extensions; it is not imported."""
    spec = find_spec(package.replace("-", "_"))
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) / "extensions" if places else None
