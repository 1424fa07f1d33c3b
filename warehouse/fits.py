"""Fits by what determines them: symbol, model, returns, and what they were made with."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from quant.fits import Fit, Key
from warehouse.database.database import Database
from warehouse.tables.fits import StoredFit
from warehouse.tables.table import stored

ESTIMATES = frozenset({"mu", "omega", "alpha[1]", "beta[1]"})
"""What is estimated of GARCH; of GJR-GARCH gamma too."""


def load(db: Database, symbols: Sequence[str], made_with: str) -> dict[Key, Fit]:
    """The fits of these symbols that were made with exactly this; what cannot be one is not known."""
    rows = db.select(StoredFit, "fits", symbols=[*symbols], made_with=made_with)
    found = {(row.symbol, row.asymmetry, row.returns): _fit(row) for row in rows}
    return {key: fit for key, fit in found.items() if fit is not None}


def _fit(row: StoredFit) -> Fit | None:
    """The fit that a row holds; None where something else was written into it."""
    if not row.converged:
        return Fit(row.observations)
    try:
        estimates = {str(name): float(value) for name, value in json.loads(row.estimates).items()}
    except (AttributeError, TypeError, ValueError):
        return None
    names = ESTIMATES | {"gamma[1]"} if row.asymmetry else ESTIMATES
    if estimates.keys() != names or row.variance is None or row.residual is None:
        return None
    if not np.isfinite([*estimates.values(), row.variance, row.residual]).all():
        return None
    return Fit(row.observations, True, estimates, row.variance, row.residual)


def keep(db: Database, made: Mapping[Key, Fit], made_with: str, now: datetime) -> None:
    """Store fits that are not stored yet; NaN is stored as NULL."""
    rows = [
        StoredFit(
            symbol, asymmetry, returns, made_with, fit.observations, fit.converged,
            json.dumps(dict(fit.estimates)), fit.variance, fit.residual, now,
        )
        for (symbol, asymmetry, returns), fit in made.items()
    ]  # fmt: skip
    if rows:
        with db.incoming(incoming=stored(StoredFit, rows)):
            db.run("fits_insert")
