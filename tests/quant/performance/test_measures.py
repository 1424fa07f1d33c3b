"""What a series has earned and risked: by hand, and as ffn publishes it for SPY."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from quant.performance.measures import deepest, drawdowns, measure, yearly
from quant.performance.relative import against

DAYS = np.array(["2020-12-30", "2020-12-31", "2021-01-04", "2021-01-05", "2021-12-30"], "datetime64[D]")
VALUES = np.array([100.0, 110.0, 88.0, 99.0, 121.0])


def test_by_hand():
    """+10%, -20%, +12.5% and 22.22%: 21% in 365 days, and 20% below the high of the second day."""
    found = measure(VALUES, DAYS)
    assert found.total == pytest.approx(0.21)
    assert found.annual == pytest.approx(1.21 ** (365.25 / 365) - 1)
    returns = np.array([0.1, -0.2, 0.125, 121 / 99 - 1])
    assert found.volatility == pytest.approx(returns.std(ddof=1) * np.sqrt(252))
    assert found.sharpe == pytest.approx(returns.mean() / returns.std(ddof=1) * np.sqrt(252))
    fall = found.drawdown
    assert (round(fall.depth, 12), fall.peak, fall.trough, fall.recovered) == (
        -0.2, date(2020, 12, 31), date(2021, 1, 4), date(2021, 12, 30),
    )  # fmt: skip
    assert yearly(VALUES, DAYS) == pytest.approx({2020: 0.1, 2021: 0.1})


def test_without_a_fall_and_without_a_recovery():
    rising = deepest(np.array([1.0, 2.0, 3.0]), DAYS[:3])
    assert (rising.depth, rising.peak, rising.trough, rising.recovered) == (0.0, None, None, None)
    assert deepest(np.array([3.0, 2.0, 2.5]), DAYS[:3]).recovered is None


def test_a_constant_series_has_no_ratio():
    found = measure(np.full(5, 7.0), DAYS)
    assert found.volatility == 0.0
    assert np.isnan(found.sharpe)


def test_against_another_series_by_hand():
    """Twice the returns of the other: beta 2; of compound returns the captures are more than 2."""
    other = np.array([0.01, -0.02, 0.015, -0.005])
    mine = np.cumprod([100.0, *(1 + 2 * other)])
    its = np.cumprod([50.0, *(1 + other)])
    found = against(mine, its, DAYS)
    assert found.beta == pytest.approx(2.0)
    assert found.tracking_error == pytest.approx(other.std(ddof=1) * np.sqrt(252))
    assert found.information_ratio == pytest.approx(other.mean() / other.std(ddof=1) * np.sqrt(252))
    up = (1.02 * 1.03) ** 126 - 1, (1.01 * 1.015) ** 126 - 1
    down = (0.96 * 0.99) ** 126 - 1, (0.98 * 0.995) ** 126 - 1
    assert found.up_capture == pytest.approx(up[0] / up[1])
    assert found.down_capture == pytest.approx(down[0] / down[1])
    assert found.active == pytest.approx(measure(mine, DAYS).annual - measure(its, DAYS).annual)


def adjusted(shared_data, *symbols):
    """The days of 2010 to 2013, and the adjusted closes of each."""
    frame = pd.read_parquet(shared_data / "etf_daily.parquet", filters=[("symbol", "in", symbols)])
    frame = frame[(frame["session"] >= date(2010, 1, 1)) & (frame["session"] < date(2014, 1, 1))]
    wide = frame.pivot_table(index="session", columns="symbol", values="adj_close")
    return wide.index.to_numpy().astype("datetime64[D]"), *(wide[one].to_numpy() for one in symbols)


@pytest.mark.parametrize(
    ("symbol", "up", "down", "beta", "error", "ratio", "fall", "sharpe", "volatility"),
    [
        ("TLT", -0.11448588, -2.77366780, -0.56415920, 0.29397136, -0.01693451, -0.20658787, 0.48419522,
         0.16161212),
        ("QQQ", 0.99634039, 0.98837240, 1.00608903, 0.06506497, 0.02922791, -0.16099280, 1.03337132,
         0.18141398),
        ("EFA", 1.36144647, 1.06303818, 1.21782789, 0.09543744, -0.03961564, -0.25860981, 0.43590510,
         0.22312349),
    ],
)  # fmt: skip
def test_against_spy_as_empyrical_has_it(
    shared_data, symbol, up, down, beta, error, ratio, fall, sharpe, volatility
):
    """empyrical-reloaded 0.7.1 on the same adjusted closes, 2010 to 2013: up_capture, down_capture, beta,
    annual_volatility of the difference, excess_sharpe (of a day; ffn 1.4.1's calc_information_ratio is the
    same), max_drawdown, sharpe_ratio and annual_volatility.
    """
    days, mine, its = adjusted(shared_data, symbol, "SPY")
    found, own = against(mine, its, days), measure(mine, days)
    capture = [found.up_capture, found.down_capture, found.beta]
    assert capture == pytest.approx([up, down, beta], rel=1e-6)
    active = [found.tracking_error, found.information_ratio]
    assert active == pytest.approx([error, ratio * np.sqrt(252)], rel=1e-6)
    risked = [own.drawdown.depth, own.sharpe, own.volatility]
    assert risked == pytest.approx([fall, sharpe, volatility], rel=1e-6)


def test_the_dates_of_a_fall_as_ffn_has_them(shared_data):
    """SPY's deepest fall of 2010 to 2013 in ffn 1.4.1: under water from 2 May 2011 to 3 February 2012."""
    days, spy = adjusted(shared_data, "SPY")
    found = measure(spy, days).drawdown
    assert (found.peak, found.recovered) == (date(2011, 4, 29), date(2012, 2, 3))
    assert days[np.searchsorted(days, np.datetime64(found.peak)) + 1] == np.datetime64("2011-05-02")


def test_spy_as_ffn_publishes_it(shared_data):
    """SPY from 2010 to 2013 in ffn's quick start: 76.92% in all, 15.37% a year, -18.61% at the worst."""
    frame = pd.read_parquet(shared_data / "etf_daily.parquet", filters=[("symbol", "==", "SPY")])
    frame = frame[(frame["session"] >= date(2010, 1, 1)) & (frame["session"] < date(2014, 1, 1))]
    days = frame["session"].to_numpy().astype("datetime64[D]")
    found = measure(frame["adj_close"].to_numpy(), days)
    assert found.total == pytest.approx(0.7692, abs=2e-4)
    assert found.annual == pytest.approx(0.1537, abs=1e-4)
    assert found.drawdown.depth == pytest.approx(-0.1861, abs=1e-4)


def test_drawdowns_are_measured_from_the_highest_value_so_far():
    assert drawdowns(VALUES).tolist() == pytest.approx([0.0, 0.0, -0.2, -0.1, 0.0])
