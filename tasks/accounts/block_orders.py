"""What the accounts of a run come to together: block orders, the worst findings, how optima came out."""

from collections import Counter
from collections.abc import Sequence
from math import fsum
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from quant import checks
from quant.accounts import Accounts, Decisions
from quant.book.book import Side
from quant.checks import PASS, STATUSES, Status, max_adv
from quant.market.panel import Floats
from quant.plugins import discover
from quant.trading.costs import estimates
from quant.trading.sales import Sales
from quant.trading.trading_terms import TradingTerms
from tasks.accounts.tables import Outcome
from tasks.snapshot.costing import expiry, known
from tasks.snapshot.snapshot import Snapshot
from warehouse.tables.found import CheckRow, Construction, Costs, Tax, Trade

Places = npt.NDArray[np.intp]
SEVERITY = ("idle", "done", "optimal", "unknown", "infeasible", "failed")
"""The statuses of a construction, the worst last."""


def blocks(outcome: Outcome, trading: TradingTerms, trades: pa.Table) -> list[Trade]:
    """The block orders: of each symbol, side and status the sum over accounts, sells first, in book order.

    `trades` are the rows of all accounts.
    """
    book, rows = outcome.accounts.whole, outcome.found.trades
    price = book.close * book.fx
    moved = np.bincount(rows.symbol, rows.quantity * price[rows.symbol], len(book.symbols)) / book.value
    found = []
    for side in (-1, 1):
        for symbol in range(len(book.symbols)):
            for held in (False, True):
                own = (rows.symbol == symbol) & (np.sign(rows.quantity) == side) & ((rows.held >= 0) == held)
                if own.any():
                    found.append(_block(outcome, trading, np.flatnonzero(own), trades, moved[symbol]))
    return found


def _block(outcome: Outcome, trading: TradingTerms, own: Places, trades: pa.Table, moved: float) -> Trade:
    accounts, found = outcome.accounts, outcome.found
    book, rows, first = accounts.whole, found.trades, own[0]
    symbol, held = int(rows.symbol[first]), bool(rows.held[first] >= 0)
    name, every = book.symbols[symbol], len(accounts.names)
    weight = float(book.weights[symbol])
    side: Side = "BUY" if rows.quantity[first] > 0 else "SELL"
    causes = Counter(found.triggers[code] for code in rows.trigger[own]).most_common()
    reasons = Counter(found.checks[code] for code in rows.held[own]).most_common() if held else []

    def total(column: str) -> float:
        return float(trades[column].to_numpy()[own].sum())

    return Trade(
        symbol=name,
        side=side,
        quantity=total("quantity"),
        limit_price=float(trades["limit_price"][int(first)].as_py()),
        notional=total("notional"),
        weight_before=weight,
        weight_after=weight + float(moved),
        trigger=causes[0][0],
        rule=_counted(causes),
        reason=f"{side.lower()} {name} in {len(own):,} of {every:,} accounts: {_counted(causes)}",
        expires=expiry(outcome.snapshot, name),
        cost=total("cost"),
        status="held" if held else "proposed",
        held_because=_counted(reasons) if held else None,
        accounts=len(own),
        costs=_costs(outcome, trading, own, symbol),
        tax=_tax(outcome.sales, own),
    )


def _costs(outcome: Outcome, trading: TradingTerms, own: Places, symbol: int) -> Costs:
    """Commissions and spreads are the sums over accounts; the impact is that of the block as one order.

    The market sees all of it in one session: by the square-root law that moves the price by more than the
    orders would, each on a day of its own.
    """
    size = np.abs(outcome.found.trades.quantity[own]).sum(keepdims=True)
    market = (column[[symbol]] for column in (trading.half_spread, trading.volatility, trading.volume))
    price = outcome.accounts.whole.price[symbol]
    return Costs(
        commission=float(outcome.costs.commission[own].sum()),
        spread=float(outcome.costs.spread[own].sum()),
        impact=known(float(estimates(size, size * price, trading.costs, *market).impact[0])),
    )


