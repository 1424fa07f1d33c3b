"""Fills in a portfolio's own files: what changes, and that nothing else does."""

import csv
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.booking import book, take_back
from config.lot_rows import Execution, Parcel
from config.portfolio import Portfolio
from quant.errors import InputError
from quant.policy.policy import Target, Tax

DAY = date(2024, 7, 1)
TARGET = Target(symbol="AAA", asset_class="equity", weight=1.0)
PORTFOLIO = Portfolio(name="p", holdings="h.csv", target=(TARGET,))


def execution(side, quantity, price="10", cash="0", symbol="AAA"):
    return Execution(symbol, side, Decimal(quantity), Decimal(price), DAY, Decimal(cash))


def booked(folder, holdings, *executions, portfolio='holdings = "h.csv"\ncash = 1.0\n'):
    (folder / "p.toml").write_bytes(portfolio.encode())
    (folder / "h.csv").write_bytes(holdings.encode())
    texts = book(folder / "p.toml", PORTFOLIO, executions).texts
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


def test_a_first_purchase_with_tax_brings_the_columns_that_tax_needs(tmp_path):
    (tmp_path / "p.toml").write_text('holdings = "h.csv"\ncash = 1.0\n')
    (tmp_path / "h.csv").write_text("symbol,quantity\n")
    taxed = PORTFOLIO.model_copy(update={"tax": Tax(short_rate=0.37, long_rate=0.2)})
    texts = book(tmp_path / "p.toml", taxed, [execution("BUY", "5")]).texts
    assert texts[tmp_path / "h.csv"] == "symbol,quantity,cost_basis,acquired\nAAA,5,10,2024-07-01\n"


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
    done = book(tmp_path / "p.toml", PORTFOLIO.model_copy(update={"tax": tax}), [sale])
    assert done.outcomes[0].lots == (
        Parcel(date.fromisoformat(first), Decimal(10), Decimal(costs[first])),
        Parcel(date.fromisoformat(second), Decimal(5), Decimal(costs[second])),
    )
    assert first not in done.texts[tmp_path / "h.csv"]
    assert f"AAA,5,{costs[second]},{second}\n" in done.texts[tmp_path / "h.csv"]


@pytest.mark.parametrize(("hours", "sold"), [((15, 10), "2020-01-02"), ((15, None), "2024-07-01")])
def test_fills_of_a_day_are_booked_by_their_time_where_all_tell_it(tmp_path, hours, sold):
    """A broker's file has the newest first: the purchase at 15:00, then the sale at 10:00, by LIFO."""
    folder_of(tmp_path, "symbol,quantity,cost_basis,acquired\nAAA,5,4,2020-01-02\n")
    at = [hour and datetime(2024, 7, 1, hour, tzinfo=UTC) for hour in hours]
    told = zip((execution("BUY", "5"), execution("SELL", "5")), at, strict=True)
    tax = Tax(method="lifo", short_rate=0.4, long_rate=0.2)
    portfolio = PORTFOLIO.model_copy(update={"tax": tax})
    done = book(tmp_path / "p.toml", portfolio, [replace(one, moment=moment) for one, moment in told])
    assert [lot.acquired.isoformat() for lot in done.outcomes[1].lots] == [sold]


def test_a_sale_that_is_told_late_leaves_what_was_bought_after_it(tmp_path):
    """Unless nothing else is left: by LIFO and HIFO the lot of the day after would go first."""
    holdings = "symbol,quantity,cost_basis,acquired\nAAA,5,4,2020-01-02\nAAA,5,12,2024-07-02\n"
    (tmp_path / "p.toml").write_text('holdings = "h.csv"\n')
    (tmp_path / "h.csv").write_text(holdings)
    for method in ("lifo", "hifo"):
        tax = Tax(method=method, short_rate=0.4, long_rate=0.2)
        portfolio = PORTFOLIO.model_copy(update={"tax": tax})
        done = book(tmp_path / "p.toml", portfolio, [execution("SELL", "7")])
        assert [(lot.acquired.year, lot.quantity) for lot in done.outcomes[0].lots] == [(2020, 5), (2024, 2)]


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


