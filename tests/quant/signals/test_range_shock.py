from collections import Counter

import numpy as np
import pandas as pd
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from quant.market.panel import Panel
from quant.signals.range_shock import Parameters, compute, lookback
from tests.quant.panels import panel_of

CALM = np.where(
    np.arange(41) % 2, 100 * np.exp(0.01), 100.0
)  # every return is ±1%, so sigma is 1%; ends on 100


def shock(low, close, **actions):
    return compute(panel_of([*CALM, close], low=[*CALM, low], **actions), Parameters())[0]


@pytest.mark.parametrize(
    ("low", "severity"),
    [
        (98.01, None),
        (96.01, None),
        (95.99, "warning"),
        (94.01, "warning"),
        (93.99, "critical"),
        (50.0, "critical"),
    ],
)
def test_the_bounds_at_one_percent_of_volatility(low, severity):
    reading = shock(low, close=99.0)
    assert reading.value == pytest.approx(low - 100)
    assert (reading.alert.severity if reading.alert else None) == severity
    assert reading.action is None


def quiet(low, sigma):
    closes = np.where(np.arange(41) % 2, 100 * np.exp(sigma), 100.0)
    return compute(panel_of([*closes, 100.0], low=[*closes, low]), Parameters())[0].alert


def test_a_quiet_symbol_must_also_fall_far():
    assert quiet(98.01, sigma=0.001) is None  # z is -20
    assert quiet(97.99, sigma=0.001).severity == "warning"
    assert quiet(96.01, sigma=0.001).severity == "warning"
    assert quiet(95.99, sigma=0.001).severity == "critical"


def test_a_fall_of_seven_percent_is_critical_at_any_z():
    assert quiet(93.01, sigma=0.05) is None  # z is -1.4
    assert quiet(92.99, sigma=0.05).severity == "critical"


def test_what_the_alert_says():
    alert = shock(low=90.0, close=97.5).alert
    assert (alert.kind, alert.symbol, alert.at) == ("range_shock", "S0", "2024-02-27")
    assert alert.move == pytest.approx(-0.10)
    expected = (
        "low 90, 10.0% below the previous adjusted close 100 (z -10.0); closed at 97.5 (-2.5%), 75% recovered"
    )
    assert alert.detail == expected


def test_the_previous_close_is_adjusted_for_actions_of_the_day():
    split = [1.0] * 41 + [2.0]
    cash = [0.0] * 41 + [4.0]
    assert shock(low=49.0, close=50.0, splits=split).value == pytest.approx(-2.0)
    assert shock(low=95.04, close=96.0, distributions=cash).value == pytest.approx(-1.0)


def test_without_a_low_the_close_stands_for_it_and_the_alert_says_so():
    reading = shock(low=np.nan, close=90.0)
    assert reading.value == pytest.approx(-10.0)
    assert "no low was delivered" in reading.alert.detail
    assert "recovered" not in reading.alert.detail


def test_a_missing_session_has_no_reading():
    reading = shock(low=np.nan, close=np.nan)
    assert np.isnan(reading.value)
    assert reading.alert is None


def test_a_gap_compares_with_the_last_accepted_close():
    closes = [*CALM, np.nan, 94.5]
    reading = compute(panel_of(closes), Parameters())[0]
    assert reading.value == pytest.approx(-5.5)
    assert reading.alert.severity == "warning"


@pytest.mark.parametrize(("low", "severity"), [(93.5, None), (92.9, "critical")])
def test_a_young_symbol_alerts_only_on_a_fall_of_seven_percent(low, severity):
    reading = compute(panel_of([100.0] * 20 + [95.0], low=[100.0] * 20 + [low]), Parameters())[0]
    assert np.isnan(reading.value)
    assert (reading.alert.severity if reading.alert else None) == severity


def test_a_price_that_never_moved_has_no_z_but_alerts():
    reading = compute(panel_of([100.0] * 30 + [95.0]), Parameters())[0]
    assert np.isnan(reading.value)
    assert reading.alert.severity == "critical"
    assert "no volatility to measure it by" in reading.alert.detail


def test_five_hundred_returns_through_the_previous_session_need_two_prices_more():
    assert lookback(Parameters()) == 502
    closes = np.r_[1000.0, CALM]  # the first of 41 returns is a crash, the seed of sigma
    short, enough = (compute(panel_of([*closes, 97.0]), Parameters(sessions=n))[0].value for n in (40, 41))
    assert short == pytest.approx(-3.0)
    assert -1 < enough < 0


