"""The trades of least tracking error, costs and taxes under a policy's constraints, as a convex problem.

Minimised, as shares of value: ½ λ (w − g)' Σ (w − g) + commissions and half spreads + impact + taxes; w the
weights after the trades, g the targets less the cash buffer, Σ a year's covariance (Ledoit-Wolf, 252
sessions), λ the policy's `tracking_aversion`. Boyd and others, Multi-Period Trading via Convex Optimization,
Foundations and Trends in Optimization 3 (2017).
Left to the rounding that follows: a commission per order, its minimum, lots and the minimum trade, which are
not convex. A maximum commission is a share of what is traded, and so it is as convex as a rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from warnings import catch_warnings

import cvxpy as cp
import numpy as np
from threadpoolctl import ThreadpoolController

from quant.book.book import Book
from quant.book.holdings import Mask
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.risk.contributions import MINIMUM, SESSIONS
from quant.risk.covariance import ledoit_wolf
from quant.risk.measures import complete
from quant.trading.costs import BASIS_POINT, above_maximum
from quant.trading.lots import Columns
from quant.trading.trading_terms import TradingTerms

AVERSION = 10.0
"""A tracking error of 1% a year then costs as much as 5 basis points of value."""
UNBOUNDED = 10.0
"""Shares of value that no trade or weight reaches."""
MISSED = 1e-6
"""Below this share of value a constraint holds, and nothing trades."""
DUST = 1e-5
"""The share of value below which no position is kept: the solver comes near zero, and not to it."""
SCALE = 1e4
"""The objective is in basis points: the solver's tolerances are absolute."""
CONSTRAINTS = ("cash_buffer", "max_weight", "turnover_cap", "do_not_sell", "do_not_buy", "held")


class NoOptimumError(Exception):
    """Why there is no optimum, in words; `status` is that of `quant.rebalance.construction`."""

    def __init__(self, status: Literal["infeasible", "unknown", "failed"], why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True)
class _Bounds:
    """The numbers of the constraints, as shares of value; arrays are aligned with the book's symbols."""

    weights: Floats
    least: Floats
    upper: Floats
    most: Floats
    turnover: float
    spare: float
    offset: float


BLAS = ThreadpoolController()
"""For matrices as small as these, threads that wait for each other cost more time than they save."""


def desired_values(
    book: Book, policy: Policy, terms: TradingTerms, goal: Floats, movable: Mask
) -> tuple[Floats, list[str]]:
    """What each symbol should be worth, in currency, shape (symbols,), NaN where it stays; and why, if so.

    `goal` is what tracking error is measured against, in currency (NaN: the position as it is). The book
    must have a positive value.

    Raises:
        NoOptimumError: the constraints contradict each other, returns are missing, or the solver fails.
    """
    with BLAS.limit(limits=1, user_api="blas"):
        return _optimum(book, policy, terms, goal, movable)


def _optimum(
    book: Book, policy: Policy, terms: TradingTerms, goal: Floats, movable: Mask
) -> tuple[Floats, list[str]]:
    weights = np.nan_to_num(book.weights)
    bounds = _bounds(book, policy, terms, movable, frozenset(CONSTRAINTS))
    factor = _factor(terms.returns, policy.tracking_aversion or AVERSION)
    buys, sells, constraints = _constraints(bounds)
    trades = buys - sells
    error = weights + trades - np.where(np.isnan(goal), weights, goal / book.value)
    tax, sold = _taxes(book, terms, trades)
    cost = 0.5 * cp.sum_squares(factor @ error) + _costs(book, terms, buys + sells) + tax
    if not _solved(cost, [*constraints, *sold]):
        raise NoOptimumError("infeasible", _conflict(book, policy, terms, movable))
    moves = _in_lots(np.array(trades.value, dtype=float), bounds.most - weights, book, policy)
    desired = np.where(np.abs(moves) > MISSED, (weights + moves) * book.value, np.nan)
    pull = -np.nan_to_num(factor.T @ (factor @ np.array(error.value, dtype=float)))
    return desired, _left(book, policy, terms, bounds, pull, np.array(trades.value, dtype=float))


