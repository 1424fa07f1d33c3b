"""The real funds that measurements use: beside the project, never in it."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from quant.errors import InputError

DATA = Path(__file__).parents[2] / "shared" / "data"


def funds() -> pa.Table:
    """Daily bars by symbol and session, split-adjusted, with adj_close.

    Raises:
        InputError: they are not there.
    """
    file = Path(os.environ.get("BALLAST_TEST_DATA", DATA)) / "etf_daily.parquet"
    if not file.is_file():
        raise InputError(
            f"no fund prices at {file}: set BALLAST_TEST_DATA to the folder of etf_daily.parquet"
        )
    return pq.read_table(file)
