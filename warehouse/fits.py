"""Fits by what determines them: symbol, model, returns, and what they were made with."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa

from quant.fits import Fit, Key
from warehouse.connection import Database
from warehouse.results import null


def load(db: Database, symbols: Sequence[str], made_with: str) -> dict[Key, Fit]:
    """The fits of these symbols that were made with exactly this."""
    rows = db.rows("fits", symbols=[*symbols], made_with=made_with)
    return {
        (row["symbol"], row["asymmetry"], row["returns"]): Fit(
            row["observations"],
            row["converged"],
            json.loads(row["estimates"]),
            np.nan if row["variance"] is None else row["variance"],
            np.nan if row["residual"] is None else row["residual"],
        )
        for row in rows
    }


def keep(db: Database, made: Mapping[Key, Fit], made_with: str, now: datetime) -> None:
    """Store fits that are not stored yet; NaN is stored as NULL."""
    rows = [
        {
            "symbol": symbol, "asymmetry": asymmetry, "returns": returns, "made_with": made_with,
            "observations": fit.observations, "converged": fit.converged,
            "estimates": json.dumps(dict(fit.estimates)),
            "variance": null(fit.variance), "residual": null(fit.residual),
        }
        for (symbol, asymmetry, returns), fit in made.items()
    ]  # fmt: skip
    if rows:
        with db.incoming(incoming=pa.Table.from_pylist(rows)):
            db.run("fits_insert", now=now)
