"""How well a fit describes returns: as the documentation of arch publishes it for the S&P 500."""

import numpy as np
import pytest
from arch.data import sp500

from quant.fits import inference
from quant.market.adjust import build
from quant.volatility import garch, gjr_garch


def index(start, end):
    return sp500.load()["Adj Close"].loc[start:end]


def panel(closes):
    values = closes.to_numpy()[:, None]
    none = np.full_like(values, np.nan)
    days = closes.index.to_numpy().astype("datetime64[D]")
    bars = {"open": none, "high": none, "low": none, "close": values, "volume": none}
    return build(days, ("SPX",), **bars, splits=np.ones_like(values), distributions=np.zeros_like(values))


def test_garch_on_the_index_from_2000_to_2013_as_arch_publishes_it():
    """Log-likelihood -5141.39, AIC 10290.8, BIC 10315.4; mu 0.0531 (0.01487), omega 0.0156 (0.004932),
    alpha 0.0879 (0.01140), beta 0.9014 (0.01183): the introduction of arch's documentation, on the series
    that arch ships.
    """
    [found] = garch.fitted(panel(index("2000-01-01", "2014-01-01")), garch.ON_DEMAND)
    assert found["observations"] == 3520
    assert found["loglikelihood"] == pytest.approx(-5141.39, abs=5e-3)
    assert [found["aic"], found["bic"]] == pytest.approx([10290.8, 10315.4], abs=0.05)
    names = ["mu", "omega", "alpha[1]", "beta[1]"]
    assert [found[name] for name in names] == pytest.approx([0.0531, 0.0156, 0.0879, 0.9014], abs=5e-5)
    errors = [found[f"std_err[{name}]"] for name in names]
    assert errors == pytest.approx([1.487e-2, 4.932e-3, 1.140e-2, 1.183e-2], rel=1e-3)


def test_a_term_for_losses_describes_the_index_better():
    """GJR-GARCH against GARCH: a lower AIC, with one parameter more."""
    prices = panel(index("2005-01-01", "2010-01-01"))
    [plain], [skewed] = (one.fitted(prices, one.ON_DEMAND) for one in (garch, gjr_garch))
    assert skewed["aic"] < plain["aic"]
    count, more = plain["observations"], skewed["loglikelihood"] - plain["loglikelihood"]
    assert skewed["bic"] - plain["bic"] == pytest.approx(np.log(count) - 2 * more)
    assert "std_err[gamma[1]]" in skewed


def test_returns_that_are_fitted_larger_have_the_likelihood_of_their_own_scale():
    """A calm market is fitted ten or a hundred times as large: a scale s adds n ln s, and no more."""
    closes = index("2005-01-01", "2010-01-01").to_numpy()
    returns = 100 * (closes[1:] / closes[:-1] - 1)
    whole, calm = inference(returns, 0), inference(returns / 200, 0)
    assert calm["loglikelihood"] == pytest.approx(
        whole["loglikelihood"] + len(returns) * np.log(200), rel=1e-5
    )
    assert calm["std_err[mu]"] == pytest.approx(whole["std_err[mu]"] / 200, rel=0.02)
    assert calm["std_err[beta[1]]"] == pytest.approx(whole["std_err[beta[1]]"], rel=0.05)


def test_what_has_no_fit_has_no_inference():
    assert inference(np.zeros(300), 0) == {}
    assert inference(np.full(300, 0.1), 1) == {}
