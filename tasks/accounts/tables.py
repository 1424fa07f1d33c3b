"""What a run found of each account, as the columns that the warehouse keeps."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from quant.accounts import Accounts, Decisions
from quant.book.drift import Bands
from quant.checks import BLOCK, STATUSES
from quant.trading.costs import Estimates
from quant.trading.sales import Sales
from tasks.snapshot import costing
from tasks.snapshot.snapshot import Snapshot
from warehouse.accounts import Table

HOLD_ALL = frozenset({"data", "kill_switch"})
"""The checks that hold an account even when it has nothing to trade."""


@dataclass(frozen=True)
class Outcome:
    """What was decided for the accounts of a run; `costs` have an entry for each trade."""

    snapshot: Snapshot
    accounts: Accounts
    found: Decisions
    costs: Estimates
    sales: Sales | None


def tables(outcome: Outcome) -> dict[Table, pa.Table]:
    """The rows of every account, by table."""
    snapshot, accounts, found = outcome.snapshot, outcome.accounts, outcome.found
    trades = _trades(outcome)
    return {
        "accounts": _standing(accounts, found, trades),
        "account_drift": _drift(snapshot, accounts, found),
        "account_trades": trades,
        "account_checks": _checks(accounts, found),
        "account_construction": _constructions(accounts, found),
    }


def _named(codes: Any, names: Any) -> pa.Array:
    """Codes as the names that they stand for."""
    return pa.DictionaryArray.from_arrays(pa.array(np.asarray(codes, np.int32)), pa.array(names)).cast(
        pa.string()
    )


def _trades(outcome: Outcome) -> pa.Table:
    snapshot, accounts, found, costs = outcome.snapshot, outcome.accounts, outcome.found, outcome.costs
    book, rows = accounts.whole, found.trades
    size, buys = np.abs(rows.quantity), rows.quantity > 0
    price = (book.close * book.fx)[rows.symbol]
    limit = np.where(buys, found.buy[rows.symbol], found.sell[rows.symbol])
    before = found.actual[rows.account, rows.symbol]
    held = rows.held >= 0
    expires = [costing.expiry(snapshot, symbol).replace(tzinfo=None) for symbol in book.symbols]
    return pa.table(
        {
            "account": _named(rows.account, accounts.names),
            "symbol": _named(rows.symbol, book.symbols),
            "side": _named(buys, ("SELL", "BUY")),
            "quantity": size,
            "limit_price": limit,
            "notional": size * price,
            "weight_before": before,
            "weight_after": before + rows.quantity * price / found.value[rows.account],
            "trigger": _named(rows.trigger, found.triggers),
            "expires": pa.array(np.array(expires, "datetime64[us]")[rows.symbol]),
            "cost": size * np.abs(limit - book.close[rows.symbol]) * book.fx[rows.symbol],
            "status": _named(held, ("proposed", "held")),
            "held_by": _named(rows.held + 1, (None, *found.checks)),
            "commission": costs.commission,
            "spread": costs.spread,
            "impact": costs.impact,
            **_sales(len(held), outcome.sales),
        }
    )


def _sales(count: int, sales: Sales | None) -> dict[str, pa.Array]:
    """The columns `lots` and `tax` of so many trades, as those of a portfolio's own."""
    rows = [costing.sale_texts(None)] * count
    if sales is not None:
        for i, trade in enumerate(sales.trade.tolist()):
            rows[trade] = costing.sale_texts(sales.sale(i))
    lots, tax = ([row[place] for row in rows] for place in (0, 1))
    return {"lots": pa.array(lots, pa.string()), "tax": pa.array(tax, pa.string())}


def _checks(accounts: Accounts, found: Decisions) -> pa.Table:
    rows = found.findings
    return pa.table(
        {
            "account": _named(rows.account, accounts.names),
            "check": _named(rows.check, found.checks),
            "scope": _named(rows.scope, found.scopes),
            "value": rows.value,
            "limit": rows.limit,
            "status": _named(rows.status, STATUSES),
        }
    )


def _drift(snapshot: Snapshot, accounts: Accounts, found: Decisions) -> pa.Table:
    """One row for each symbol that an account holds or should hold, and each of their classes."""
    bands = Bands(accounts.whole, snapshot.portfolio.rebalance)
    concerned = accounts.holdings.concerned
    classes = concerned @ accounts.holdings.membership > 0
    rows, keys = np.nonzero(np.hstack([concerned, classes]))
    symbols = len(accounts.whole.symbols)
    actual = found.actual[rows, keys]
    return pa.table(
        {
            "account": _named(rows, accounts.names),
            "level": _named(keys >= symbols, ("instrument", "asset_class")),
            "key": _named(keys, [name for _, name in bands.keys]),
            "target": bands.target[keys],
            "actual": actual,
            "drift": actual - bands.target[keys],
            "band": bands.band[keys],
            "breached": found.breached[rows, keys],
        }
    )


def _standing(accounts: Accounts, found: Decisions, trades: pa.Table) -> pa.Table:
    """One row for each account: its value, its turnover by what may be done, and what its trades came to."""
    rows, count = found.trades, len(accounts.names)
    held = rows.held >= 0
    traded = np.bincount(rows.account[~held], trades["notional"].to_numpy()[~held], count)
    proposals = np.bincount(rows.account[~held], minlength=count)
    holds = np.bincount(rows.account[held], minlength=count)
    checks = found.findings
    forbids = np.isin([found.checks[code] for code in range(len(found.checks))], [*HOLD_ALL])
    blocked = np.zeros(count, bool)
    blocked[checks.account[(checks.status == BLOCK) & forbids[checks.check]]] = True
    status = np.where(proposals > 0, np.where(holds > 0, 2, 3), np.where((holds > 0) | blocked, 1, 0))
    return pa.table(
        {
            "account": list(accounts.names),
            "value": found.value,
            "cash": accounts.cash,
            "turnover": traded / (2 * np.where(found.value > 0, found.value, np.nan)),
            "status": _named(status, ("no_action", "held", "partial", "recommended")),
        }
    )


def _constructions(accounts: Accounts, found: Decisions) -> pa.Table:
    """How the trades of each account were found, where the policy asks for the optimum; else no rows."""
    rows = [(place, one) for place, one in found.built.items() if one.method == "optimised"]
    text = pa.string()
    return pa.table(
        {"account": pa.array([accounts.names[place] for place, _ in rows], text)}
        | {
            name: pa.array([getattr(one, name) for _, one in rows], text)
            for name in ("method", "status", "conflict", "fallback")
        }
    )
