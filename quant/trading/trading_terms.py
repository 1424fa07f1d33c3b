"""What the trades of a portfolio cost and may do, beside its policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from quant.market.panel import Floats
from quant.policy.definitions import NEWEST, Definitions
from quant.policy.policy import Costs, Tax
from quant.trading.costs import commissions
from quant.trading.lots import Lot, Sale, sell


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
        assert self.tax is not None
        if self.definitions.of("taxes") < 2:
            return sell(lots, quantity, price, self.day, self.tax, in_order_sold=True)
        paid = commissions(np.array([quantity]), np.array([quantity * price]), self.costs)
        return sell(lots, quantity, price - float(paid[0]) / quantity, self.day, self.tax)

    @cached_property
    def lots_of(self) -> Mapping[str, list[Lot]]:
        """The lots by symbol."""
        found: dict[str, list[Lot]] = {}
        for lot in self.lots:
            found.setdefault(lot.symbol, []).append(lot)
        return found
