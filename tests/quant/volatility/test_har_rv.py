import numpy as np
import pandas as pd
import pytest
from statsmodels.api import OLS, add_constant

from quant.volatility.har_rv import Parameters, annualised, fitted
from tests.quant.panels import panel_of


@pytest.fixture(scope="module")
def bars():
    """A walk whose sigma itself wanders, with nights and ranges."""
    random = np.random.default_rng(11)
    sigma = 0.01 * np.exp(np.cumsum(random.normal(0, 0.05, 700)))
    steps = np.cumsum(random.normal(0, 1, (700, 40)) * sigma[:, None] / 40**0.5, axis=1)
    opened = np.cumsum(random.normal(0, 0.3, 700) * sigma + steps[:, -1]) - steps[:, -1]
    high, low = np.maximum(steps.max(axis=1), 0), np.minimum(steps.min(axis=1), 0)
    logs = {"open": opened, "high": opened + high, "low": opened + low, "close": opened + steps[:, -1]}
    return pd.DataFrame(np.exp(pd.DataFrame(logs)))


def panel(bars):
    return panel_of(bars["close"], open=bars["open"], high=bars["high"], low=bars["low"])


def volatilities(bars):
    night = np.log(bars["open"] / bars["close"].shift())
    ranges, body = np.log(bars["high"] / bars["low"]), np.log(bars["close"] / bars["open"])
    return (night**2 + ranges**2 / 2 - (2 * np.log(2) - 1) * body**2).tail(522) ** 0.5


def test_against_statsmodels(bars):
    volatility = volatilities(bars)
    known = pd.DataFrame({days: volatility.rolling(days).mean() for days in (1, 5, 22)})
    known, following = add_constant(known), volatility.shift(-1)
    both = known.notna().all(axis=1) & following.notna()
    ols = OLS(following[both], known[both]).fit()
    [found] = fitted(panel(bars), Parameters())
    assert found.pop("observations") == both.sum() == 500
    assert list(found) == ["intercept", "daily", "weekly", "monthly"]
    assert list(found.values()) == pytest.approx(ols.params.to_numpy(), rel=1e-6)
    forecast = float(ols.predict(known.tail(1)).iloc[0])
    assert annualised(panel(bars), Parameters())[0] == pytest.approx(forecast * 252**0.5)


def test_a_forecast_is_never_below_what_was_seen():
    """Calm after a shock every third day: least squares would go below the calm itself."""
    swing = np.where(np.arange(200) % 2, 0.001, 0.02)
    swing[-30:] = 1e-5
    closes = np.full(200, 50.0)
    still = panel_of(closes, open=closes, high=closes * np.exp(swing), low=closes * np.exp(-swing))
    least = 0.5 * (2 * swing.min()) ** 2
    assert annualised(still, Parameters())[0] >= (least * 252) ** 0.5 * (1 - 1e-9)


def test_a_forecast_is_never_above_what_was_seen():
    """Each shock is followed by a larger one, and today's is larger than all: least squares would go on."""
    swing = np.full(200, 0.001)
    swing[-40:] *= 1.1 ** np.arange(40)
    closes = np.full(200, 50.0)
    wild = panel_of(closes, open=closes, high=closes * np.exp(swing), low=closes * np.exp(-swing))
    largest = 0.5 * (2 * swing.max()) ** 2
    assert annualised(wild, Parameters())[0] == pytest.approx((largest * 252) ** 0.5)


def test_too_few_sessions_are_unknown(bars):
    enough = Parameters().minimum + 22 + 1
    for count, known in ((enough - 1, False), (enough, True)):
        short = panel(bars.tail(count))
        assert np.isfinite(annualised(short, Parameters())[0]) == known
        assert fitted(short, Parameters())[0]["observations"] == count - 23
