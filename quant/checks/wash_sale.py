"""Purchases so soon after a sale at a loss that the loss does not count: a wash sale."""

import numpy as np

from quant.checks import ABSENT, BLOCK, PASS, WARN, CheckContext, Measured, Words
from quant.trading.wash_sales import disallowed

CHECK = "wash_sale"
REFERENCE = "IRC 1091; IRS Publication 550"
RULE = "no purchase within the wash-sale window after a sale at a loss"


def measure(context: CheckContext) -> list[Measured]:
    """One finding per purchase; its value is the loss that it would disallow, in the portfolio's currency.

    `[tax]` sets it.
    """
    past, symbols = context.inputs.controls.wash_sales, context.holdings.book.symbols
    if past is None:
        return []
    loss = np.zeros(context.quantity.shape)
    sold = np.isin(symbols, [one.symbol for one in past.sold])
    for row, place in np.argwhere(context.bought & sold).tolist():
        loss[row, place] = disallowed(symbols[place], float(context.quantity[row, place]), past.sold)

    def words(row: int, column: int) -> Words:
        if loss[row, column] == 0:
            return Words(RULE)
        symbol = symbols[column]
        day = min(sale.day for sale in past.sold if sale.symbol == symbol)
        because = f"it would disallow {loss[row, column]:,.2f} of the loss on the {symbol} sold since {day}"
        return Words(RULE, f"{CHECK}: {because}") if past.block else Words(f"{RULE}: {because}")

    breach = np.where(loss == 0, PASS, BLOCK if past.block else WARN)
    return [Measured(None, loss, 0.0, np.where(context.bought, breach, ABSENT), words, by_trade=True)]
