"""The cash that is left when every trade is executed at its limit price, against the buffer."""

import numpy as np

from quant.checks import BLOCK, PASS, UNKNOWN, WARN, CheckContext, Measured, Words
from quant.checks._judge import TOLERANCE
from quant.trading.sizing import before

CHECK = "cash"
REFERENCE = "house"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio: cash ÷ value; only buys make it worse.

    A run of before sized its buys on the proceeds of all sells, and dropped those under the minimum trade
    after that. What these can explain there, one minimum trade per symbol without a trade, warns only.
    """
    policy, holdings, share = context.inputs.policy, context.holdings, context.cash_share
    buffer, buys = policy.cash_buffer, context.bought
    unpaid = policy.min_trade if before(holdings.book) else 0.0
    symbols = len(holdings.book.symbols) if holdings.single else holdings.concerned.sum(axis=1)
    dropped = unpaid * (symbols - context.traded.sum(axis=1))
    explained = ~buys.any(axis=1) | (context.cash_after + dropped >= buffer * holdings.value)
    breach = np.where(np.isnan(share), UNKNOWN, np.where(explained, WARN, BLOCK))
    status = np.where(share >= buffer - TOLERANCE, PASS, breach)[:, None]

    def words(row: int, _: int) -> Words:
        left = f"cash after the trades is {float(share[row]):.2%}, below the buffer of {buffer:.2%}"
        rule = f"cash after the trades, at limit prices, is at least {buffer:.2%} of value"
        return Words(rule, f"{CHECK}: {left}")

    return [Measured("portfolio", share[:, None], buffer, status, words, buys & (status == BLOCK))]
