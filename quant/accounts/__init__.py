"""Many accounts that follow one portfolio: what each holds, what binds all of them, and what was decided.

`decide` (quant/accounts/decision.py) finds for all accounts in one pass what `quant.decide.decide` finds for
each alone; the book of its inputs is `Accounts.whole`. Arrays have the shape (accounts, symbols) unless they
say otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from quant.accounts.lots import Lots
from quant.book.book import Book
from quant.book.holdings import Codes, Holdings, Mask
from quant.market.panel import Floats
from quant.rebalance.construction import Construction


@dataclass(frozen=True)
class Accounts:
    """What every account holds of the symbols of `whole`, the book that is their sum.

    `quantity` in shares, `cash`, shape (accounts,), in the portfolio's currency; prices, targets and bands
    are those of `whole`. `lots`, whose sums the quantities are, are None where the portfolio states no tax.
    """

    names: tuple[str, ...]
    whole: Book
    quantity: Floats
    cash: Floats
    lots: Lots | None = None

    @property
    def holdings(self) -> Holdings:
        """Quantities and cash as rows."""
        return Holdings(self.whole, self.quantity, self.cash)

    def alone(self, row: int) -> Book:
        """One account's own book: the symbols that it holds or should hold."""
        own = np.flatnonzero((self.quantity[row] != 0) | (self.whole.target != 0))
        whole = self.whole
        return replace(
            whole,
            symbols=tuple(whole.symbols[i] for i in own),
            asset_classes=tuple(whole.asset_classes[i] for i in own),
            quantity=self.quantity[row, own],
            close=whole.close[own],
            target=whole.target[own],
            cash=float(self.cash[row]),
            fx=whole.fx[own],
        )


@dataclass(frozen=True)
class Trades:
    """Trades as columns, by account, sells first, then in book order.

    `account` and `symbol` are places in `Accounts.names` and the book's symbols; `quantity` is signed, in
    shares; `trigger` a place in `Decisions.triggers`; `held` that in `Decisions.checks` of the check that
    holds it, -1 where none does.
    """

    account: Codes
    symbol: Codes
    quantity: Floats
    trigger: Codes
    held: Codes


@dataclass(frozen=True)
class Findings:
    """Findings as columns: all that did not pass; of a check that passed everywhere the nearest to its limit.

    `check` is a place in `Decisions.checks`, `scope` in `Decisions.scopes`, `status` in
    `quant.checks.STATUSES`.
    """

    account: Codes
    check: Codes
    scope: Codes
    value: Floats
    limit: Floats
    status: Codes


@dataclass(frozen=True)
class Decisions:
    """What was decided for every account.

    `value` (accounts,) in the portfolio's currency; `actual` and `breached` (accounts, keys): the weights of
    the symbols and then of the classes in order of appearance, NaN without a value. `buy` and `sell` are the
    limit prices of each symbol in its own unit. `built` says of each account that was decided alone, by its
    place, how its trades were found, and leaves out the trades.
    """

    value: Floats
    actual: Floats
    breached: Mask
    buy: Floats
    sell: Floats
    trades: Trades
    findings: Findings
    checks: tuple[str, ...]
    scopes: tuple[str, ...]
    triggers: tuple[str, ...]
    built: Mapping[int, Construction]