def folder_of(tmp_path, holdings):
    (tmp_path / "p.toml").write_text('holdings = "h.csv"\ncash = 1.0\n')
    (tmp_path / "h.csv").write_text(holdings)
    return tmp_path / "p.toml"


def write(texts):
    for path, text in texts.items():
        path.write_text(text)


def lots_of(folder):
    """The holdings as a person counts them: every cell as a number, whatever the order of rows."""
    rows = csv.DictReader((folder / "h.csv").read_text().splitlines())
    return sorted(
        (row["symbol"], row.get("acquired", ""), Decimal(row["quantity"]), row.get("cost_basis", ""))
        for row in rows
    )


DAYS = [date(2024, 7, 1), date(2024, 7, 2)]
TRADES = st.builds(
    Execution,
    symbol=st.sampled_from(["AAA", "BBB"]),
    side=st.sampled_from(["BUY", "SELL"]),
    quantity=st.integers(1, 60).map(Decimal),
    price=st.decimals("1", "99", places=4),
    day=st.sampled_from(DAYS),
    cash=st.decimals("-999", "999", places=6),
)
HELD = [
    "symbol,quantity\nAAA,40\nBBB,5.5\n",
    "symbol,quantity,cost_basis\nAAA,40,12.345678\nBBB,5.5,\n",
    "symbol,quantity,cost_basis,acquired\nAAA,30,7.1,2020-01-02\nAAA,9,99,2024-07-01\nAAA,1,,\n",
]


def test_one_share_is_still_there_when_a_large_lot_has_left_its_mean(tmp_path):
    file = folder_of(tmp_path, HELD[-1])
    before, one, many = lots_of(tmp_path), execution("BUY", "1"), execution("BUY", "100000", "10.99996")
    write(book(file, PORTFOLIO, [one, many]).texts)
    for leaves in (many, one):
        write(take_back(file, PORTFOLIO, leaves, ()))
    assert lots_of(tmp_path) == before


@settings(max_examples=30)
@given(trades=st.lists(TRADES, min_size=1, max_size=6), order=st.randoms(), held=st.sampled_from(HELD))
def test_what_was_booked_can_be_taken_back_in_any_order(tmp_path_factory, trades, order, held):
    """Where a later fill has sold what an earlier one bought, the later one is taken back first."""
    folder = tmp_path_factory.mktemp("books")
    file = folder_of(folder, held)
    before, done = lots_of(folder), []
    for one in trades:
        with suppress(InputError):
            booked = book(file, PORTFOLIO, [one])
            write(booked.texts)
            done.append((one, booked.outcomes[0].lots))
    order.shuffle(done)
    while done:
        left = []
        for one, lots in done:
            try:
                write(take_back(file, PORTFOLIO, one, lots))
            except InputError:
                left.append((one, lots))
        assert len(left) < len(done)
        done = left
    assert lots_of(folder) == before
    assert file.read_text() == 'holdings = "h.csv"\ncash = 1.0\n'


def test_a_purchase_whose_cost_has_gone_with_a_later_sale_waits_for_that(tmp_path):
    """1 share at 1 joins 40 at 12.345678; of the 41 one is left, at the mean cost."""
    held = "symbol,quantity,cost_basis\nAAA,40,12.345678\n"
    file = folder_of(tmp_path, held)
    purchase, sale = execution("BUY", "1", price="1"), execution("SELL", "40", price="20")
    booked = book(file, PORTFOLIO, [purchase, sale])
    write(booked.texts)
    with pytest.raises(InputError, match=r"h\.csv has another cost for these shares\. Cancel the later"):
        take_back(file, PORTFOLIO, purchase, ())
    write(take_back(file, PORTFOLIO, sale, booked.outcomes[1].lots))
    write(take_back(file, PORTFOLIO, purchase, ()))
    assert (tmp_path / "h.csv").read_text() == held
