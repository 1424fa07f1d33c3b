"""The lots of many accounts as columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quant.book.holdings import Codes
from quant.market.panel import Floats
from quant.trading.lots import Days, Lot


@dataclass(frozen=True)
class Lots:
    """One row a lot, those of each account side by side, in the order in which they were read.

    `account` and `symbol` are places, the latter in `symbols`; the lots of account i are those from
    `first[i]` to `first[i + 1]`. `quantity` in shares, `cost_basis` per share, in the portfolio's currency.
    """

    symbols: tuple[str, ...]
    first: Codes
    account: Codes
    symbol: Codes
    acquired: Days
    quantity: Floats
    cost_basis: Floats

    def of(self, account: int) -> tuple[Lot, ...]:
        """What one account holds."""
        rows = slice(self.first[account], self.first[account + 1])
        columns = (self.symbol, self.acquired, self.quantity, self.cost_basis)
        return tuple(
            Lot(self.symbols[place], acquired, quantity, cost_basis)
            for place, acquired, quantity, cost_basis in zip(
                *(column[rows].tolist() for column in columns), strict=True
            )
        )


def by_account(
    names: Sequence[str],
    account: Codes,
    symbols: tuple[str, ...],
    symbol: Codes,
    acquired: Days,
    quantity: Floats,
    cost_basis: Floats,
) -> Lots:
    """Lots in any order of accounts, whose places in `names` are `account`."""
    order = np.argsort(account, kind="stable")
    owners = account[order]
    first = np.searchsorted(owners, np.arange(len(names) + 1))
    return Lots(symbols, first, owners, symbol[order], acquired[order], quantity[order], cost_basis[order])
