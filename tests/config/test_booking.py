"""Fills in a portfolio's own files: what changes, and that nothing else does."""

from datetime import date
from decimal import Decimal

import pytest

from config.booking import book
from config.lot_rows import Execution, Taken
from quant.errors import InputError
from quant.lots import UNTAXED
from quant.policy import Tax

DAY = date(2024, 7, 1)


def execution(side, quantity, price="10", cash="0", symbol="AAA"):
    return Execution(symbol, side, Decimal(quantity), Decimal(price), DAY, Decimal(cash))


def booked(folder, holdings, *executions, portfolio='holdings = "h.csv"\ncash = 1.0\n'):
    (folder / "p.toml").write_bytes(portfolio.encode())
    (folder / "h.csv").write_bytes(holdings.encode())
    texts = book(folder / "p.toml", folder / "h.csv", UNTAXED, executions).texts
    return texts[folder / "p.toml"], texts[folder / "h.csv"]


@pytest.mark.parametrize(
    ("holdings", "trade", "after"),
    [
        ("symbol,quantity\nAAA,5\n", execution("BUY", "2.5"), "symbol,quantity\nAAA,7.5\n"),
        ("symbol,quantity\nBBB,5\n", execution("BUY", "2"), "symbol,quantity\nBBB,5\nAAA,2\n"),
        ("symbol,quantity\nAAA,5\nB,1\n", execution("SELL", "5"), "symbol,quantity\nB,1\n"),
        ("quantity , symbol\r\n5.0,AAA\r\n", execution("SELL", "2"), "quantity , symbol\r\n3,AAA\r\n"),
        (  # (5 x 4 + 5 x 10) / 10
            "symbol,quantity,cost_basis\nAAA,5,4\n",
            execution("BUY", "5"),
            "symbol,quantity,cost_basis\nAAA,10,7\n",
        ),
        (  # what half of them cost is not known
            "symbol,quantity,cost_basis\nAAA,5,\n",
            execution("BUY", "5"),
            "symbol,quantity,cost_basis\nAAA,10,\n",
        ),
        (
            "symbol,quantity,cost_basis,acquired\nAAA,5,4,2020-01-02\n",
            execution("BUY", "5"),
            "symbol,quantity,cost_basis,acquired\nAAA,5,4,2020-01-02\nAAA,5,10,2024-07-01\n",
        ),
        (  # the undated first, then the oldest
            "symbol,quantity,acquired\nAAA,5,2021-01-04\nAAA,5,2020-01-02\nAAA,1,\n",
            execution("SELL", "7"),
            "symbol,quantity,acquired\nAAA,4,2021-01-04\n",
        ),
    ],
)
def test_lots(tmp_path, holdings, trade, after):
    assert booked(tmp_path, holdings, trade)[1] == after


@pytest.mark.parametrize(
    ("method", "first", "second"),
    [
        ("fifo", "2020-01-06", "2023-03-01"),
        ("lifo", "2024-05-02", "2023-03-01"),
        ("hifo", "2023-03-01", "2024-05-02"),
        ("minimum_tax", "2023-03-01", "2024-05-02"),
    ],
)
def test_a_sale_takes_lots_by_the_method_of_tax(tmp_path, method, first, second):
    """The table of docs/construction.md: 15 of three lots of 10, at 100."""
    costs = {"2020-01-06": "60", "2023-03-01": "120", "2024-05-02": "90"}
    rows = "".join(f"AAA,10,{cost},{day}\n" for day, cost in costs.items())
    (tmp_path / "p.toml").write_text('holdings = "h.csv"\n')
    (tmp_path / "h.csv").write_text("symbol,quantity,cost_basis,acquired\n" + rows)
    tax = Tax(method=method, short_rate=0.4, long_rate=0.2)
    sale = execution("SELL", "15", price="100")
    done = book(tmp_path / "p.toml", tmp_path / "h.csv", tax, [sale])
    assert done.lots == (
        (
            Taken(date.fromisoformat(first), Decimal(10), Decimal(costs[first])),
            Taken(date.fromisoformat(second), Decimal(5), Decimal(costs[second])),
        ),
    )
    assert first not in done.texts[tmp_path / "h.csv"]
    assert f"AAA,5,{costs[second]},{second}\n" in done.texts[tmp_path / "h.csv"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('holdings = "h.csv"\ncash = 12_500.0 # mine\n', 'holdings = "h.csv"\ncash = 12499.7 # mine\n'),
        ('holdings = "h.csv"\r\ncash=0\r\n[risk]\r\n', 'holdings = "h.csv"\r\ncash=-0.3\r\n[risk]\r\n'),
        ('# none\nholdings = "h.csv"\n', '# none\ncash = -0.3\nholdings = "h.csv"\n'),
        (
            'holdings = "h.csv"\n[[target]]\ncash = 3\n',
            'cash = -0.3\nholdings = "h.csv"\n[[target]]\ncash = 3\n',
        ),
    ],
)
def test_cash_and_nothing_else(tmp_path, before, after):
    trades = [execution("BUY", "1", cash="-0.1"), execution("BUY", "1", cash="-0.2")]
    assert booked(tmp_path, "symbol,quantity\n", *trades, portfolio=before)[0] == after


def test_cash_that_has_no_line_of_its_own_is_refused(tmp_path):
    portfolio = '"cash" = 1.0\nholdings = "h.csv"\n'
    with pytest.raises(InputError, match=r"the cash cannot be written.* cash = 2\.0"):
        booked(tmp_path, "symbol,quantity\nAAA,1\n", execution("SELL", "1", cash="1"), portfolio=portfolio)
