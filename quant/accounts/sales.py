"""What the trades of many accounts cost, and the lots and taxes of their sales."""

from itertools import groupby

import numpy as np

from quant.accounts import Accounts, Trades
from quant.trading.costs import Estimates, estimates
from quant.trading.lots import Lot, Sale
from quant.trading.trading_terms import TradingTerms


def costs_of(trades: Trades, accounts: Accounts, trading: TradingTerms) -> Estimates:
    """The estimated costs of every trade, shape (trades,), as if its account alone were trading."""
    size, symbol = np.abs(trades.quantity), trades.symbol
    market = (trading.half_spread, trading.volatility, trading.volume)
    return estimates(
        size, size * accounts.whole.price[symbol], trading.costs, *(column[symbol] for column in market)
    )


def sales_of(trades: Trades, accounts: Accounts, trading: TradingTerms) -> list[Sale | None]:
    """The sale in every trade, from the account's own lots; None for a buy, and without taxes."""
    found: list[Sale | None] = [None] * len(trades.quantity)
    if trading.tax is None or accounts.lots is None:
        return found
    price, symbols = accounts.whole.price.tolist(), accounts.whole.symbols
    account, symbol, quantity = (
        column.tolist() for column in (trades.account, trades.symbol, trades.quantity)
    )
    sells = np.flatnonzero(trades.quantity < 0).tolist()
    for owner, rows in groupby(sells, account.__getitem__):
        own: dict[str, list[Lot]] = {}
        for lot in accounts.lots.of(accounts.names[owner]):
            own.setdefault(lot.symbol, []).append(lot)
        for row in rows:
            lots, sold = own[symbols[symbol[row]]], -quantity[row]
            found[row] = trading.sale(lots, sold, price[symbol[row]])
    return found
