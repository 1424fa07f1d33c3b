"""The optimiser on 50 positions with costs and a turnover cap, against cvxpy called plainly."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import cvxpy as cp
import numpy as np

from benchmarks._sheet import Sheet
from benchmarks._timing import ratios, spread, table, take_turns
from quant.book.book import Book
from quant.market.panel import Floats
from quant.policy.policy import Costs, Policy
from quant.rebalance.construction import construct
from quant.rebalance.optimise import AVERSION
from quant.risk.covariance import ledoit_wolf
from quant.trading.trading_terms import TradingTerms
from quant.triggers import Past

PAGE = "benchmarks.md"
COUNT, CAP = 50, 0.05
POLICY = Policy(
    construction="optimised",
    turnover_cap=CAP,
    band_absolute=0.001,
    min_trade=0.0,
    cash_buffer=0.0,
    limit_offset=0.0,
    lot_size=0,
)
COSTS = Costs(commission_rate=1.0, impact=0.5)

ABOUT = """{count} positions of a portfolio that has drifted, worth 10 million, with commission, half
spread, square-root impact and a turnover cap of {cap:.0%}. *Ours* is the whole construction: drifts,
triggers, covariance, optimum, lots and limit prices. *cvxpy plainly* is the optimum alone, with the
covariance given. Both find the same weights (compared in the run, within 1e-5 of the value)."""


def measure(*, quick: bool) -> Sheet:
    """Both ways over the same books, one after the other."""
    books = 3 if quick else 25
    drawn = [_draw(seed) for seed in range(books)]
    _require_same(*drawn[0])
    cases = {"ours": _case(_ours, drawn), "cvxpy plainly": _case(_plainly, drawn)}
    timings = take_turns(cases, 1 if quick else 5)
    each = 1000 * median(run.seconds for run in timings["ours"]) / books
    said = (
        f"Ours takes {each:.1f} ms for each portfolio (median), "
        f"{spread(ratios(timings, 'ours', 'cvxpy plainly'))} times as long as cvxpy plainly."
    )
    about = ABOUT.format(count=COUNT, cap=CAP)
    return Sheet(f"Trades of {COUNT} positions as an optimum", [about, table(timings, "cvxpy plainly"), said])


def _case(
    work: Callable[[Book, TradingTerms], object], drawn: list[tuple[Book, TradingTerms]]
) -> Callable[[Path], object]:
    def run(_: Path) -> None:
        for book, terms in drawn:
            work(book, terms)

    return run


def _draw(seed: int) -> tuple[Book, TradingTerms]:
    random = np.random.default_rng(seed)
    target = random.dirichlet(np.full(COUNT, 20.0))
    close = random.uniform(20.0, 400.0, COUNT)
    held = target * random.uniform(0.7, 1.3, COUNT)
    quantity = held / held.sum() * 1e7 / close
    symbols = tuple(f"S{number:02d}" for number in range(COUNT))
    book = Book(symbols, ("any",) * COUNT, quantity, close, target, 0.0, np.ones(COUNT))
    returns = random.standard_normal((252, COUNT)) * 0.012 + random.standard_normal((252, 1)) * 0.01
    spreads = random.uniform(1.0, 10.0, COUNT)
    volumes = random.uniform(1e5, 1e7, COUNT)
    terms = TradingTerms(
        COSTS, spreads, returns.std(axis=0), volumes, returns, (), None, date(2024, 7, 1), max_weight=0.1
    )
    return book, terms


def _ours(book: Book, terms: TradingTerms) -> Floats:
    built = construct(book, POLICY, False, frozenset(), Past(), terms)
    assert built.status == "optimal"
    after = dict(zip(book.symbols, book.weights.tolist(), strict=True))
    return np.array(list((after | {trade.symbol: trade.weight_after for trade in built.trades}).values()))


def _plainly(book: Book, terms: TradingTerms) -> Floats:
    moves = cp.Variable(COUNT)
    size = cp.abs(moves)
    linear = (COSTS.commission_rate + terms.half_spread) / 1e4
    impact = COSTS.impact * terms.volatility * np.sqrt(book.value / (terms.volume * book.close))
    error = book.weights + moves - book.target
    risk = cp.quad_form(error, cp.psd_wrap(ledoit_wolf(terms.returns) * 252))
    cost = 0.5 * AVERSION * risk + linear @ size + impact @ cp.power(size, 1.5)
    constraints = [
        moves >= -book.weights,
        book.weights + moves <= 0.1,
        cp.sum(moves) <= 0,
        cp.sum(size) <= 2 * CAP,
    ]
    cp.Problem(cp.Minimize(1e4 * cost), constraints).solve(solver=cp.CLARABEL)
    weights: Floats = book.weights + np.array(moves.value)
    return weights


def _require_same(book: Book, terms: TradingTerms) -> None:
    np.testing.assert_allclose(_ours(book, terms), _plainly(book, terms), atol=1e-5)
