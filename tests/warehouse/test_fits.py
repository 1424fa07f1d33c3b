"""Fits as they were made, to the last bit, and only for those who would make the same."""

from datetime import UTC, datetime

import numpy as np
import pytest

from quant.fits import Fit
from tests.warehouse.deliveries import rows
from warehouse import fits

NOW = datetime(2024, 1, 2, 23, tzinfo=UTC)
ESTIMATES = {"mu": 0.1 + 0.2, "omega": 1e-17, "alpha[1]": 1 / 3, "beta[1]": np.nextafter(0.9, 1)}
FITTED = Fit(756, True, ESTIMATES, 1.2345678901234567, -0.1)
FAILED = Fit(300)
MADE = {("SPY", 0, "a1"): FITTED, ("SPY", 1, "a1"): FAILED, ("AGG", 0, "b2"): FITTED}


def test_they_come_back_to_the_last_bit(warehouse):
    with warehouse.open() as db:
        fits.keep(db, MADE, "these libraries", NOW)
    with warehouse.open() as db:
        found = fits.load(db, ["SPY"], "these libraries")
    assert found.keys() == {("SPY", 0, "a1"), ("SPY", 1, "a1")}
    assert found["SPY", 0, "a1"] == FITTED
    failed = found["SPY", 1, "a1"]
    assert (failed.observations, failed.converged, failed.estimates) == (300, False, {})
    assert np.isnan([failed.variance, failed.residual]).all()


def test_what_was_made_otherwise_is_not_known(warehouse):
    with warehouse.open() as db:
        fits.keep(db, MADE, "these libraries", NOW)
        assert fits.load(db, ["SPY", "AGG"], "another version") == {}


@pytest.mark.parametrize(
    "written",
    [
        "estimates = 'x'",
        "estimates = '[1]'",
        "estimates = '{}'",
        "estimates = replace(estimates, '0.3', 'null, \"x\": 0.3')",
        "asymmetry = 1",  # gamma is missing
        "variance = null",
        "residual = 'inf'::double",
    ],
)
def test_what_cannot_be_a_fit_is_not_known(warehouse, written):
    with warehouse.open() as db:
        fits.keep(db, MADE, "these libraries", NOW)
        db.connection.execute(f"update fits set {written} where symbol = 'AGG'")
        assert fits.load(db, ["SPY", "AGG"], "these libraries").keys() == {("SPY", 0, "a1"), ("SPY", 1, "a1")}


def test_each_is_stored_once(warehouse):
    with warehouse.open() as db:
        for made in (MADE, MADE, {}):
            fits.keep(db, made, "these libraries", NOW)
    assert rows(warehouse, "select count(*), min(made_at) from fits") == [(3, NOW.replace(tzinfo=None))]
