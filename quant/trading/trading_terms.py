"""What the trades of a portfolio cost and may do, beside its policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from quant.book.holdings import Places
from quant.market.panel import Floats
from quant.policy.definitions import NEWEST, Definitions
from quant.policy.policy import Costs, Tax
from quant.trading.costs import commissions
from quant.trading.lots import Columns, Lot
from quant.trading.sales import Asked, Sale, sell_all


@dataclass(frozen=True)
class TradingTerms:
    """Arrays are aligned with the book's symbols; NaN where a number is not known.

    `half_spread` in basis points, `volatility` a day as a fraction, `volume` the average daily one in shares;
    `returns`, shape (sessions, symbols), simple total ones in the portfolio's currency. `lots` are empty
    and `tax` None where the portfolio states no tax; `day` is the first on which the orders can be done;
    `definitions` are what is computed with.
    """

    costs: Costs
    half_spread: Floats
    volatility: Floats
    volume: Floats
    returns: Floats
    lots: tuple[Lot, ...]
    tax: Tax | None
    day: date
    max_weight: float | None
    definitions: Definitions = NEWEST

    def sale(self, lots: Sequence[Lot], quantity: float, price: float) -> Sale:
        """The estimated sale of `quantity` shares out of `lots`, of one symbol, less its commission.

        `price` is in the portfolio's currency. Only where the portfolio states taxes.
        """
        asked = self.asked(np.zeros(1, int), np.array([quantity]), np.array([price]))
        return sell_all(asked, np.zeros(len(lots), int), Columns.of(lots)).sale(0)

    def asked(self, trade: Places, size: Floats, price: Floats) -> Asked:
        """Sales of `size` shares each, as `sale` has them; `trade` are their places among the trades."""
        assert self.tax is not None
        if self.definitions.of("taxes") < 2:
            return Asked(trade, size, price, self.day, self.tax, in_order_sold=True)
        paid = commissions(size, size * price, self.costs)
        return Asked(trade, size, price - paid / size, self.day, self.tax)

    @cached_property
    def lots_of(self) -> Mapping[str, list[Lot]]:
        """The lots by symbol."""
        found: dict[str, list[Lot]] = {}
        for lot in self.lots:
            found.setdefault(lot.symbol, []).append(lot)
        return found
