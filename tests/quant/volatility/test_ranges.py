"""Parkinson, Garman-Klass, Rogers-Satchell and Yang-Zhang: by hand, on known walks, and on real funds."""

from datetime import date
from math import log, sqrt

import numpy as np
import pandas as pd
import pytest

from quant.volatility import close_to_close, garman_klass, parkinson, rogers_satchell, yang_zhang
from quant.volatility.parkinson import Parameters, lookback
from tests.quant.panels import panel_of

RANGES = {
    "parkinson": parkinson,
    "garman_klass": garman_klass,
    "rogers_satchell": rogers_satchell,
    "yang_zhang": yang_zhang,
}
every = pytest.mark.parametrize("estimator", RANGES.values(), ids=RANGES)
drift_free = pytest.mark.parametrize("estimator", [rogers_satchell, yang_zhang])
drifting = pytest.mark.parametrize("estimator", [parkinson, garman_klass])
SESSIONS, SYMBOLS, STEPS = 21, 150, 400


def bars(*logs, **actions):
    """A panel of one symbol from the logs of (open, high, low, close) of each session."""
    opened, high, low, close = np.exp(np.array(logs).T)
    return panel_of(close, open=opened, high=high, low=low, **actions)


# In units of 0.01: no move with a range of 4; after a night of -1 up 3 with a range of 5; after a night of 2
# down 2 with a range of 3.
HAND = 0.01 * np.array([(0, 2, -2, 0), (-1, 3, -2, 2), (4, 5, 2, 2)])


@pytest.mark.parametrize(
    ("name", "units"),
    [
        # (4² + 5² + 3²) ÷ 3 ÷ (4 ln 2)
        ("parkinson", 50 / 3 / (4 * log(2))),
        # ½ (16 + 25 + 9) - (2 ln 2 - 1) (0 + 9 + 4), ÷ 3
        ("garman_klass", (25 - (2 * log(2) - 1) * 13) / 3),
        # 2*2 + 2*2 = 8; 4*(4 - 3) + -1*(-1 - 3) = 8; 1*(1 + 2) + -2*(-2 + 2) = 3; ÷ 3
        ("rogers_satchell", 19 / 3),
    ],
)
def test_by_hand(name, units):
    found = RANGES[name].annualised(bars(*HAND), Parameters(window=3))[0]
    assert found == pytest.approx(0.01 * sqrt(units * 252), rel=1e-12)


def test_yang_zhang_by_hand():
    """The first session has no night. Nights -1 and 2: variance 4.5. Days 3 and -2: 12.5. Ranges (8 + 3) ÷ 2.

    k = 0.34 ÷ (1.34 + 3 ÷ 1) = 0.34 ÷ 4.34.
    """
    k = 0.34 / 4.34
    units = 4.5 + k * 12.5 + (1 - k) * 5.5
    found = yang_zhang.annualised(bars(*HAND), Parameters(window=2))[0]
    assert found == pytest.approx(0.01 * sqrt(units * 252), rel=1e-12)
    assert np.isnan(yang_zhang.annualised(bars(*HAND), Parameters(window=3))[0])


@every
def test_a_market_that_stands_still_has_none(estimator):
    assert estimator.annualised(panel_of([50.0] * 21), Parameters()) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("estimator", [parkinson, garman_klass, rogers_satchell])
@pytest.mark.parametrize("missing", ["open", "high", "low"])
def test_an_incomplete_session_gives_no_value_and_an_older_one_takes_its_place(estimator, missing):
    walk = columns(walks(0.2, seed=3, symbols=1))
    expected = {name: np.delete(prices, -3, axis=0) for name, prices in walk.items()}
    walk[missing][-3] = np.nan
    found = estimator.annualised(panel_of(**walk), Parameters())
    assert found == pytest.approx(estimator.annualised(panel_of(**expected), Parameters()), rel=1e-9)
    assert np.isnan(estimator.annualised(panel_of(**walk).tail(20), Parameters())[0])


def test_a_night_begins_at_the_last_known_close():
    incomplete = (np.nan, 0.03, 0.01, 0.02)  # ends where the session before it did
    whole = yang_zhang.annualised(bars(*HAND), Parameters(window=2))[0]
    found = yang_zhang.annualised(bars(*HAND[:2], incomplete, HAND[2]), Parameters(window=2))[0]
    assert found == pytest.approx(whole, rel=1e-12)


@every
def test_a_vendor_with_closes_alone_has_no_range(estimator):
    unknown = np.full(60, np.nan)
    panel = panel_of(np.linspace(50, 60, 60), open=unknown, high=unknown, low=unknown)
    assert np.isnan(estimator.annualised(panel, Parameters())).all()


def test_a_distribution_is_no_night():
    """The open of the ex-date is lower by the payout, and so is the rest: 100 at rest, then 98 at rest."""
    closes, cash = [100.0] * 11 + [98.0] * 10, [0.0] * 11 + [2.0] + [0.0] * 9
    assert yang_zhang.annualised(panel_of(closes), Parameters())[0] > 0.05
    found = yang_zhang.annualised(panel_of(closes, distributions=cash), Parameters())[0]
    assert found == pytest.approx(0.0, abs=1e-9)


