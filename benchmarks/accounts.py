"""Drift, trades and checks of many accounts in one pass, against a pandas snippet that is called for each."""

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from benchmarks._sheet import Sheet, Table
from benchmarks._timing import MEGABYTE, Case, Run, ratios, spread, table, take_turns
from quant.accounts import Accounts, Decisions
from quant.accounts.decision import decide
from quant.accounts.lots import Lots, by_account
from quant.accounts.sales import costs_of, sales_of
from quant.book.book import Book
from quant.decision_inputs import DecisionInputs, Evidence
from quant.policy.policy import Costs, Limits, Policy, Tax
from quant.trading.trading_terms import TradingTerms

PAGE = "benchmarks.md"
SYMBOLS = 50
SAMPLE = 200
"""Accounts for which the snippet is timed; its time is taken to grow with their number."""
LIMITS = Limits(max_weight=0.3, max_order_value=250_000.0, max_adv=0.1, max_turnover=0.25, price_collar=0.05)
BACKCAST = LIMITS.model_copy(update={"var_95": 0.05, "max_drawdown": 0.9})

ABOUT = """{symbols} positions in five classes for each account, drifted from one set of targets.

- *One pass* finds drift, triggers, orders (with lots, cash and limit prices) and eight checks: cash, data,
  kill switch, weight, order value, share of volume, turnover, price collar. *With backcasts* it also finds
  VaR and drawdown before and after the trades.
- *Pandas* is a short script that handles one account at a time: merge holdings with targets and prices,
  drift, bands by instrument and by class (groupby), whole shares to target. It has no cash, limit prices or
  checks. It ran for {sample} accounts, and its time is scaled to {count:,}.

Both sell the same (compared in the run). An account takes {each:.1f} microseconds in one pass and
{theirs:.2f} milliseconds in pandas. Against 0.9 milliseconds, a figure that has been given for such a
script, one pass is {said:.0f} times as fast. Peak memory of one pass over the most accounts: {peak}."""

TRADING = """Other work for the same accounts:

- *Costs*: the costs of all {trades:,} trades, by part.
- *Lots and taxes*: those of the {sales:,} sales among the trades (minimum_tax, two lots for each position).
- *Optimum*: with costs and taxes, one account at a time, {optimum:.0f} milliseconds for each account."""


def measure(*, quick: bool) -> Sheet:
    """One pass over a number of accounts and over ten times as many; the snippet over a sample."""
    count, rounds = (300, 1) if quick else (10_000, 15)
    small, large = _accounts(count), _accounts(10 * count)
    _require_same(small)
    names = [f"one pass, {count:,}", f"with backcasts, {count:,}", f"one pass, {10 * count:,}"]
    cases = dict(
        zip(
            names,
            (
                partial(_ours, small, LIMITS),
                partial(_ours, small, BACKCAST),
                partial(_ours, large, LIMITS),
            ),
            strict=True,
        )
    )
    pandas = f"pandas, {SAMPLE} accounts scaled to {count:,}"
    found = take_turns({**cases, pandas: lambda _: _pandas(small, SAMPLE)}, rounds)
    scaled = [Run(run.seconds * count / SAMPLE, run.peak) for run in found[pandas]]
    timings = {**found, pandas: scaled}
    each = 1e6 * min(run.seconds for run in found[names[0]]) / count
    peaks = [run.peak for run in found[names[2]] if run.peak is not None]
    about = ABOUT.format(
        symbols=SYMBOLS,
        sample=SAMPLE,
        count=count,
        each=each,
        theirs=1000 * min(run.seconds for run in scaled) / count,
        said=900 / each,
        peak=f"{max(peaks) / MEGABYTE:,.0f} MB" if peaks else "not reported by the system",
    )
    said = (
        f"Pandas takes {spread(ratios(timings, pandas, names[0]))} times as long as one pass, and "
        f"{spread(ratios(timings, pandas, names[1]))} times as long as one with backcasts. Ten times the "
        f"accounts take {spread(ratios(timings, names[2], names[0]))} times as long."
    )
    return Sheet("Many accounts", [about, table(timings, names[0]), said, *_trading(small, quick=quick)])


def _trading(accounts: Accounts, *, quick: bool) -> list[str | Table]:
    """What costs, taxes and the optimum take for all accounts; the optimum for a sample."""
    count, sample = len(accounts.names), 3 if quick else 50
    names = ("one pass", "costs", "lots and taxes", f"optimum, {sample} accounts scaled to {count:,}")
    trades = _ours(accounts, LIMITS).trades
    taxed, trading = replace(accounts, lots=_lots(accounts)), _terms()
    few = _first(taxed, sample)
    optimised = Policy(construction="optimised")
    works: tuple[Case, ...] = (
        partial(_ours, accounts, LIMITS),
        lambda _: costs_of(trades, accounts, trading),
        lambda _: sales_of(trades, taxed, trading),
        lambda _: decide(few, replace(_common(few.whole, LIMITS), policy=optimised, terms=trading)),
    )
    found = take_turns(dict(zip(names, works, strict=True)), 1 if quick else 5)
    scaled = [Run(run.seconds * count / sample, run.peak) for run in found[names[3]]]
    timings = {**found, names[3]: scaled}
    about = TRADING.format(
        trades=len(trades.quantity),
        sales=int((trades.quantity < 0).sum()),
        optimum=1000 * median(run.seconds for run in scaled) / count,
    )
    return [about, table(timings, names[0])]


