"""Asking the real yfinance client for what a local server has; and a made-up history for it to serve."""

from datetime import date

import pyarrow as pa

from tasks.context.patience import Patience
from tasks.sources import Request
from tasks.sources.yfinance import fetch

QUICK = Patience(first_wait=0.01, longest_wait=1.0, request=1.0, symbol=5.0, total=6.0)
END = date(2025, 1, 31)


def ask(yahoo, *symbols, start=date(2019, 12, 1), end=END, currency=None):
    currencies = dict.fromkeys(symbols, currency) if currency else {}
    return fetch(Request(symbols, start, end, yahoo.address, currencies=currencies, patience=QUICK))


def actions(delivery):
    return [(one["ex_date"], one["kind"], one["value"]) for one in delivery.actions.to_pylist()]


def table(*rows):
    """As-traded rows for the server: session, close, volume, then what else happened."""
    return pa.Table.from_pylist(
        [
            {"session": date.fromisoformat(day), "open": close, "high": close + 1, "low": close - 1}
            | {"close": close, "volume": volume, "split": None, "dividend": None, "capital_gain": None}
            | more
            for day, close, volume, more in rows
        ],
        pa.schema(
            [("session", pa.date32())]
            + [(name, pa.float64()) for name in ("open", "high", "low", "close", "volume")]
            + [(name, pa.float64()) for name in ("split", "dividend", "capital_gain")]
        ),
    )


SPLIT = table(
    ("2024-01-02", 400.0, 1000.0, {}),
    ("2024-01-03", 404.0, 1100.0, {"dividend": 2.0}),
    ("2024-01-04", 100.0, 4000.0, {"split": 4.0}),
    ("2024-01-05", 101.0, 4100.0, {"dividend": 0.5, "capital_gain": 1.5}),
    ("2024-01-08", 51.0, 9000.0, {"split": 2.0}),
)
