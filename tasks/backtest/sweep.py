"""Many settings of one portfolio on one market, on as many processes as are asked for."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from multiprocessing import get_context

from config.portfolio import Portfolio
from quant.errors import InputError
from quant.performance.measures import measure
from tasks.backtest.held import emptied
from tasks.backtest.market import Market
from tasks.backtest.model import Tried
from tasks.backtest.question import Asked
from tasks.backtest.simulate import Simulation
from tasks.backtest.traded import traded
from tasks.context.context import Context
from tasks.whatif.changed import changed
from tasks.whatif.question import Question

ALONE = 16
"""Settings up to which one process is as fast: another one imports all of this first."""
Setting = Mapping[str, float]

_market: list[Market] = []
"""That of this process, where it is one of several."""


def run(context: Context, market: Market, asked: Asked) -> list[Tried]:
    """What each combination of the sweep would have come to, in order; none without a sweep."""
    settings = asked.combinations
    prepared = [_prepared(context, market, asked, one) for one in settings]
    found = []
    with ExitStack() as stack:
        for place, one in enumerate(_each(stack, market, prepared, asked.cash), start=1):
            found.append(one)
            context.progress("sweep", place, len(settings))
    return [one.model_copy(update={"setting": dict(of)}) for one, of in zip(found, settings, strict=True)]


def _prepared(context: Context, market: Market, asked: Asked, setting: Setting) -> Portfolio | str:
    """The portfolio with a setting, or why it is not allowed."""
    texts = {**asked.settings, **{key: repr(value) for key, value in setting.items()}}
    try:
        found = changed(context, Question(asked.portfolio, settings=texts))
    except InputError as error:
        return str(error)
    found = emptied(found)
    if not market.knows(found):
        return (
            "a sweep is of settings of rebalance, risk, costs, tax or allocation: the market stays the same."
        )
    return found


def _each(
    stack: ExitStack, market: Market, prepared: Sequence[Portfolio | str], cash: float
) -> Iterator[Tried]:
    workers = min(os.cpu_count() or 1, len(prepared) // ALONE)
    if workers < 2:
        _begin(market)
        return (_tried(one, cash) for one in prepared)
    bare = replace(market, kept={})
    pool = stack.enter_context(
        ProcessPoolExecutor(workers, get_context("forkserver"), initializer=_begin, initargs=(bare,))
    )
    return pool.map(
        _tried, prepared, [cash] * len(prepared), chunksize=max(1, len(prepared) // (8 * workers))
    )


def _begin(market: Market) -> None:
    _market[:] = [market]


def _tried(portfolio: Portfolio | str, cash: float) -> Tried:
    """What one setting came to."""
    if isinstance(portfolio, str):
        return Tried(setting={}, error=portfolio)
    (market,) = _market
    outcome = Simulation(market, portfolio, cash).run()
    found, done = measure(outcome.value, market.prices.days), traded(outcome, portfolio)
    return Tried(
        setting={},
        annual=found.annual,
        volatility=found.volatility,
        sharpe=found.sharpe,
        drawdown=found.drawdown.depth,
        turnover=done.turnover,
        cost=done.cost,
        sessions=done.sessions,
        outside=done.outside,
    )
