"""Losses in the cost of what replaces the shares, by published examples; what holds for every history."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.booking import book, take_back
from config.lot_rows import Execution
from config.portfolio import Portfolio
from config.replaced import History
from quant.errors import InputError
from quant.policy.policy import Target, Tax
from tests.config.test_booking import folder_of, lots_of, write

HEAD = "symbol,quantity,cost_basis,acquired\n"
TAX = Tax(short_rate=0.4, long_rate=0.2)
START = date(2024, 1, 2)


def portfolio(tax=TAX):
    return Portfolio(
        name="p", holdings="h.csv", target=(Target(symbol="AAA", asset_class="equity", weight=1.0),), tax=tax
    )


class Books:
    """A portfolio whose fills are booked one import after the other, as the ledger would know them."""

    def __init__(self, folder: Path, holdings: str = "", tax: Tax = TAX) -> None:
        self.folder, self.portfolio = folder, portfolio(tax)
        self.file = folder_of(folder, HEAD + holdings)
        self.past = {(None, "AAA"): History()}
        self.done = []

    def fill(self, side, quantity, price, day, commission="0"):
        return self.fills((side, quantity, price, day, commission))[0]

    def fills(self, *rows):
        """One import; what each did."""
        first = len(self.done)
        executions = [
            Execution(
                "AAA", side, Decimal(quantity), Decimal(price), day, Decimal(), None, Decimal(paid),
                ("r", "", str(first + place)),
            )
            for place, (side, quantity, price, day, paid) in enumerate(rows)
        ]  # fmt: skip
        booked = book(self.file, self.portfolio, executions, self.past)
        write(booked.texts)
        self.done += zip(executions, booked.outcomes, strict=True)
        return booked.outcomes

    def cancel(self, place):
        """As `ballast fills cancel`: the shares that replace others get their own cost and date back."""
        one, outcome = self.done[place]
        standing = {sale.fill for sale, _ in self.done}
        links = [link for _, other in self.done for link in other.replaced if link.sale in standing]
        own = [
            link
            for link in links
            if (link.sale == one.fill if one.side == "SELL" else link in outcome.replaced)
        ]
        write(take_back(self.file, self.portfolio, one, outcome.lots, own))
        del self.done[place]

    def basis(self):
        return sum(row[2] * Decimal(row[3]) for row in lots_of(self.folder))

    def recognised(self):
        """Gains with what is disallowed taken out, and the cash that moved."""
        gain = flow = Decimal()
        for one, outcome in self.done:
            flow += one.quantity * one.net * (1 if one.side == "SELL" else -1)
            gain += sum(lot.quantity * (one.net - lot.cost_basis) for lot in outcome.lots)
            gain += sum(lot.quantity * lot.loss for lot in outcome.replaced)
        return gain, flow


def test_publication_550_the_loss_is_in_the_basis_of_what_is_bought_after_the_sale(tmp_path):
    """100 bought for 1,000 are sold for 750 and 100 bought within 30 days for 800: their basis is 1,050."""
    books = Books(tmp_path, "AAA,100,10,2024-01-02\n")
    books.fill("SELL", 100, "7.5", date(2024, 3, 1))
    books.fill("BUY", 100, "8", date(2024, 3, 20))
    # 59 days were held, and count before the purchase
    assert lots_of(tmp_path) == [("AAA", "2024-01-21", Decimal(100), "10.5")]
    assert date(2024, 3, 20) - date(2024, 1, 21) == date(2024, 3, 1) - date(2024, 1, 2)
    sale = books.fill("SELL", 100, "12", date(2025, 1, 22)).lots[0]
    assert (sale.cost_basis, sale.acquired) == (Decimal("10.5"), date(2024, 1, 21))


@pytest.mark.parametrize(("price", "basis"), [("90", "110"), ("70", "90")])
def test_the_examples_of_reg_1_1091_2(tmp_path, price, basis):
    """A share bought for 100 is sold for 80, and one is bought 17 days later."""
    books = Books(tmp_path, "AAA,1,100,1945-03-01\n")
    books.fill("SELL", 1, "80", date(1955, 1, 15))
    books.fill("BUY", 1, price, date(1955, 2, 1))
    assert [row[3] for row in lots_of(tmp_path)] == [basis]


def test_example_2_of_reg_1_1091_1_shares_bought_before_the_sale(tmp_path):
    """100 for 5,000, then 50 for 2,750 and 25 for 1,125; the 100 are sold for 4,000: 3,250 and 1,375."""
    books = Books(tmp_path, "AAA,100,50,1954-09-21\nAAA,50,55,1954-12-21\nAAA,25,45,1954-12-27\n")
    sale = books.fill("SELL", 100, "40", date(1955, 1, 3))
    assert [(one.quantity, one.loss) for one in sale.replaced] == [(50, 10), (25, 10)]
    assert [(row[2], row[2] * Decimal(row[3])) for row in lots_of(tmp_path)] == [(50, 3250), (25, 1375)]


def test_example_3_of_reg_1_1091_1_more_bought_than_sold(tmp_path):
    books = Books(tmp_path, "AAA,100,50,1954-09-15\n")
    books.fill("SELL", 100, "40", date(1956, 2, 1))
    for day in (15, 16, 17, 18):
        books.fill("BUY", 50, "40", date(1956, 2, day))
    held = date(1956, 2, 1) - date(1954, 9, 15)
    assert [(row[1], row[3]) for row in lots_of(tmp_path)] == [
        (str(date(1956, 2, 15) - held), "50"),
        (str(date(1956, 2, 16) - held), "50"),
        ("1956-02-17", "40"),
        ("1956-02-18", "40"),
    ]


def test_a_partial_replacement_disallows_the_earliest_acquired_of_the_day_first(tmp_path):
    """Highest cost first sells the newer lot; two fills of the day count together."""
    held = "AAA,50,30,2023-06-01\nAAA,50,20,2022-06-01\n"
    books = Books(tmp_path, held, Tax(method="hifo", short_rate=0.4, long_rate=0.2))
    day = date(2024, 3, 1)
    books.fills(("SELL", 50, "10", day, "0"), ("SELL", 50, "10", day, "0"), ("BUY", 60, "10", day, "0"))
    replaced = books.done[2][1].replaced
    assert [(one.sold, one.quantity, one.loss) for one in replaced] == [
        (date(2022, 6, 1), 50, 10),
        (date(2023, 6, 1), 10, 20),
    ]


def test_shares_replace_once(tmp_path):
    """Reg. 1.1091-1(e): 50 held for 4 days are sold and replaced; an older lot's loss then finds nothing."""
    books = Books(tmp_path, "AAA,50,20,2020-01-06\n")
    books.fill("BUY", 50, "30", date(2024, 3, 1))
    books.portfolio = portfolio(Tax(method="lifo", short_rate=0.4, long_rate=0.2))
    books.fill("SELL", 50, "25", date(2024, 3, 5))
    books.fill("BUY", 50, "25", date(2024, 3, 8))
    assert ("AAA", "2024-03-04", Decimal(50), "30") in lots_of(tmp_path)
    books.portfolio = portfolio()
    assert books.fill("SELL", 50, "10", date(2024, 3, 20)).replaced == ()


