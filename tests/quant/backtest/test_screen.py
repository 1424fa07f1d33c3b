"""The pass over many days finds every day on which a run rebalances, and hardly any other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quant.backtest.screen import may_rebalance
from quant.book.book import Book
from quant.book.drift import Bands
from quant.book.holdings import Holdings
from quant.policy.policy import Policy
from quant.rebalance.pairs import situation, together
from quant.rebalance.triggering import measures, rebalances
from quant.triggers import Past

SYMBOLS = ("AAA", "BBB", "CCC", "DDD")
WHEN = (
    "band or class_band or no_target or calendar", "volatility_band and (band or cash_flow)", "total_drift",
    "class_band or cash_flow", "calendar",
)  # fmt: skip


@st.composite
def markets(draw):
    """A policy, quantities, and some days of prices, rates, cash, volatilities and calendar."""
    days = draw(st.integers(1, 12))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    weights = np.round(random.dirichlet(np.ones(3)), 2)
    target = np.array([*weights[:2], 1 - weights[:2].sum(), 0.0])
    policy = Policy(
        when=draw(st.sampled_from(WHEN)),
        calendar="monthly",
        band_absolute=draw(st.sampled_from((0.02, 0.05))),
        band_relative=draw(st.sampled_from((0.1, 0.25))),
        total_drift=0.04,
        cash_flow=0.03,
        volatility_band=draw(st.sampled_from((0.3, 1.0))),
    )
    start = random.uniform(20, 200, 4)
    price = start * np.exp(np.cumsum(random.normal(0, 0.02, (days, 4)), axis=0))
    quantity = np.round(1e5 * target / start + random.choice((0.0, 3.0), 4))
    if draw(st.booleans()):
        quantity[3] = 0.0
    return (
        policy, target, quantity, price, random.uniform(0.5, 1.5, (days, 4)),
        random.uniform(-500, 9000, days), random.random(days) < 0.2, random.uniform(0.02, 0.5, (days, 4)),
        draw(st.booleans()),
    )  # fmt: skip


@given(markets())
def test_every_day_on_which_a_run_rebalances_is_found(market):
    policy, target, quantity, price, fx, cash, due, volatility, pair = market
    pairs = {"AAA": "DDD"} if pair else {}
    classes = ("stocks", "bonds", "bonds", "stocks" if pair else "none")
    wanted = []
    for day in range(len(price)):
        book = Book(SYMBOLS, classes, quantity, price[day], target, cash[day], fx[day], replacements=pairs)
        seen = situation(
            Holdings.of(book), Bands(together(book), policy), bool(due[day]), Past(volatility[day])
        )
        wanted.append(bool(rebalances(seen, measures(seen))[0]))
    book = Book(SYMBOLS, classes, quantity, price[0], target, 0.0, fx[0], replacements=pairs)
    found = may_rebalance(book, policy, quantity * price * fx, cash, due, volatility)
    assert found.tolist() == wanted


def test_what_is_not_known_may_have_fired():
    """No volatility is known on the first day and one price on the second."""
    book = Book(("AAA", "BBB"), ("a", "b"), np.ones(2), np.ones(2), np.array([0.5, 0.5]), 0.0, np.ones(2))
    worth = np.array([[50.0, 50.0], [np.nan, 50.0], [50.0, 50.0]])
    volatility = np.array([[np.nan, 0.1], [0.1, 0.1], [0.1, 0.1]])
    policy = Policy(when="volatility_band", volatility_band=1.0)
    found = may_rebalance(book, policy, worth, np.zeros(3), np.zeros(3, bool), volatility)
    assert found.tolist() == [True, True, False]
