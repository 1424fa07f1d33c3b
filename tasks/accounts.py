"""Many accounts that follow one portfolio: decided in one pass, stored by account, and summed up."""

import difflib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from config.accounts import CASH, Holders
from config.calendars import Calendar
from quant import checks
from quant.accounts import BLOCK, PASS, STATUSES, TRIGGERS, Accounts, Decisions, Terms
from quant.accounts.decision import decide
from quant.accounts.market import Market
from quant.checks import max_adv
from quant.errors import InputError
from quant.panel import Floats
from quant.plugins import discover
from tasks import controls, triggers
from tasks.known import Known
from warehouse import accounts as stored
from warehouse.accounts import Table
from warehouse.connection import Database

HOLD_ALL = frozenset({"data", "kill_switch"})
"""The checks that hold an account even when it has nothing to trade."""
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Decided:
    """What was decided for all accounts: the rows of each, and those of the whole portfolio."""

    tables: Mapping[Table, pa.Table]
    trades: Rows
    checks: Rows


def as_columns(holders: Holders) -> pa.Table:
    """The lots of all accounts as the warehouse keeps them."""
    names = ("symbol", "quantity", "cost_basis", "acquired")
    columns = {name: [getattr(lot, name) for lot in holders.lots] for name in names}
    types = {"cost_basis": pa.float64(), "acquired": pa.date32()}
    arrays = {name: pa.array(values, types.get(name)) for name, values in columns.items()}
    return pa.table({"account": list(holders.owners)} | arrays)


def of(db: Database, scope: Known) -> Accounts | None:
    """The accounts of a run, from the holdings that the ledger keeps; None of a portfolio without any."""
    digest = scope.portfolio.accounts_digest
    return gathered(scope, stored.holdings(db, digest)) if digest else None


def gathered(scope: Known, lots: pa.Table) -> Accounts:
    """The lots of all accounts as quantities of the book's symbols, and cash."""
    owners = lots["account"].combine_chunks().dictionary_encode()
    symbols = lots["symbol"].combine_chunks().dictionary_encode()
    place = {symbol: column for column, symbol in enumerate(scope.book.symbols)} | {
        CASH: len(scope.book.symbols)
    }
    columns = np.array([place[symbol] for symbol in symbols.dictionary.to_pylist()], np.int64)
    names = tuple(owners.dictionary.to_pylist())
    held = np.zeros((len(names), len(place)))
    where = owners.indices.to_numpy(), columns[symbols.indices.to_numpy()]
    np.add.at(held, where, lots["quantity"].to_numpy())
    return Accounts(names, scope.book, np.ascontiguousarray(held[:, :-1]), held[:, -1])


def terms(scope: Known) -> Terms:
    """What binds every account of a run."""
    return Terms(
        policy=scope.portfolio.rebalance,
        limits=scope.portfolio.risk,
        calendar_due=triggers.is_due(scope),
        evidence=scope.evidence,
        kill_switch=scope.run.kill_switch,
        quarantined=scope.quarantined,
        unreconciled=scope.unreconciled,
        disputed=scope.disputed,
        unrated=scope.unrated,
        past=triggers.past(scope),
        controls=controls.of(scope.run),
    )


def decided(scope: Known, accounts: Accounts) -> Decided:
    """The rows of a run with accounts. Depends on nothing but what the run knows."""
    found = decide(accounts, terms(scope))
    trades = _trades(scope, accounts, found)
    checks = _checks(accounts, found)
    tables: dict[Table, pa.Table] = {
        "accounts": _standing(accounts, found, trades),
        "account_drift": _drift(scope, accounts, found),
        "account_trades": trades,
        "account_checks": checks,
    }
    blocks = _blocks(scope, accounts, found, trades)
    return Decided(tables, blocks, [*_worst(accounts, found), *_volume(scope, blocks)])


def _named(codes: Any, names: Any) -> pa.Array:
    """Codes as the names that they stand for."""
    return pa.DictionaryArray.from_arrays(pa.array(np.asarray(codes, np.int32)), pa.array(names)).cast(
        pa.string()
    )


def _trades(scope: Known, accounts: Accounts, found: Decisions) -> pa.Table:
    book, rows = accounts.whole, found.trades
    size, buys = np.abs(rows.quantity), rows.quantity > 0
    price = (book.close * book.fx)[rows.symbol]
    limit = np.where(buys, found.buy[rows.symbol], found.sell[rows.symbol])
    before = found.actual[rows.account, rows.symbol]
    held = rows.held >= 0
    expires = [_expiry(scope, symbol) for symbol in book.symbols]
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
            "trigger": _named(rows.trigger, TRIGGERS),
            "expires": pa.array(np.array(expires, "datetime64[us]")[rows.symbol]),
            "cost": size * np.abs(limit - book.close[rows.symbol]) * book.fx[rows.symbol],
            "status": _named(held, ("proposed", "held")),
            "held_by": _named(rows.held + 1, (None, *found.checks)),
        }
    )


def _expiry(scope: Known, symbol: str) -> datetime:
    return Calendar(scope.calendars[symbol]).next_close(scope.run.session).replace(tzinfo=None)


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