def test_commissions_are_in_basis_and_proceeds(tmp_path):
    books = Books(tmp_path)
    books.fill("BUY", 100, "10", START, "5")
    assert [row[3] for row in lots_of(tmp_path)] == ["10.05"]
    books.fill("SELL", 100, "12", START + timedelta(days=90), "7")
    assert books.recognised() == (Decimal("188.00"), Decimal("188.00"))


def test_without_tax_or_dates_nothing_replaces_anything(tmp_path):
    books = Books(tmp_path, "AAA,100,10,2024-01-02\n")
    books.past = None
    books.fill("SELL", 100, "7.5", date(2024, 3, 1))
    books.fill("BUY", 100, "8", date(2024, 3, 20))
    assert [row[1:] for row in lots_of(tmp_path)] == [("2024-03-20", 100, "8")]


def test_a_sale_whose_loss_a_later_purchase_carries_is_taken_back_without_a_trace(tmp_path):
    held = "AAA,100,10,2024-01-02\n"
    books = Books(tmp_path, held)
    books.fill("SELL", 100, "7.5", date(2024, 3, 1))
    books.fill("BUY", 100, "8", date(2024, 3, 20))
    books.cancel(0)
    assert [row[1:] for row in lots_of(tmp_path)] == [("2024-01-02", 100, "10"), ("2024-03-20", 100, "8")]
    books.cancel(0)
    assert (tmp_path / "h.csv").read_text() == HEAD + held


FILLS = st.lists(
    st.tuples(
        st.sampled_from(["BUY", "SELL"]),
        st.integers(1, 60),
        st.decimals("5", "50", places=2),
        st.integers(0, 90).map(lambda days: START + timedelta(days=days)),
        st.decimals("0", "3", places=2),
    ),
    min_size=1,
    max_size=8,
)
METHODS = st.sampled_from(["fifo", "lifo", "hifo", "minimum_tax"])


@settings(max_examples=40)
@given(rows=FILLS, method=METHODS, together=st.booleans())
def test_every_loss_is_recognised_once(tmp_path_factory, rows, method, together):
    """What is gained is what the cash and the cost of what is held have gained, whatever is disallowed."""
    tax = Tax(method=method, short_rate=0.4, long_rate=0.2)
    books = Books(tmp_path_factory.mktemp("b"), "AAA,500,31,2023-12-20\nAAA,40,20,2024-01-05\n", tax)
    before = books.basis()
    if together:
        books.fills(*rows)
    else:
        for row in rows:
            books.fill(*row)
    gain, flow = books.recognised()
    assert abs(gain - (flow + books.basis() - before)) < Decimal("1e-6")


@settings(max_examples=40)
@given(rows=FILLS, method=METHODS, order=st.randoms())
def test_what_replaced_something_can_be_taken_back_in_any_order(tmp_path_factory, rows, method, order):
    tax = Tax(method=method, short_rate=0.4, long_rate=0.2)
    folder = tmp_path_factory.mktemp("b")
    books = Books(folder, "AAA,500,31,2023-12-20\nAAA,40,20,2024-01-05\n", tax)
    before = lots_of(folder)
    for row in rows:
        books.fill(*row)
    while books.done:
        places = [*range(len(books.done))]
        order.shuffle(places)
        left = len(books.done)
        for place in places:
            with suppress(InputError):
                books.cancel(place)
                break
        assert len(books.done) < left
    assert lots_of(folder) == before
