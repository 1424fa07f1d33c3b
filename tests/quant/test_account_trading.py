"""Costs, lots, taxes and optima of many accounts are those of each alone."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.accounts import Accounts
from quant.accounts.alone import decide_alone
from quant.accounts.decision import decide
from quant.accounts.lots import Lots, by_account
from quant.accounts.sales import costs_of, sales_of
from quant.book.book import Book
from quant.decide import decide as decide_one
from quant.decision_inputs import DecisionInputs
from quant.policy.policy import Costs, Limits, Policy, Tax
from quant.trading.costs import estimate
from quant.trading.lots import Lot
from quant.trading.trading_terms import TradingTerms
from tests.quant.books import DRIFTED
from tests.quant.test_accounts import many, market_of, terms

DAY = date(2024, 7, 1)


def _trading(whole: Book, random: np.random.Generator, method: str) -> TradingTerms:
    count = len(whole.symbols)
    return TradingTerms(
        Costs(commission_per_order=1.0, commission_per_share=0.01, commission_rate=2.0, impact=0.5),
        random.uniform(0.0, 20.0, count),
        random.choice([0.01, 0.03, np.nan], count),
        random.choice([0.0, 1e4, 1e7], count),
        random.normal(0.0, 0.01, (100, count)),
        (),
        Tax.model_validate({"method": method, "short_rate": 0.4, "long_rate": 0.2}),
        DAY,
        max_weight=None,
    )


def _told(accounts: Accounts, random: np.random.Generator) -> list[tuple[int, Lot]]:
    """Each position in two lots, those of all accounts in mixed order."""
    told = []
    for row, column in np.argwhere(accounts.quantity > 0).tolist():
        symbol, price = accounts.whole.symbols[column], accounts.whole.price[column]
        first = round(float(random.uniform(0, accounts.quantity[row, column])), int(random.integers(0, 7)))
        recent, old = random.choice([5, 20, 31, 100]), random.choice([364, 365, 366, 367, 800, 1700])
        for quantity, days in ((first, recent), (round(accounts.quantity[row, column] - first, 9), old)):
            basis = float(price * random.uniform(0.5, 1.5))
            told.append((row, Lot(symbol, DAY - timedelta(int(days)), float(quantity), basis)))
    return [told[place] for place in random.permutation(len(told))]


def _lots(accounts: Accounts, told: list[tuple[int, Lot]]) -> Lots:
    symbols = accounts.whole.symbols
    told = [(row, lot) for row, lot in told if lot.quantity]
    lots = [lot for _, lot in told]
    return by_account(
        accounts.names,
        np.array([row for row, _ in told], int),
        symbols,
        np.array([symbols.index(lot.symbol) for lot in lots], int),
        np.array([lot.acquired for lot in lots], "datetime64[D]"),
        np.array([lot.quantity for lot in lots], float),
        np.array([lot.cost_basis for lot in lots], float),
    )


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_each_trade_costs_and_sells_what_it_does_alone(data: st.DataObject) -> None:
    accounts = data.draw(many())
    settled = data.draw(terms(accounts))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    trading = _trading(
        accounts.whole, random, data.draw(st.sampled_from(["fifo", "lifo", "hifo", "minimum_tax"]))
    )
    told = _told(accounts, random)
    accounts = replace(accounts, lots=_lots(accounts, told))
    trades = decide(accounts, settled).trades
    costs, sales = costs_of(trades, accounts, trading), sales_of(trades, accounts, trading)
    alone = [
        (row, one.trade)
        for row in range(len(accounts.names))
        for one in decide_alone(accounts, settled, row).trades
    ]
    assert len(alone) == len(costs.impact)
    assert trading.tax is not None
    assert sales is not None
    sold_by = dict(zip(sales.trade.tolist(), range(len(sales.trade)), strict=True))
    for place, (row, trade) in enumerate(alone):
        column = accounts.whole.symbols.index(trade.symbol)
        market = (array[column] for array in (trading.half_spread, trading.volatility, trading.volume))
        cost = estimate(trade, trading.costs, *market)
        found = [costs.commission[place], costs.spread[place], costs.impact[place]]
        assert found == pytest.approx([cost.commission, cost.spread, cost.impact], rel=1e-9, nan_ok=True)
        own = [lot for owner, lot in told if (owner, lot.symbol) == (row, trade.symbol)]
        sold = float(-trades.quantity[place])  # compared in test_accounts, to the last digit but one
        assert (place in sold_by) == (sold > 0)
        if sold > 0:
            assert sales.sale(sold_by[place]) == trading.sale(own, sold, trade.close * trade.fx)


def test_an_optimum_of_an_account_has_its_own_lots_cash_and_returns() -> None:
    quantity = np.array([[662, 280, 20, 38], [60, 0, 20, 0]], float)
    whole = replace(DRIFTED, quantity=quantity.sum(axis=0), cash=600.0)
    accounts = Accounts(("A", "B"), whole, quantity, np.array([500.0, 100.0]))
    random = np.random.default_rng(3)
    trading = _trading(whole, random, "minimum_tax")
    told = _told(accounts, random)
    accounts = replace(accounts, lots=_lots(accounts, told))
    policy = Policy(construction="optimised", turnover_cap=0.2)
    market = market_of(whole, random, gaps=False)
    market = replace(market, previous_adjusted=whole.close, stale=np.zeros(4))
    common = DecisionInputs(whole, policy, Limits(), False, market, terms=trading)
    seen: list[int] = []
    found = decide(accounts, common, seen.append)
    assert seen == [1, 2]
    for row, own in enumerate(([0, 1, 2, 3], [0, 1, 2])):  # B neither holds XYZ nor should
        book = accounts.alone(row)
        assert book.symbols == tuple(whole.symbols[i] for i in own)
        arrays = {"half_spread", "volatility", "volume"}
        terms_of = replace(
            trading,
            returns=trading.returns[:, own],
            lots=tuple(lot for owner, lot in told if owner == row and lot.quantity),
            **{name: getattr(trading, name)[own] for name in arrays},
        )
        parts = {
            name: getattr(market, name)[own] for name in ("previous_adjusted", "average_volume", "stale")
        }
        own_market = replace(market, returns=market.returns[:, own], **parts)
        alone = decide_one(DecisionInputs(book, policy, Limits(), False, own_market, terms=terms_of))
        assert alone.construction.status == "optimal"
        assert alone.trades
        mine = found.trades.account == row
        assert found.trades.quantity[mine].tolist() == [one.trade.signed for one in alone.trades]
        assert found.built[row] == replace(alone.construction, trades=())
