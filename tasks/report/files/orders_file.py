"""The file of a run's orders, in the layout that `ballast fills import` reads, fills still empty. Pure."""

import csv
import io
from collections.abc import Sequence

from config.fills import OPTIONAL, REQUIRED
from tasks.report.model import Report
from warehouse.tables.accounts import AccountTrade

COLUMNS = (*REQUIRED, *OPTIONAL)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula."""


def orders_file(report: Report, of_accounts: Sequence[AccountTrade] = ()) -> str:
    """A row for each proposed order with its quantity and limit; price and what else a fill has are empty.

    Where the portfolio has accounts, the rows are the orders `of_accounts`, each with its account.

    What the broker did is written into it, row by row, and rows without an execution are deleted: the import
    refuses a row without a price. No cell can become a formula: a symbol or run that begins like one has a
    space before it, which the import strips.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for one in of_accounts or report.trades:
        if one.status == "proposed":
            filled = {
                "run": report.run_id, "symbol": one.symbol, "side": one.side,
                "quantity": _plain(one.quantity), "limit_price": _plain(one.limit_price),
                "account": one.account if isinstance(one, AccountTrade) else "",
            }  # fmt: skip
            rows.writerow([_cell(filled.get(column, "")) for column in COLUMNS])
    return text.getvalue()


def _plain(number: float) -> str:
    """A number as the import reads it: no thousands, at most six decimals."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _cell(text: str) -> str:
    return f" {text}" if text.startswith(FORMULA) else text
