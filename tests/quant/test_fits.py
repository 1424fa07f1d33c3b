"""Which fits are made, and which are known already."""

import numpy as np
import pytest
from arch.data import sp500

from quant.fits import Fit, Fits
from quant.volatility import garch, gjr_garch
from quant.volatility._arch import Parameters
from tests.quant.panels import panel_of

MODELS = pytest.mark.parametrize("estimator", [garch, gjr_garch])
DECEMBER, JANUARY = 1022, 1045
"""Rows of the first weekdays of December 2027 and of January 2028, counted from 2024-01-01."""


@pytest.fixture(scope="module")
def closes():
    return sp500.load()["Adj Close"].to_numpy()


@MODELS
def test_what_is_known_is_used_and_not_made(closes, estimator):
    panel = panel_of(closes[:1040])
    first = Fits()
    found = estimator.annualised(panel, Parameters(), first)
    assert found == estimator.annualised(panel, Parameters())
    [(key, made)] = first.made.items()
    louder = Fit(made.observations, True, made.estimates, made.variance * 4, made.residual)
    again = Fits({key: louder})
    assert estimator.annualised(panel, Parameters(), again)[0] > found[0]
    assert again.made == {}


@MODELS
def test_a_month_has_one_fit(closes, estimator):
    """Of a total-return index that a later distribution has moved by a factor, too."""
    fits = Fits()
    for row in (DECEMBER + 1, DECEMBER + 9, JANUARY):
        estimator.annualised(panel_of(closes[:row] * (1 - row / 7e4)), Parameters(), fits)
    assert len(fits.made) == 1
    estimator.annualised(panel_of(closes[: JANUARY + 1]), Parameters(), fits)
    assert len(fits.made) == 2


def test_another_model_and_another_history_are_other_fits(closes):
    fits = Fits()
    garch.annualised(panel_of(closes[:400]), Parameters(), fits)
    gjr_garch.annualised(panel_of(closes[:400]), Parameters(), fits)
    restated = closes[:400].copy()
    restated[200] *= 1.001
    garch.annualised(panel_of(restated), Parameters(), fits)
    assert len(fits.made) == 3
    assert len({key[2] for key in fits.made}) == 2


def test_too_few_returns_ask_for_no_fit(closes):
    fits = Fits()
    assert np.isnan(garch.annualised(panel_of(closes[:200]), Parameters(), fits)[0])
    assert fits.made == {}