def _left(
    book: Book, policy: Policy, terms: TradingTerms, bounds: _Bounds, pull: Floats, moves: Floats
) -> list[str]:
    """Why each symbol is left, were it left: what it would cost to follow its `pull`, or what forbids it.

    `pull` is what a share of value more of a symbol improves, in basis points (below 0: less of it does).
    """
    spent = moves.sum() + bounds.offset * np.abs(moves).sum()
    tight = {
        f"cash_buffer = {policy.cash_buffer:g}": spent >= bounds.spare - MISSED,
        f"turnover_cap = {policy.turnover_cap}": np.abs(moves).sum() >= 2 * (bounds.turnover - MISSED),
    }
    costs = _linear(book, terms) * SCALE
    found = []
    for i, symbol in enumerate(book.symbols):
        buy, cost = pull[i] > 0, float(costs[i])
        limits = [name for name, binds in tight.items() if binds and (buy or name.startswith("turnover"))]
        if buy and bounds.weights[i] >= bounds.most[i] - MISSED:
            limits.append(f"max_weight = {terms.max_weight}")
        if symbol in (policy.do_not_buy if buy else policy.do_not_sell):
            limits = ["do_not_buy" if buy else "do_not_sell"]
        elif not buy and bounds.weights[i] <= 0:
            limits = ["nothing of it is held"]
        worth = (
            f"{'a buy' if buy else 'a sell'} of 1,000.00 would improve tracking by {abs(pull[i]) / 10:.2f}"
        )
        if abs(pull[i]) > cost and limits:
            found.append(f"the optimum leaves it: {worth} and cost {cost / 10:.2f}, but {', '.join(limits)}")
        else:
            found.append(f"the optimum leaves it: {worth}, and cost {cost / 10:.2f} and any tax")
    return found


def _solved(cost: Any, constraints: Sequence[Any]) -> bool:
    """Whether there is a solution; the variables then have its values."""
    problem = cp.Problem(cp.Minimize(cost), list(constraints))
    try:
        with catch_warnings(action="ignore", category=UserWarning):  # a last digit less is no news
            problem.solve(solver=cp.CLARABEL)
    except cp.SolverError:
        raise NoOptimumError("failed", "the solver found no optimum") from None
    return problem.status not in {cp.INFEASIBLE, cp.INFEASIBLE_INACCURATE}


def _constraints(bounds: _Bounds, missed: Sequence[Any] = (0.0, 0.0, 0.0)) -> tuple[Any, Any, list[Any]]:
    """Buys and sells as variables, and what binds them; the last three may each be `missed` by so much."""
    buys, sells = (cp.Variable(len(bounds.weights), nonneg=True) for _ in range(2))
    spent = (1 + bounds.offset) * cp.sum(buys) - (1 - bounds.offset) * cp.sum(sells)
    return (
        buys,
        sells,
        [
            buys - sells >= bounds.least,
            buys - sells <= bounds.upper,
            spent <= bounds.spare + missed[0],
            bounds.weights + buys - sells <= bounds.most + missed[1],
            cp.sum(buys) + cp.sum(sells) <= 2 * (bounds.turnover + missed[2]),
        ],
    )


def _factor(returns: Floats, aversion: float) -> Floats:
    """A matrix whose product with its transpose is λ times a year's covariance, in the objective's scale."""
    known = complete(returns, np.ones(returns.shape[1], bool), SESSIONS)
    if len(known) < MINIMUM:
        raise NoOptimumError(
            "unknown",
            f"only {len(known)} sessions have a return of every symbol, and a covariance needs {MINIMUM}",
        )
    values, vectors = np.linalg.eigh(ledoit_wolf(known) * 252 * aversion * SCALE)
    factor: Floats = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    return factor


def _costs(book: Book, terms: TradingTerms, size: Any) -> Any:
    """The cost of trades of `size`, shares of value; what is not known of the impact costs nothing."""
    costs, linear, price = terms.costs, _linear(book, terms), np.where(book.price > 0, book.price, np.inf)
    daily = np.where(terms.volume > 0, terms.volume, np.inf) * price
    impact = costs.impact * np.nan_to_num(terms.volatility) * np.sqrt(book.value / daily)
    power = (impact * SCALE) @ cp.power(size, 1.5) if impact.any() else 0.0
    return (linear * SCALE) @ size + power


def _linear(book: Book, terms: TradingTerms) -> Floats:
    """Commissions and half spread of each symbol, as a share of what is traded."""
    costs = terms.costs
    a_share = costs.commission_per_share / np.where(book.price > 0, book.price, np.inf)
    linear: Floats = (costs.commission_rate + terms.half_spread) * BASIS_POINT + a_share
    return linear - above_maximum(a_share, costs)


def _kept(book: Book, terms: TradingTerms) -> Floats:
    """The share of a sale that its commission leaves, without what an order costs alone: gains are net."""
    if terms.definitions.of("taxes") < 2:
        return np.ones(len(book.symbols))
    kept: Floats = 1.0 - (_linear(book, terms) - terms.half_spread * BASIS_POINT)
    return kept


