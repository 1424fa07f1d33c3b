"""What is held in a backtest: lots and cash at the close of a session, and what orders make of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from config.holdings import Lot
from config.portfolio import Portfolio
from quant.backtest.orders import executed_at
from quant.backtest.prices import Prices
from quant.book.book import Side, Trade
from quant.decision_inputs import DecisionInputs
from quant.market.panel import Floats
from quant.policy.policy import Tax
from quant.trading import lots as taxed
from quant.trading.costs import estimate
from quant.trading.sales import sell
from quant.trading.sizing import whole_lots


@dataclass(frozen=True)
class Held:
    """Lots in shares of the session at place `at`, with their cost in the symbol's unit, and `cash`."""

    at: int
    lots: tuple[Lot, ...]
    cash: float

    def rolled(self, prices: Prices, at: int, cash: float) -> "Held":
        """The same at the close of a later session: splits change shares and costs."""
        split = prices.later[self.at] / prices.later[at]
        if (split == 1.0).all():
            return Held(at, self.lots, cash)
        by = dict(zip(prices.symbols, split.tolist(), strict=True))
        return Held(at, tuple(_split(lot, by[lot.symbol]) for lot in self.lots), cash)

    def shares(self, prices: Prices) -> Floats:
        """The quantity of each symbol, in shares of the last day."""
        found = dict.fromkeys(prices.symbols, 0.0)
        for lot in self.lots:
            found[lot.symbol] += lot.quantity
        return np.asarray(np.array([*found.values()]) * prices.later[self.at])

    def of(self, portfolio: Portfolio, session: date) -> Portfolio:
        """The portfolio of a session with these holdings, as if its files said so."""
        held = {"lots": self.lots, "cash": self.cash, "cash_needed": 0.0, "holdings_as_of": session}
        return portfolio.model_copy(update=held)


def emptied(portfolio: Portfolio) -> Portfolio:
    """The portfolio as a backtest begins with it: nothing is held, and nothing of its cash is spoken for."""
    return portfolio.model_copy(update={"lots": (), "cash": 0.0, "cash_needed": 0.0})


@dataclass(frozen=True)
class Execution:
    """One order that was done. `price` in the symbol's unit; `notional`, `cost` and `tax` in the portfolio's
    currency; `cost` is the commission, the spread and the impact where it is known; `gain` of a sale before
    tax, None of a purchase. `tax` is below 0 where a loss saves it, 0 where no tax is stated.
    """

    decided: date
    session: date
    symbol: str
    side: Side
    quantity: float
    price: float
    notional: float
    cost: float
    gain: float | None
    tax: float
    trigger: str


def executed(
    held: Held,
    trades: Sequence[Trade],
    inputs: DecisionInputs,
    portfolio: Portfolio,
    prices: Prices,
) -> tuple[Held, tuple[Execution, ...]]:
    """What the orders of a session become on the next one, and what is held at its close.

    Sales come first. A purchase takes as many whole lots as the cash then pays for.
    """
    at = held.at + 1
    paid = float(prices.paid(held.shares(prices), slice(at, at + 1))[0])
    now = held.rolled(prices, at, held.cash + paid)
    days: list[date] = prices.days[[held.at, at]].tolist()
    done = []
    for trade in sorted(trades, key=lambda one: one.side == "BUY"):
        place = inputs.book.places[trade.symbol]
        found = _done(now, _split_order(trade, prices, held.at, place), inputs, portfolio, prices)
        if found is not None:
            now, execution = found
            done.append(replace(execution, decided=days[0]))
    return now, tuple(done)


def _split_order(trade: Trade, prices: Prices, at: int, place: int) -> Trade:
    """The order in shares of the next session, at that session's rate."""
    split = float(prices.later[at, place] / prices.later[at + 1, place])
    return replace(
        trade,
        quantity=round(trade.quantity * split, 9),
        limit_price=trade.limit_price / split,
        fx=float(prices.fx[at + 1, place]),
    )