def _lots(accounts: Accounts) -> Lots:
    """Each position in two lots, bought in different years."""
    random = np.random.default_rng(9)
    account, symbol = np.nonzero(accounts.quantity)
    part = np.floor(accounts.quantity[account, symbol] * random.uniform(0.2, 0.8, len(account)))
    parts = np.concatenate([part, accounts.quantity[account, symbol] - part])
    basis = accounts.whole.close[np.tile(symbol, 2)] * random.uniform(0.6, 1.4, len(parts))
    days = np.repeat(np.array(["2021-03-01", "2024-05-02"], "datetime64[D]"), len(account))
    twice = np.tile(account, 2), accounts.whole.symbols, np.tile(symbol, 2)
    return by_account(accounts.names, *twice, days, parts, basis)


def _terms() -> TradingTerms:
    every = np.ones(SYMBOLS)
    costs = Costs(commission_per_share=0.005, half_spread=2.0, impact=0.5)
    returns = np.random.default_rng(8).normal(0.0, 0.01, (252, SYMBOLS))
    tax = Tax(method="minimum_tax", short_rate=0.37, long_rate=0.2)
    day = date(2024, 7, 1)
    return TradingTerms(costs, 2.0 * every, 0.01 * every, 1e7 * every, returns, (), tax, day, max_weight=0.3)


def _accounts(count: int) -> Accounts:
    random = np.random.default_rng(7)
    close = np.round(random.uniform(20, 400, SYMBOLS), 2)
    target = random.dirichlet(np.full(SYMBOLS, 20.0))
    value = random.uniform(5e4, 5e6, count)
    weights = random.dirichlet(np.full(SYMBOLS, 10.0), count)
    quantity = np.floor(weights * value[:, None] * 0.98 / close)
    cash = value - quantity @ close
    names = tuple(f"S{number:02d}" for number in range(SYMBOLS))
    classes = tuple(f"class {number % 5}" for number in range(SYMBOLS))
    whole = Book(names, classes, quantity.sum(axis=0), close, target, float(cash.sum()), np.ones(SYMBOLS))
    return Accounts(tuple(f"A{number}" for number in range(count)), whole, quantity, cash)


def _first(accounts: Accounts, count: int) -> Accounts:
    names, quantity, cash = accounts.names[:count], accounts.quantity[:count], accounts.cash[:count]
    return replace(accounts, names=names, quantity=quantity, cash=cash)


def _ours(accounts: Accounts, limits: Limits, _: Path | None = None) -> Decisions:
    return decide(accounts, _common(accounts.whole, limits))


def _common(whole: Book, limits: Limits) -> DecisionInputs:
    returns = np.random.default_rng(8).normal(0.0, 0.01, (500, SYMBOLS))
    market = Evidence(returns, np.zeros(500), whole.close * 1.01, np.full(SYMBOLS, 1e7), np.zeros(SYMBOLS))
    return DecisionInputs(whole, Policy(), limits, False, market)


def _pandas(accounts: Accounts, count: int) -> list[pd.DataFrame]:
    """Each account by itself, as one would write it in a notebook."""
    whole = accounts.whole
    targets = pd.DataFrame(
        {"symbol": whole.symbols, "class": whole.asset_classes, "target": whole.target, "close": whole.close}
    )
    return [
        _rebalanced(pd.DataFrame({"symbol": whole.symbols, "held": accounts.quantity[row]}), targets, cash)
        for row, cash in enumerate(accounts.cash[:count].tolist())
    ]


def _rebalanced(holdings: pd.DataFrame, targets: pd.DataFrame, cash: float) -> pd.DataFrame:
    """Drift, bands by instrument and class, and whole shares to target: fewer rules than ours, no checks."""
    book = targets.merge(holdings, on="symbol", how="left")
    position = book["held"] * book["close"]
    value = position.sum() + cash
    book["drift"] = position / value - book["target"]
    classes = book.groupby("class")[["drift", "target"]].sum()
    broken = book["drift"].abs() > np.minimum(0.05, 0.25 * book["target"])
    wide = classes["drift"].abs() > np.minimum(0.05, 0.25 * classes["target"])
    wanted = book["target"] * value * 0.99 / book["close"] - book["held"]
    book["quantity"] = np.trunc(wanted) if broken.any() or wide.any() else 0.0
    return book


def _require_same(accounts: Accounts) -> None:
    """The sells of the first accounts; of buys the snippet does not see whether there is cash for them."""
    few = _first(accounts, 20)
    found = _ours(replace(few), Limits()).trades
    ours = np.zeros(few.quantity.shape)
    ours[found.account, found.symbol] = found.quantity
    theirs = np.array([book["quantity"].to_numpy() for book in _pandas(few, 20)])
    large = np.abs(theirs) * few.whole.close >= Policy().min_trade
    np.testing.assert_allclose(np.minimum(ours, 0.0), np.where(large, np.minimum(theirs, 0.0), 0.0))