def _tax(sales: Sales | None, own: Places) -> Tax | None:
    """The sums over the sales among some trades, of all accounts; None where nothing is taxed."""
    rows = np.zeros(0, int) if sales is None else np.flatnonzero(np.isin(sales.trade, own))
    if sales is None or not len(rows):
        return None
    parts = (sales.short_gain, sales.long_gain, sales.disallowed, sales.tax)
    short, long, disallowed, tax = (fsum(part[rows].tolist()) for part in parts)
    return Tax(short, long, disallowed, tax, str(sales.wash_until) if sales.losing[rows].any() else None)


def constructed(accounts: Accounts, found: Decisions) -> list[Construction]:
    """How the optima of all accounts came out, as one row; none where no account was asked for one.

    The status is the worst of any account; `conflict` counts each, with the words for its first account.
    """
    built = {row: one for row, one in found.built.items() if one.method == "optimised"}
    if not built:
        return []
    first = {one.status: (row, one) for row, one in reversed(built.items())}
    count = Counter(one.status for one in built.values())
    worst = max(first, key=SEVERITY.index)
    failed = [
        f"{status} in {count[status]:,} of {len(accounts.names):,} accounts "
        f"(in {accounts.names[row]}: {one.conflict})"
        for status, (row, one) in sorted(first.items())
        if one.fallback
    ]
    fallback = next((one.fallback for _, one in first.values() if one.fallback), None)
    return [Construction("optimised", worst, "; ".join(failed) or None, fallback)]


def volume_warnings(snapshot: Snapshot, orders: Sequence[Trade]) -> list[CheckRow]:
    """A warning for each block order that is too large for its market, though no account's part of it is."""
    limit = snapshot.portfolio.risk.max_adv
    if limit is None:
        return []
    volumes = dict(zip(snapshot.book.symbols, snapshot.evidence.average_volume.tolist(), strict=True))
    return [
        CheckRow(
            check="max_adv",
            scope=row.symbol,
            value=row.quantity / volumes[row.symbol],
            limit=limit,
            status="warn",
            rule=f"the {row.side} orders of all accounts are at most {limit:.2%} of its volume",
            reference=max_adv.REFERENCE,
        )
        for row in orders
        if row.status == "proposed" and row.quantity > limit * volumes[row.symbol] > 0
    ]


def _counted(found: list[tuple[str, int]]) -> str:
    """E.g. "band in 812 accounts, funding in 3"."""
    first, *others = found
    return ", ".join([f"{first[0]} in {first[1]:,} accounts", *(f"{name} in {n:,}" for name, n in others)])


def worst_checks(accounts: Accounts, found: Decisions) -> list[CheckRow]:
    """Of each check the worst finding of any account, as a finding of the whole."""
    rows, worst = found.findings, []
    for code, check in enumerate(found.checks):
        own = np.flatnonzero(rows.check == code)
        if not len(own):
            continue
        status = int(rows.status[own].max())
        those = own[rows.status[own] == status]
        away = _excess(rows.value[those], rows.limit[those])
        first = those[np.argmin(away) if status == PASS else np.argmax(away)]
        count = len(np.unique(rows.account[those]))
        scope = found.scopes[rows.scope[first]]
        where = "" if scope == "portfolio" else f", {scope}"
        rule = (
            f"{STATUSES[status]} in {count:,} of {len(accounts.names):,} accounts; "
            f"the value is that of {accounts.names[rows.account[first]]}{where}"
        )
        limit = float(rows.limit[first])
        worst.append(
            CheckRow(
                check=check,
                scope="portfolio",
                value=float(rows.value[first]),
                limit=None if np.isnan(limit) else limit,
                status=cast("Status", STATUSES[status]),
                rule=rule,
                reference=discover(checks)[check].REFERENCE,
            )
        )
    return worst


def _excess(value: Floats, limit: Floats) -> Floats:
    """How far values are from their limit; what is not known comes last."""
    return np.nan_to_num(np.abs(value - np.nan_to_num(limit)), nan=-1.0)