def _done(
    held: Held, order: Trade, inputs: DecisionInputs, portfolio: Portfolio, prices: Prices
) -> tuple[Held, Execution] | None:
    """What is held after an order, and the order as it was done; None where it was not."""
    place, at = inputs.book.places[order.symbol], held.at
    opened, high, low = (
        float(values[at, place] * prices.later[at, place])
        for values in (prices.open, prices.high, prices.low)
    )
    price = executed_at(order.side, order.limit_price, opened=opened, high=high, low=low)
    if price is None:
        return None
    done = replace(order, close=price)
    commission, cost = _costs(done, inputs)
    if done.side == "BUY" and done.notional + cost > held.cash:
        share = max(held.cash, 0.0) / (done.notional + cost)
        lots = whole_lots(np.array([done.quantity * share]), portfolio.rebalance.lot_size)
        done = replace(done, quantity=float(lots[0]))
        commission, cost = _costs(done, inputs)
    if done.quantity <= 0:
        return None
    day = prices.days[at].item()
    if done.side == "BUY":
        basis = price + commission / done.quantity / done.fx
        bought = Lot(symbol=done.symbol, quantity=done.quantity, cost_basis=basis, acquired=day)
        left, gain, tax = _bought(held.lots, bought, apart=portfolio.tax is not None), None, 0.0
        cash = held.cash - done.notional - cost
    else:
        net = (done.notional - commission) / done.quantity
        left, gain, tax = _sold(held.lots, done, net, day, portfolio.tax)
        cash = held.cash + done.notional - cost
    execution = Execution(
        date.min, day, done.symbol, done.side, done.quantity, price, done.notional, cost,
        gain, tax, done.trigger,
    )  # fmt: skip
    return Held(at, left, cash), execution


def _costs(order: Trade, inputs: DecisionInputs) -> tuple[float, float]:
    """The commission of an order, and all that it costs; an impact that is not known counts as none."""
    place, terms = inputs.book.places[order.symbol], inputs.known_terms
    market = (float(array[place]) for array in (terms.half_spread, terms.volatility, terms.volume))
    found = estimate(order, terms.costs, *market)
    return found.commission, found.commission + found.spread + float(np.nan_to_num(found.impact))


def _bought(lots: tuple[Lot, ...], bought: Lot, *, apart: bool) -> tuple[Lot, ...]:
    """With what was bought: `apart` a lot of its own for each day, else one lot of each symbol."""
    alike = (lot for lot in lots if lot.symbol == bought.symbol)
    same = next((lot for lot in alike if not apart or lot.acquired == bought.acquired), None)
    if same is None:
        return (*lots, bought)
    quantity = same.quantity + bought.quantity
    paid = _basis(same) * same.quantity + _basis(bought) * bought.quantity
    both = same.model_copy(update={"quantity": quantity, "cost_basis": paid / quantity})
    return tuple(both if lot is same else lot for lot in lots)


def _sold(
    lots: tuple[Lot, ...], order: Trade, net: float, day: date, tax: Tax | None
) -> tuple[tuple[Lot, ...], float, float]:
    """The lots that a sale leaves, its gain and its tax; `net` is the price in the portfolio's currency.

    Lots are taken by the portfolio's method. Where no tax is stated there is one of each symbol.
    """
    own = [lot for lot in lots if lot.symbol == order.symbol]
    if tax is None:
        (lot,) = own
        taken, gain, due = (
            {lot.acquired: order.quantity},
            order.quantity * (net - _basis(lot) * order.fx),
            0.0,
        )
    else:
        bases = [taxed.Lot(one.symbol, _day(one), one.quantity, _basis(one) * order.fx) for one in own]
        sale = sell(bases, order.quantity, net, day, tax)
        taken = {part.acquired: part.quantity for part in sale.parts}
        gain, due = sale.short_gain + sale.long_gain, sale.tax
    left = (_less(lot, taken.get(lot.acquired, 0.0)) if lot.symbol == order.symbol else lot for lot in lots)
    return tuple(lot for lot in left if lot.quantity > 0), gain, due


def _less(lot: Lot, quantity: float) -> Lot:
    return lot.model_copy(update={"quantity": round(lot.quantity - quantity, 9)}) if quantity else lot


def _split(lot: Lot, by: float) -> Lot:
    if by == 1.0:
        return lot
    return lot.model_copy(update={"quantity": round(lot.quantity * by, 9), "cost_basis": _basis(lot) / by})


def _basis(lot: Lot) -> float:
    assert lot.cost_basis is not None
    return lot.cost_basis


def _day(lot: Lot) -> date:
    assert lot.acquired is not None  # a backtest begins with cash alone
    return lot.acquired
