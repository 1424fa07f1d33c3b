"""Many accounts that follow one portfolio: decided in one pass, stored by account, and summed up."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from config.accounts import CASH, Holders
from quant.accounts import Accounts
from quant.accounts.decision import decide
from quant.accounts.lots import Lots, by_account
from quant.accounts.sales import costs_of, sales_of
from quant.book.holdings import Codes
from tasks.accounts.block_orders import blocks, constructed, volume_warnings, worst_checks
from tasks.accounts.tables import Outcome, tables
from tasks.context.context import Progress
from tasks.snapshot import decision_inputs
from tasks.snapshot.snapshot import Snapshot
from warehouse import accounts as stored
from warehouse.accounts import Table
from warehouse.database.database import Database
from warehouse.tables.decided import Decided


@dataclass(frozen=True)
class DecidedForAll:
    """What was decided for all accounts: the rows of each, and those of the whole portfolio."""

    tables: Mapping[Table, pa.Table]
    rows: Decided


def as_columns(holders: Holders) -> pa.Table:
    """The lots of all accounts as the warehouse keeps them."""
    names = ("symbol", "quantity", "cost_basis", "acquired")
    columns = {name: [getattr(lot, name) for lot in holders.lots] for name in names}
    types = {"cost_basis": pa.float64(), "acquired": pa.date32()}
    arrays = {name: pa.array(values, types.get(name)) for name, values in columns.items()}
    return pa.table({"account": list(holders.owners)} | arrays)


def of(db: Database, snapshot: Snapshot) -> Accounts | None:
    """The accounts of a run, from the holdings that the ledger keeps; None of a portfolio without any."""
    digest = snapshot.portfolio.accounts_digest
    return gathered(snapshot, stored.holdings(db, digest)) if digest else None


def gathered(snapshot: Snapshot, lots: pa.Table) -> Accounts:
    """The lots of all accounts as quantities of the book's symbols, and cash; with [tax] the lots too."""
    owners = lots["account"].combine_chunks().dictionary_encode()
    symbols = lots["symbol"].combine_chunks().dictionary_encode()
    place = {symbol: column for column, symbol in enumerate(snapshot.book.symbols)} | {
        CASH: len(snapshot.book.symbols)
    }
    columns = np.array([place[symbol] for symbol in symbols.dictionary.to_pylist()], np.int64)
    names = tuple(owners.dictionary.to_pylist())
    held = np.zeros((len(names), len(place)))
    account, symbol = owners.indices.to_numpy(), columns[symbols.indices.to_numpy()]
    np.add.at(held, (account, symbol), lots["quantity"].to_numpy())
    own = None if snapshot.portfolio.tax is None else _lots(snapshot, names, account, symbol, lots)
    return Accounts(names, snapshot.book, np.ascontiguousarray(held[:, :-1]), held[:, -1], own)


def _lots(snapshot: Snapshot, names: tuple[str, ...], account: Codes, symbol: Codes, lots: pa.Table) -> Lots:
    """The lots of all accounts at the session's rate; cash and what is empty are none."""
    quantity, book = lots["quantity"].to_numpy(), snapshot.book
    own = (symbol < len(book.symbols)) & (quantity > 0)
    acquired = lots["acquired"].to_numpy().astype("datetime64[D]")[own]
    basis = lots["cost_basis"].to_numpy()[own] * book.fx[symbol[own]]
    return by_account(names, account[own], book.symbols, symbol[own], acquired, quantity[own], basis)


def decided(snapshot: Snapshot, accounts: Accounts, progress: Progress = lambda *_: None) -> DecidedForAll:
    """The rows of a run with accounts. Depends on nothing but what the run knows."""
    inputs = decision_inputs.of(snapshot)
    terms, count = inputs.known_terms, len(accounts.names)
    found = decide(accounts, inputs, lambda done: progress("Deciding accounts", done, count))
    costs = costs_of(found.trades, accounts, terms)
    outcome = Outcome(snapshot, accounts, found, costs, sales_of(found.trades, accounts, terms))
    rows = tables(outcome)
    orders = blocks(outcome, terms, rows["account_trades"])
    checks = [*worst_checks(accounts, found), *volume_warnings(snapshot, orders)]
    return DecidedForAll(rows, Decided(orders, checks, constructed(accounts, found)))
