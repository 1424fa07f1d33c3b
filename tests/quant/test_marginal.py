"""What each trade alone does to a measure is found without measuring the whole book for each."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.book.book import Book, Trade
from quant.book.drift import actual_weights
from quant.market.panel import Floats
from quant.risk import measures as risk
from quant.risk import stress
from quant.risk.exposure import gross, raising, raising_sum
from quant.risk.marginal import Estimator, of_past
from tests.quant.books import Row, make, weights_after

COUNT, SESSIONS = 40, 44
BACKCASTS = {
    "var": risk.historical_var,
    "cvar": risk.historical_cvar,
    "parametric var": risk.parametric_var,
    "parametric cvar": risk.parametric_cvar,
    "volatility": risk.backcast_volatility,
    "drawdown": risk.backcast_drawdown,
}
AGAINST = {"beta": risk.beta, "tracking error": risk.tracking_error}
SUMS = ("gross", "loss")
Measure = Callable[[Floats], Any]


def market(symbols: int, seed: int, *, missing: float = 0.0, ticks: int = 5) -> Floats:
    """Returns in whole ticks, so that some are equal, a benchmark's last; a share of them is missing."""
    random = np.random.default_rng(seed)
    returns = np.round(random.normal(0, 0.01, (SESSIONS, symbols + 1)), ticks)
    returns[random.random(returns.shape) < missing] = np.nan
    return returns


def book(weights: list[float]) -> Book:
    """A book worth 1,000 with these weights in its symbols, at a close of 1."""
    rows: dict[str, Row] = {f"S{i}": ("any", 0.0, 1000 * one, 1.0) for i, one in enumerate(weights)}
    return make(rows, 1000 - 1000 * sum(weights))


def trade(number: int, quantity: float) -> Trade:
    side = "BUY" if quantity > 0 else "SELL"
    return Trade(f"S{number}", side, abs(quantity), 1.0, 1.0, "band", "", "", np.nan, np.nan, 1.0)


def measures(returns: Floats) -> dict[str, tuple[Measure, Measure | Estimator]]:
    """Each measure of weights, with its estimator; of a sum over rows of weights what each weight adds."""
    own, benchmark = returns[:, :-1], returns[:, -1]
    shock = np.where(np.isnan(own[0]), 0.01, own[0])
    found: dict[str, tuple[Measure, Measure | Estimator]] = {
        "gross": (gross, np.abs),
        "loss": (
            lambda rows: np.array([stress.loss(row, shock) for row in rows]),
            lambda rows: -rows * shock,
        ),
    }
    for name, measure in BACKCASTS.items():
        counted = partial(measure, count=COUNT)
        found[name] = partial(counted, returns=own), of_past(counted, own)
    for name, against in AGAINST.items():
        counted = partial(against, benchmark=benchmark, count=COUNT)
        found[name] = partial(counted, returns=own), of_past(counted, own, benchmark)
    return found


def raised(name: str, desk: Book, trades: list[Trade], measure: Measure, estimator: Any) -> set[str]:
    """What the code finds."""
    traded = np.isin(desk.symbols, [one.symbol for one in trades])
    given = actual_weights(desk), weights_after(desk, trades), traded
    if name in SUMS:
        found = raising_sum(*(array[None, :] for array in given), measure, estimator)[0]
    else:
        found = raising(*given, measure, estimator)
    return {desk.symbols[i] for i in np.flatnonzero(found)}


def one_by_one(name: str, desk: Book, trades: list[Trade], measure: Measure) -> set[str]:
    """What that means."""

    def alone(weights: Floats) -> float:
        return float(measure(weights[None, :])[0]) if name in SUMS else measure(weights)

    least = alone(actual_weights(desk)) + 1e-12
    return {one.symbol for one in trades if alone(weights_after(desk, [one])) > least}


HOLDINGS = st.lists(st.sampled_from([0.0, 0.0, 0.05, 0.125, 0.3, -0.1]), min_size=1, max_size=8)


@pytest.mark.parametrize("name", [*SUMS, *BACKCASTS, *AGAINST])
@settings(max_examples=40)
@given(
    HOLDINGS,
    st.lists(st.sampled_from([1.0, -1.0, 0.5, 20.0]), min_size=8, max_size=8),
    st.integers(0, 10_000),
    st.sampled_from([0.0, 0.01, 0.03]),
    st.sampled_from([2, 5]),
)
def test_the_trades_that_raise_a_measure_are_those_of_one_measure_for_each(
    name: str, weights: list[float], shares: list[float], seed: int, missing: float, ticks: int
) -> None:
    """Positions that begin, grow, shrink and end (-1: all of it), over gaps, and with tied losses."""
    returns = market(len(weights), seed, missing=missing, ticks=ticks)
    measure, estimator = measures(returns)[name]
    desk = book(weights)
    trades = [
        trade(i, share * 1000 * (one or 0.1))
        for i, (one, share) in enumerate(zip(weights, shares, strict=False))
    ]
    assert raised(name, desk, trades, measure, estimator) == one_by_one(name, desk, trades, measure)


def asked(measure: Measure) -> tuple[Measure, list[Floats]]:
    """The measure, and the list of the weights of which it is asked."""
    seen: list[Floats] = []

    def noted(weights: Floats) -> Any:
        seen.append(weights)
        return measure(weights)

    return noted, seen


@pytest.mark.parametrize("name", [*SUMS, *BACKCASTS, *AGAINST])
def test_a_measure_is_asked_once_however_many_trades_there_are(name: str) -> None:
    symbols = 60
    measure, estimator = measures(market(symbols, 1, ticks=9))[name]
    noted, seen = asked(measure)
    desk = book([0.01] * symbols)
    trades = [trade(i, 5.0 if i % 2 else -5.0) for i in range(symbols)]
    found = raised(name, desk, trades, noted, estimator)
    assert len(seen) == 1
    assert found == one_by_one(name, desk, trades, measure)
    assert 0 < len(found) < symbols


def test_of_equal_losses_at_the_quantile_the_measure_itself_is_asked() -> None:
    """Both are in the tail: the last digit of one would move its mean."""
    returns = np.full((SESSIONS, 3), 0.001)
    returns[-3:] = [[-0.05], [-0.02], [-0.02]]
    measure, estimator = measures(returns)["cvar"]
    noted, seen = asked(measure)
    desk, trades = book([0.1, 0.2]), [trade(0, 10.0), trade(1, -10.0)]
    found = raised("cvar", desk, trades, noted, estimator)
    assert found == one_by_one("cvar", desk, trades, measure) == {"S0"}
    assert len(seen) == 1 + len(trades)
