"""What the trades of many accounts cost, and the lots and taxes of their sales."""

import numpy as np

from quant.accounts import Accounts, Trades
from quant.accounts.lots import Lots
from quant.book.holdings import Codes, Places
from quant.trading.costs import Estimates, estimates
from quant.trading.lots import Columns
from quant.trading.sales import Sales, sell_all
from quant.trading.trading_terms import TradingTerms


def costs_of(trades: Trades, accounts: Accounts, trading: TradingTerms) -> Estimates:
    """The estimated costs of every trade, shape (trades,), as if its account alone were trading."""
    size, symbol = np.abs(trades.quantity), trades.symbol
    market = (trading.half_spread, trading.volatility, trading.volume)
    return estimates(
        size, size * accounts.whole.price[symbol], trading.costs, *(column[symbol] for column in market)
    )


def sales_of(trades: Trades, accounts: Accounts, trading: TradingTerms) -> Sales | None:
    """The sale in every trade that is one, from its account's own lots; None without taxes."""
    lots, sells = accounts.lots, np.flatnonzero(trades.quantity < 0)
    if trading.tax is None or lots is None:
        return None
    symbol = trades.symbol[sells]
    sale, own = _own(lots, trades.account[sells], symbol)
    columns = Columns(lots.acquired[own], lots.quantity[own], lots.cost_basis[own])
    asked = trading.asked(sells, -trades.quantity[sells], accounts.whole.price[symbol])
    return sell_all(asked, sale, columns)


def _own(lots: Lots, account: Codes, symbol: Codes) -> tuple[Places, Places]:
    """The lots that the sales can take, as pairs: the place of the sale, and of the lot."""
    count = len(lots.symbols)
    sale_of = np.full((len(lots.first) - 1) * count, -1, np.int32)
    sale_of[account.astype(np.int64) * count + symbol] = np.arange(len(account))
    sale = sale_of[lots.account.astype(np.int64) * count + lots.symbol]
    return sale[sale >= 0], np.flatnonzero(sale >= 0)