def _taxes(book: Book, terms: TradingTerms, trades: Any) -> tuple[Any, list[Any]]:
    """The tax of the lots that `trades` sell, and what binds these; a loss saves none.

    The least taxed lots are sold first because that costs least: the method minimum_tax.
    """
    if terms.tax is None or not terms.lots:
        return 0.0, []
    places, lots = [book.places[lot.symbol] for lot in terms.lots], Columns.of(terms.lots)
    prices = np.nan_to_num(book.price, nan=1.0)[places]
    taxed = lots.taxed(prices * _kept(book, terms)[places], terms.day, terms.tax)
    sizes = lots.quantity * prices / book.value
    own = np.equal.outer(np.arange(len(book.symbols)), places).astype(float)
    sold, with_lots = cp.Variable(len(terms.lots), nonneg=True), own.any(axis=1)
    tax = (np.maximum(taxed, 0.0) / prices * SCALE) @ sold
    return tax, [sold <= sizes, (own @ sold)[with_lots] >= -trades[with_lots]]


def _bounds(book: Book, policy: Policy, terms: TradingTerms, movable: Mask, kept: frozenset[str]) -> _Bounds:
    """The constraints, of which only those in `kept` bind; nothing is ever sold short."""
    weights = np.nan_to_num(book.weights)
    least, upper = -weights, np.full(len(weights), UNBOUNDED)
    if "do_not_sell" in kept:
        least = np.where(np.isin(book.symbols, policy.do_not_sell), 0.0, least)
    if "do_not_buy" in kept:
        upper = np.where(np.isin(book.symbols, policy.do_not_buy), 0.0, upper)
    if "held" in kept:
        least, upper = np.where(movable, least, 0.0), np.where(movable, upper, 0.0)
    cap = terms.max_weight if "max_weight" in kept else None
    turnover = policy.turnover_cap if "turnover_cap" in kept else None
    return _Bounds(
        weights,
        least,
        upper,
        np.full(len(weights), UNBOUNDED if cap is None else cap),
        UNBOUNDED if turnover is None else turnover,
        book.cash / book.value - policy.cash_buffer if "cash_buffer" in kept else UNBOUNDED,
        policy.limit_offset,
    )


def _in_lots(moves: Floats, room: Floats, book: Book, policy: Policy) -> Floats:
    """The moves in lots where their rounding toward zero would be wrong; `room`: up to the weights' caps.

    Sells that a cap asks for reach it; what the solver leaves a hundredth of a lot short is a whole one.
    """
    lot = (policy.lot_size or 1e-6) * np.nan_to_num(book.price, nan=1.0) / book.value
    weights, lots = np.nan_to_num(book.weights), moves / lot
    forced = (moves < 0) & (moves >= room - MISSED)
    whole = np.where(forced, np.floor(lots + 0.01), np.round(lots))
    near = forced | (np.abs(whole - lots) < 0.01)
    moved = np.maximum(np.where(near, whole * lot, moves), -weights)
    return np.where(weights + moved < DUST, -weights, moved)


def _conflict(book: Book, policy: Policy, terms: TradingTerms, movable: Mask) -> str:
    """The constraints that cannot hold together, none of which could be left out: the deletion filter.

    Chinneck, Feasibility and Infeasibility in Optimization (2008), on the elastic problem.
    """

    def missed(kept: frozenset[str]) -> float:
        by = cp.Variable(3, nonneg=True)
        *_, constraints = _constraints(_bounds(book, policy, terms, movable, kept), by)
        _solved(cp.sum(by), constraints)
        return float(np.sum(np.array(by.value)))

    kept = frozenset(CONSTRAINTS)
    least = missed(kept)
    for name in CONSTRAINTS:
        if missed(kept - {name}) > MISSED:
            kept -= {name}
    names = [_words(name, policy, terms, book, movable) for name in CONSTRAINTS if name in kept]
    return f"{_joined(names)} cannot hold together: they are missed by at least {least:.2%} of value"


def _words(name: str, policy: Policy, terms: TradingTerms, book: Book, movable: Mask) -> str:
    """A constraint as the portfolio file has it."""
    if name == "held":
        return f"what is held ({', '.join(np.array(book.symbols)[~movable])})"
    value = terms.max_weight if name == "max_weight" else getattr(policy, name)
    return f"{name} = {', '.join(value) if isinstance(value, tuple) else f'{value:g}'}"


def _joined(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
