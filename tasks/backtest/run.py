"""A backtest from question to result."""

import math
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from config.portfolio import Portfolio
from quant.errors import InputError
from quant.evidence.sharpe import expected_maximum
from quant.market.panel import Floats
from quant.market.returns import ANNUALISATION
from quant.performance.measures import measure, yearly
from quant.performance.relative import against
from tasks.backtest import sweep
from tasks.backtest.held import emptied
from tasks.backtest.market import Market
from tasks.backtest.model import Backtest, Compared, Fall, Name, Order, Series, Tried
from tasks.backtest.question import Asked, checked
from tasks.backtest.read import read
from tasks.backtest.same_policy import benchmark_alone
from tasks.backtest.simulate import Simulation
from tasks.backtest.traded import traded
from tasks.context.context import Context
from tasks.context.instants import instant
from tasks.snapshot.panels import panel_digest
from tasks.snapshot.prices import worth
from tasks.trials import register
from tasks.trials.register import Count
from tasks.whatif.changed import changed
from tasks.whatif.question import Question
from warehouse.database.database import Database


def run(context: Context, asked: Asked) -> Backtest:
    """What the portfolio's policy would have done, beside buy and hold and the benchmark.

    Raises:
        InputError: what is asked is not possible; the sentence says what is.
    """
    asked = checked(asked)
    portfolio = emptied(changed(context, Question(asked.portfolio, settings=asked.settings)))
    market = read(context, portfolio, asked)
    outcome = Simulation(market, portfolio, asked.cash).run(context.progress)
    series = [
        _series("policy", outcome.value, market),
        _series("buy_and_hold", Simulation(market, portfolio, asked.cash, once=True).run().value, market),
        *_benchmarks(context, portfolio, market, asked),
    ]
    tried = sweep.run(context, market, asked)
    if tried and all(one.error for one in tried):
        raise InputError(f"none of the settings of the sweep is allowed; the first: {tried[0].error}")
    trials, luck = _counted(context, market, asked, tried)
    assert market.run.known_at is not None
    return Backtest(
        portfolio=portfolio.name,
        currency=portfolio.currency,
        source=market.run.source,
        known_at=instant(market.run.known_at),
        start=market.sessions[0],
        end=market.sessions[-1],
        cash=asked.cash,
        asked=[f"{key}={text}" for key, text in asked.settings.items()],
        series=series,
        compared=[_compared(series[0], other, market) for other in series[1:]],
        traded=traded(outcome, portfolio),
        orders=[Order(**asdict(one)) for one in outcome.executions],
        sweep=tried,
        trials=trials,
        luck=luck,
        sessions=list(market.sessions),
    )


def _counted(
    context: Context, market: Market, asked: Asked, tried: Sequence[Tried]
) -> tuple[int, float | None]:
    """How many settings were tried on the portfolio, these included, and what luck finds among these."""
    name = market.portfolio.name
    if not tried:
        return context.warehouse.read(lambda db: register.count(db, name)).trials, None
    allowed = [one for one in tried if one.error is None]
    ratios = np.array([math.nan if one.sharpe is None else one.sharpe for one in allowed]) / ANNUALISATION
    what = [f"{one.key}={one.values[0]:g}..{one.values[-1]:g}:{len(one.values)}" for one in asked.sweeps]
    said = "; ".join([*what, *(f"{key}={text}" for key, text in asked.settings.items())])
    entry = register.tried(said, panel_digest(market.whole.panel), market.sessions, ratios)

    def work(db: Database) -> Count:
        register.enter(db, name, entry, context.now())
        return register.count(db, name)

    found = context.warehouse.transact(work)
    luck = entry.mean + expected_maximum(found.trials, entry.variance)
    return found.trials, luck * ANNUALISATION


def _series(name: Name, values: Floats, market: Market) -> Series:
    days = market.prices.days
    found = measure(values, days)
    return Series(
        name=name,
        end=values[-1],
        total=found.total,
        annual=found.annual,
        volatility=found.volatility,
        sharpe=found.sharpe,
        drawdown=Fall(**asdict(found.drawdown)),
        years=yearly(values, days),
        values=values.tolist(),
    )


def _compared(own: Series, other: Series, market: Market) -> Compared:
    found = against(np.array(own.values), np.array(other.values), market.prices.days)
    return Compared(to=other.name, **asdict(found))


def _benchmarks(context: Context, portfolio: Portfolio, market: Market, asked: Asked) -> Sequence[Series]:
    """The benchmark with its distributions reinvested, and as the only target of the same policy."""
    if portfolio.benchmark is None:
        return []
    held = _series("benchmark", asked.cash * _growth(market, portfolio.benchmark), market)
    alone = benchmark_alone(portfolio, portfolio.benchmark)
    outcome = Simulation(read(context, alone, asked), alone, asked.cash).run()
    return [held, _series("benchmark_policy", outcome.value, market)]


def _growth(market: Market, symbol: str) -> Floats:
    """What one unit of the portfolio's currency in the benchmark has become; its distributions are in it."""
    whole = market.whole
    place = int(np.searchsorted(whole.days, market.prices.days[0]))
    found = worth(whole, [symbol])[place:, 0]
    return np.asarray(found / found[0])
