"""The benchmark under a portfolio's own policy: what the policy does to a market without its targets."""

import numpy as np

from config.portfolio import Portfolio
from quant.errors import InputError
from quant.market.panel import Days, Floats
from quant.policy.policy import AllocationPolicy, Limits, Target
from tasks.backtest.held import emptied
from tasks.backtest.question import Asked
from tasks.backtest.read import read
from tasks.backtest.simulate import Simulation
from tasks.context.context import Context

CLASS = "benchmark"
"""The asset class of a portfolio that is its benchmark alone."""


def benchmark_alone(portfolio: Portfolio, benchmark: str) -> Portfolio:
    """A portfolio with its benchmark as the only target, the same policy and costs, no risk limits."""
    target = Target(symbol=benchmark, asset_class=CLASS, weight=1.0)
    alone = {"target": (target,), "asset_class": (), "risk": Limits(), "allocation": AllocationPolicy()}
    return emptied(portfolio).model_copy(update=alone)


def growth(context: Context, portfolio: Portfolio, cash: float, days: Days) -> Floats:
    """What one unit in it has become at the closes of `days`, ascending sessions; it begins with `cash`.

    Shape (days,). Nothing is paid in or taken out: a return over time does not depend on that.

    Raises:
        InputError: the portfolio has no benchmark, or there are no prices for it; the sentence says which.
    """
    first, last = days[[0, -1]].tolist()
    asked = Asked(portfolio.name, first, last, cash)
    alone = benchmark_alone(portfolio, str(portfolio.benchmark))
    market = read(context, alone, asked)
    if not np.isin(days, market.prices.days).all():
        raise InputError(f"there are no prices of {portfolio.benchmark} up to {last}.")
    value = Simulation(market, alone, cash).run().value
    return np.asarray((value / value[0])[np.searchsorted(market.prices.days, days)])