def _drift(scope: Known, accounts: Accounts, found: Decisions) -> pa.Table:
    """One row for each symbol that an account holds or should hold, and each of their classes."""
    market = Market(accounts.whole, scope.portfolio.rebalance)
    concerned = accounts.concerned()
    classes = concerned @ market.membership > 0
    rows, keys = np.nonzero(np.hstack([concerned, classes]))
    symbols = len(accounts.whole.symbols)
    actual = found.actual[rows, keys]
    return pa.table(
        {
            "account": _named(rows, accounts.names),
            "level": _named(keys >= symbols, ("instrument", "asset_class")),
            "key": _named(keys, (*accounts.whole.symbols, *market.classes)),
            "target": market.target[keys],
            "actual": actual,
            "drift": actual - market.target[keys],
            "band": market.band[keys],
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


def _blocks(scope: Known, accounts: Accounts, found: Decisions, trades: pa.Table) -> Rows:
    """The block orders: of each symbol, side and status the sum over accounts, sells first, in book order."""
    book, rows = accounts.whole, found.trades
    price = book.close * book.fx
    moved = np.bincount(rows.symbol, rows.quantity * price[rows.symbol], len(book.symbols)) / book.value
    blocks = []
    for side in (-1, 1):
        for symbol in range(len(book.symbols)):
            for held in (False, True):
                own = (rows.symbol == symbol) & (np.sign(rows.quantity) == side) & ((rows.held >= 0) == held)
                if own.any():
                    blocks.append(_block(scope, accounts, found, np.flatnonzero(own), trades, moved[symbol]))
    return blocks


def _block(
    scope: Known, accounts: Accounts, found: Decisions, own: Any, trades: pa.Table, moved: float
) -> dict[str, Any]:
    book, rows, first = accounts.whole, found.trades, own[0]
    symbol, held = int(rows.symbol[first]), bool(rows.held[first] >= 0)
    name, every = book.symbols[symbol], len(accounts.names)
    weight = float(book.weights[symbol])
    side = "BUY" if rows.quantity[first] > 0 else "SELL"
    causes = Counter(TRIGGERS[code] for code in rows.trigger[own]).most_common()
    reasons = Counter(found.checks[code] for code in rows.held[own]).most_common() if held else []

    def total(column: str) -> float:
        return float(trades[column].to_numpy()[own].sum())

    return {
        "symbol": name,
        "side": side,
        "quantity": total("quantity"),
        "limit_price": float(trades["limit_price"][int(first)].as_py()),
        "notional": total("notional"),
        "weight_before": weight,
        "weight_after": weight + float(moved),
        "trigger": causes[0][0],
        "rule": _counted(causes),
        "reason": f"{side.lower()} {name} in {len(own):,} of {every:,} accounts: {_counted(causes)}",
        "expires": _expiry(scope, name),
        "cost": total("cost"),
        "status": "held" if held else "proposed",
        "held_because": _counted(reasons) if held else None,
        "accounts": len(own),
    }


def _volume(scope: Known, blocks: Rows) -> Rows:
    """A warning for each block order that is too large for its market, though no account's part of it is."""
    limit = scope.portfolio.risk.max_adv
    if limit is None:
        return []
    volumes = dict(zip(scope.book.symbols, scope.evidence.average_volume.tolist(), strict=True))
    return [
        {
            "check": "max_adv",
            "scope": row["symbol"],
            "value": row["quantity"] / volumes[row["symbol"]],
            "limit": limit,
            "status": "warn",
            "rule": f"the {row['side']} orders of all accounts are at most {limit:.2%} of its volume",
            "reference": max_adv.REFERENCE,
        }
        for row in blocks
        if row["status"] == "proposed" and row["quantity"] > limit * volumes[row["symbol"]] > 0
    ]


def _counted(found: list[tuple[str, int]]) -> str:
    """E.g. "band in 812 accounts, funding in 3"."""
    first, *others = found
    return ", ".join([f"{first[0]} in {first[1]:,} accounts", *(f"{name} in {n:,}" for name, n in others)])


def _worst(accounts: Accounts, found: Decisions) -> Rows:
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
            {
                "check": check,
                "scope": "portfolio",
                "value": float(rows.value[first]),
                "limit": None if np.isnan(limit) else limit,
                "status": STATUSES[status],
                "rule": rule,
                "reference": discover(checks)[check].REFERENCE,
            }
        )
    return worst


def _excess(value: Floats, limit: Floats) -> Floats:
    """How far values are from their limit; what is not known comes last."""
    return np.nan_to_num(np.abs(value - np.nan_to_num(limit)), nan=-1.0)


def account_of(accounts: Accounts, name: str) -> int:
    """The place of an account.

    Raises:
        InputError: there is no such account.
    """
    if name not in accounts.names:
        near = difflib.get_close_matches(name, accounts.names, 1, cutoff=0.0)
        raise InputError(f"--account {name!r}: the run has no such account. Did you mean {near[0]!r}?")
    return accounts.names.index(name)
