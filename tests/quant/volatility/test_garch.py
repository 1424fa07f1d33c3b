"""GARCH and GJR-GARCH against arch itself, run plainly, and against its documentation."""

import numpy as np
import pandas as pd
import pytest
from arch import arch_model
from arch.data import sp500

from quant.volatility import garch, gjr_garch
from quant.volatility._arch import ON_DEMAND, Parameters
from tests.quant.panels import panel_of, weekdays

DOCUMENTED = {"mu": 0.0564, "omega": 0.0175, "alpha[1]": 0.1022, "beta[1]": 0.8852}
"""arch's documentation, Introduction to ARCH Models: the S&P 500's percent returns of 1999 to 2018."""


@pytest.fixture(scope="module")
def closes():
    return sp500.load()["Adj Close"].to_numpy()


def plainly(returns, o=0):
    """What arch finds as its documentation calls it, and its own forecast for the next session."""
    result = arch_model(returns, mean="Constant", vol="GARCH", p=1, o=o, q=1).fit(disp="off")
    return dict(result.params), result.forecast(horizon=1).variance.iloc[-1, 0]


def test_the_documented_parameters(closes):
    [found] = garch.fitted(panel_of(closes), ON_DEMAND)
    assert {name: round(found[name], 4) for name in DOCUMENTED} == DOCUMENTED
    assert (found["observations"], found["converged"]) == (5030, True)


@pytest.mark.parametrize(("estimator", "o"), [(garch, 0), (gjr_garch, 1)])
def test_on_demand_is_arch_on_all_returns(closes, estimator, o):
    expected, variance = plainly(100 * pd.Series(closes).pct_change().dropna(), o)
    panel = panel_of(closes)
    [found] = estimator.fitted(panel, ON_DEMAND)
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-4, abs=1e-6)
    volatility = estimator.annualised(panel, ON_DEMAND)[0]
    assert volatility == pytest.approx((variance * 252) ** 0.5 / 100, rel=1e-5)


def test_a_daily_run_keeps_the_fit_of_the_month_and_goes_on_with_it(closes):
    """Weekdays from 2024-01-01 on: 1040 of them end on 2027-12-24, and 1022 lie before December."""
    assert [str(day) for day in weekdays(1040)[[1021, 1022, 1039]]] == [
        "2027-11-30",
        "2027-12-01",
        "2027-12-24",
    ]
    percent = 100 * pd.Series(closes[:1040]).pct_change().to_numpy()
    expected, variance = plainly(percent[1022 - 756 : 1022])
    for residual in percent[1022:] - expected["mu"]:
        variance = expected["omega"] + expected["alpha[1]"] * residual**2 + expected["beta[1]"] * variance
    panel = panel_of(closes[:1040])
    assert garch.annualised(panel, Parameters())[0] == pytest.approx((variance * 252) ** 0.5 / 100, rel=1e-4)
    [found] = garch.fitted(panel, Parameters())
    assert found == garch.fitted(panel_of(closes[:1023]), Parameters())[0]
    assert found["observations"] == 756


def test_a_calm_market_is_fitted_in_its_own_units(closes):
    """Returns a tenth as large: mu a tenth, omega a hundredth, the rest the same."""
    returns = np.diff(np.log(closes[:1500]))
    calm, market = (
        garch.fitted(panel_of(50 * np.exp(np.cumsum(factor * returns))), ON_DEMAND)[0] for factor in (0.02, 1)
    )
    assert calm["omega"] == pytest.approx(market["omega"] * 0.0004, rel=0.05)
    assert calm["beta[1]"] == pytest.approx(market["beta[1]"], abs=0.01)


def test_too_few_returns_are_not_fitted(closes):
    for count, converged in ((250, False), (251, True)):
        panel = panel_of(closes[:count])
        [found] = garch.fitted(panel, ON_DEMAND)
        assert (found["observations"], found["converged"]) == (count - 1, converged)
        assert np.isfinite(garch.annualised(panel, ON_DEMAND)[0]) == converged
        assert ("omega" in found) == converged


def test_a_price_that_never_moves_has_no_fit():
    panel = panel_of(np.full(300, 50.0))
    assert np.isnan(gjr_garch.annualised(panel, ON_DEMAND)[0])
    assert gjr_garch.fitted(panel, ON_DEMAND) == [{"observations": 299, "converged": False}]


def test_a_missing_close_adds_no_return(closes):
    gaps = closes[:600].copy()
    gaps[[100, 300, 301]] = np.nan
    [found] = garch.fitted(panel_of(gaps), ON_DEMAND)
    assert found["observations"] == 599 - 3
    assert found == garch.fitted(panel_of(gaps[~np.isnan(gaps)]), ON_DEMAND)[0]