@every
def test_a_split_is_no_move(estimator):
    walk = columns(walks(0.2, seed=4, symbols=3))
    whole = estimator.annualised(panel_of(**walk), Parameters())
    splits = np.ones((SESSIONS, 3))
    splits[15] = 4.0
    traded = {name: np.concatenate([prices[:15] * 4, prices[15:]]) for name, prices in walk.items()}
    np.testing.assert_allclose(
        estimator.annualised(panel_of(**traded, splits=splits), Parameters()), whole, rtol=1e-9
    )


def walks(sigma, *, seed, symbols=SYMBOLS, drift=0.0):
    """Logs of Brownian motion without nights: (steps, sessions, symbols), annual `sigma` and `drift`."""
    random = np.random.default_rng(seed)
    step = sigma / sqrt(252 * STEPS)
    moves = random.normal(drift / (252 * STEPS), step, (SESSIONS * STEPS, symbols))
    path = np.concatenate([np.zeros((1, symbols)), np.cumsum(moves, axis=0)])
    return np.stack([path[day * STEPS : (day + 1) * STEPS + 1] for day in range(SESSIONS)], axis=1)


def columns(path):
    """Open, high, low and close of the sessions of a walk."""
    logs = {"open": path[0], "high": path.max(axis=0), "low": path.min(axis=0), "close": path[-1]}
    return {name: 100 * np.exp(values) for name, values in logs.items()}


@pytest.mark.parametrize(("sigma", "seed"), [(0.03, 1), (0.16, 2), (0.9, 3)])
def test_a_known_walk_is_measured_with_less_scatter_than_by_its_closes(sigma, seed):
    """The mean variance is σ², less what 400 steps a day miss of the true range."""
    panel = panel_of(**columns(walks(sigma, seed=seed)))
    by_closes = close_to_close.annualised(panel, close_to_close.Parameters())
    assert np.mean(by_closes**2) == pytest.approx(sigma**2, rel=0.1)
    for estimator in RANGES.values():
        found = estimator.annualised(panel, Parameters())
        assert np.mean(found**2) == pytest.approx(sigma**2, rel=0.12)
        assert np.std(found) < 0.75 * np.std(by_closes)


@drift_free
def test_drift_is_not_seen_by(estimator):
    still, rising = measured(estimator)
    assert rising == pytest.approx(still, rel=0.06)


@drifting
def test_drift_is_taken_for_volatility_by(estimator):
    still, rising = measured(estimator)
    assert rising > 1.1 * still


def measured(estimator):
    """The mean volatility of the same shocks, without a drift and with one of 1.5 daily σ a day."""
    return [
        estimator.annualised(panel_of(**columns(walks(0.16, seed=5, drift=drift))), Parameters()).mean()
        for drift in (0.0, 1.5 * 0.16 * sqrt(252))
    ]


def test_a_night_is_seen_by_yang_zhang_alone():
    path = walks(0.16, seed=6)
    nights = np.random.default_rng(6).normal(0, 0.02, (SESSIONS, SYMBOLS))
    still, moved = (panel_of(**columns(path + np.cumsum(night, axis=0))) for night in (0 * nights, nights))
    for estimator in (parkinson, garman_klass, rogers_satchell):
        np.testing.assert_allclose(
            estimator.annualised(moved, Parameters()), estimator.annualised(still, Parameters()), rtol=1e-9
        )
    found = yang_zhang.annualised(moved, Parameters())
    assert np.mean(found**2) == pytest.approx(0.16**2 + 0.02**2 * 252, rel=0.1)


def test_real_funds_against_pandas(shared_data):
    frame = pd.read_parquet(shared_data / "etf_daily.parquet")
    frame = frame[frame["session"] <= date(2020, 3, 16)].groupby("symbol").tail(lookback(Parameters()))
    wide = {name: frame.pivot_table(index="session", columns="symbol", values=name) for name in
            ("open", "high", "low", "close")}  # fmt: skip
    u, d, c = (np.log(wide[name] / wide["open"]) for name in ("high", "low", "close"))
    night = np.log(wide["open"] / wide["close"].shift())
    k = 0.34 / (1.34 + 21 / 19)
    variances = {
        "parkinson": ((u - d) ** 2).rolling(20).mean() / (4 * np.log(2)),
        "garman_klass": (0.5 * (u - d) ** 2 - (2 * np.log(2) - 1) * c**2).rolling(20).mean(),
        "rogers_satchell": (u * (u - c) + d * (d - c)).rolling(20).mean(),
        "yang_zhang": night.rolling(20).var() + k * c.rolling(20).var()
        + (1 - k) * (u * (u - c) + d * (d - c)).rolling(20).mean(),
    }  # fmt: skip
    panel = panel_of(**wide)
    for name, estimator in RANGES.items():
        expected = np.sqrt(variances[name].iloc[-1] * 252)
        np.testing.assert_allclose(estimator.annualised(panel, Parameters()), expected, rtol=1e-9)
