"""Each signal under test: by hand, on planted effects, and as statsmodels finds it."""

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant
from statsmodels.tsa.adfvalues import mackinnoncrit
from statsmodels.tsa.stattools import adfuller

from quant import candidates
from quant.candidates import low_volatility, mean_reversion, momentum, pairs
from quant.plugins import discover
from tests.quant import panels

FILES = discover(candidates)


def panel_of(series):
    return panels.panel_of(np.column_stack([*series.values()]))


def values(signal, panel):
    return [reading.value for reading in signal.compute(panel, signal.Parameters())]


def walk(seed, count, sigma=0.01):
    return 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, sigma, count)))


@pytest.mark.parametrize("name", FILES)
def test_a_candidate_is_as_a_signal(name):
    """One reading for each symbol in order; no more history is read; too little and gaps are NaN."""
    signal = FILES[name]
    count = signal.lookback(signal.Parameters())
    series = {symbol: walk(seed, count + 50) for seed, symbol in enumerate(("AAA", "BBB", "CCC", "DDD"))}
    panel = panel_of(series)
    readings = signal.compute(panel, signal.Parameters())
    assert [reading.symbol for reading in readings] == list(panel.symbols)
    assert all(reading.action is None and reading.alert is None for reading in readings)
    short = {symbol: prices[-count:] for symbol, prices in series.items()}
    np.testing.assert_allclose(values(signal, panel_of(short)), values(signal, panel), rtol=1e-9)
    scaled = panel_of({symbol: 7 * prices for symbol, prices in series.items()})
    np.testing.assert_allclose(values(signal, scaled), values(signal, panel), rtol=1e-6)
    few = panel_of({symbol: prices[: count - 30] for symbol, prices in series.items()})
    assert np.isnan(values(signal, few)).all()


def test_momentum_leaves_the_last_month_out():
    """100 to 150 a month ago, then back to 90: +50%."""
    prices = np.concatenate([np.linspace(100, 150, 232), np.linspace(149, 90, 21)])
    assert values(momentum, panel_of({"AAA": prices})) == pytest.approx([0.5])


def test_the_calmer_symbol_is_the_higher_one():
    found = values(low_volatility, panel_of({"AAA": walk(1, 300, 0.02), "BBB": walk(2, 300, 0.005)}))
    assert found[0] < found[1] < 0
    returns = np.diff(np.log(walk(2, 300, 0.005)))[-252:]
    assert found[1] == pytest.approx(-returns.std(ddof=1) * np.sqrt(252))


def test_a_price_that_returns_to_its_mean_is_told_from_one_that_wanders():
    """An autoregression with a slope of -0.1 has a half-life of ln 2 ÷ -ln 0.9 = 6.6 sessions."""
    random, level = np.random.default_rng(4), [0.0]
    for _ in range(4000):
        level.append(0.9 * level[-1] + random.normal(0, 0.02))
    away = np.array(level)[:, None]
    assert mean_reversion.half_life(away - away.mean())[0] == pytest.approx(6.6, rel=0.15)
    returning = 100 * np.exp(np.array(level)[-200:])
    trend = 100 * np.exp(0.01 * np.arange(200))
    found = mean_reversion.compute(panel_of({"AAA": returning, "BBB": trend}), mean_reversion.Parameters())
    recent = np.log(returning[-126:])
    assert found[0].value == pytest.approx(-(recent[-1] - recent.mean()) / recent.std(ddof=1))
    assert found[1].value == 0.0


def test_a_cointegrated_pair_is_found_and_its_partner_named():
    random = np.random.default_rng(9)
    market = np.cumsum(random.normal(0, 0.01, 400))
    spread = np.zeros(400)
    for day in range(1, 400):
        spread[day] = 0.8 * spread[day - 1] + random.normal(0, 0.006)
    series = {
        "AAA": 100 * np.exp(market + spread), "BBB": 50 * np.exp(1.5 * market), "CCC": walk(77, 400),
    }  # fmt: skip
    found = pairs.compute(panel_of(series), pairs.Parameters())
    assert found[0].label.startswith("with S1")
    explained, by = np.log(series["AAA"][-252:]), np.log(series["BBB"][-252:])
    residuals = OLS(explained, add_constant(by)).fit().resid
    assert found[0].value == pytest.approx(-residuals[-1] / residuals.std(ddof=2), rel=1e-6)


def test_the_t_value_and_its_bound_are_those_of_statsmodels():
    residuals = np.random.default_rng(2).normal(size=(300, 2)).cumsum(axis=0)
    residuals -= residuals.mean(axis=0)
    for column, value in enumerate(pairs.dickey_fuller(residuals).tolist()):
        assert value == pytest.approx(
            adfuller(residuals[:, column], maxlag=0, autolag=None, regression="n", result_object=False)[0]
        )
    assert pytest.approx(mackinnoncrit(N=2, regression="c")[1], abs=1e-3) == pairs.CRITICAL


def test_nothing_is_paired_of_too_many_symbols():
    series = {f"S{number}": walk(number, 260) for number in range(61)}
    assert np.isnan(values(pairs, panel_of(series))).all()