def test_the_sessions_own_fall_is_not_in_its_sigma():
    assert shock(low=80.0, close=80.0).value == pytest.approx(-20.0)


def each_session(sessions, low, close, total) -> list:
    """The reading of every session: each is a column of one panel, with only the history that it had then."""
    depth = lookback(Parameters())

    def histories(values):
        return sliding_window_view(np.r_[np.full(depth - 1, np.nan), values], depth).T

    closes = histories(close)
    adjusted = histories(total) * (close / total)  # a total-return index equals the close on its last session
    symbols = tuple(str(session)[:10] for session in sessions)
    last = np.full(depth, np.datetime64("2000-01-01"))
    panel = Panel(last, symbols, closes, closes, histories(low), closes, adjusted, closes, closes)
    return compute(panel, Parameters())


@pytest.fixture(scope="module")
def sp500():
    data = pytest.importorskip("arch.data.sp500").load()
    readings = each_session(data.index, data["Low"].to_numpy(), *[data["Close"].to_numpy()] * 2)
    return data, readings


def test_the_flash_crash_is_critical_and_its_recovery_is_reported(sp500):
    """The S&P 500 of 2010-05-06: previous close 1165.87, low 1065.79, close 1128.15."""
    reading = next(reading for reading in sp500[1] if reading.symbol == "2010-05-06")
    assert reading.alert.severity == "critical"
    assert reading.alert.move == pytest.approx(1065.79 / 1165.87 - 1, abs=1e-5)
    assert "closed at 1,128.15 (-3.2%), 62% recovered" in reading.alert.detail


def test_z_agrees_with_pandas_on_every_session_of_the_index(sp500):
    data, readings = sp500
    sigma = (np.log(data["Close"]).diff() ** 2).ewm(alpha=0.06, adjust=False).mean() ** 0.5
    expected = (data["Low"] / data["Close"].shift(1) - 1) / sigma.shift(1)
    values = [reading.value for reading in readings]
    assert np.isnan(values[:21]).all()
    np.testing.assert_allclose(values[21:], expected[21:], rtol=1e-9)


def test_alerts_of_the_index_are_few_and_fall_on_days_that_are_remembered(sp500):
    alerts = [reading.alert for reading in sp500[1] if reading.alert and "2005" <= reading.symbol < "2019"]
    days = {reading.symbol for reading in sp500[1] if reading.alert}
    years = Counter(reading.symbol[:4] for reading in sp500[1] if reading.alert and reading.symbol >= "2005")
    assert {"2007-02-27", "2008-09-29", "2010-05-06", "2011-08-08", "2015-08-24", "2018-02-05"} <= days
    assert len(alerts) / 14 < 1.5
    assert max(years, key=years.get) == "2008"
    assert not set(years) & {"2005", "2006", "2009", "2012", "2013", "2014", "2017"}


def test_an_ordinary_day_never_alerts(sp500):
    data, readings = sp500
    ordinary = (data["Low"] / data["Close"].shift(1) - 1 > -0.02).to_numpy()
    assert ordinary.sum() > 4000
    assert not any(reading.alert for reading, calm in zip(readings, ordinary, strict=True) if calm)


def test_alerts_of_real_funds_are_about_one_a_year(shared_data):
    """Total returns: an ex-date is not a fall. Treasury bills and short treasuries never alert."""
    bars = pd.read_parquet(shared_data / "etf_daily.parquet").sort_values(["symbol", "session"])
    alerts = {}
    for symbol, of_one in bars.groupby("symbol"):
        prices = (of_one[name].to_numpy() for name in ("low", "close", "adj_close"))
        readings = each_session(of_one["session"], *prices)
        alerts[symbol] = {reading.symbol: reading.alert.severity for reading in readings if reading.alert}
    assert sum(map(len, alerts.values())) / (len(bars) / 252) < 1.5
    assert not alerts["BIL"]
    assert not alerts["SHY"]
    for symbol in ("SPY", "IWM", "VTI", "QQQ", "EEM"):
        assert alerts[symbol]["2010-05-06"] == alerts[symbol]["2020-03-16"] == "critical"
    assert "2015-08-24" in alerts["SPY"]
