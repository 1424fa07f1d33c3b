"""The lots of many accounts as columns, and what the sales of each account take of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from quant.market.panel import Floats
from quant.trading.lots import Lot

Codes = npt.NDArray[np.integer[Any]]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Lots:
    """One row a lot, those of each account side by side: `rows` says where.

    `symbol` is a place in `symbols`, `quantity` in shares, `cost_basis` per share, in the portfolio's
    currency.
    """

    symbols: tuple[str, ...]
    rows: Mapping[str, slice]
    symbol: Codes
    acquired: Days
    quantity: Floats
    cost_basis: Floats

    def of(self, account: str) -> tuple[Lot, ...]:
        """What one account holds, in the order in which it was told."""
        rows = self.rows[account]
        columns = (self.symbol, self.acquired, self.quantity, self.cost_basis)
        return tuple(
            Lot(self.symbols[symbol], acquired, quantity, cost_basis)
            for symbol, acquired, quantity, cost_basis in zip(
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
    ends = np.searchsorted(account[order], np.arange(len(names) + 1)).tolist()
    rows = {name: slice(*ends[place : place + 2]) for place, name in enumerate(names)}
    return Lots(symbols, rows, symbol[order], acquired[order], quantity[order], cost_basis[order])
