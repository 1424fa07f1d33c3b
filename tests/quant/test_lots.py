"""Lots worked out by hand from IRS Publication 550, and what holds for every sale."""

from calendar import isleap
from datetime import date, timedelta
from itertools import permutations
from math import fsum

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quant.policy.policy import Tax
from quant.trading.lots import Lot, term
from quant.trading.sales import sell

DAY = date(2024, 7, 1)
METHODS = ("fifo", "lifo", "hifo", "minimum_tax")
RATES = {"short_rate": 0.4, "long_rate": 0.2}
OLD, MIDDLE, NEW = date(2020, 1, 6), date(2023, 3, 1), date(2024, 5, 2)
# At 100: 40 a share long, -20 long, 10 short; a share's tax 8, -4 and 4
LOTS = (Lot("X", MIDDLE, 10, 120.0), Lot("X", NEW, 10, 90.0), Lot("X", OLD, 10, 60.0))


def tax(method="fifo", **more):
    return Tax.model_validate({"method": method, **RATES, **more})


@pytest.mark.parametrize(
    ("method", "order"),
    [
        ("fifo", [OLD, MIDDLE, NEW]),
        ("lifo", [NEW, MIDDLE, OLD]),
        ("hifo", [MIDDLE, NEW, OLD]),
        ("minimum_tax", [MIDDLE, NEW, OLD]),
    ],
)
def test_the_order_of_each_method(method, order):
    assert [part.acquired for part in sell(LOTS, 30, 100.0, DAY, tax(method)).parts] == order


def test_minimum_tax_is_not_highest_cost_where_terms_differ():
    lots = (Lot("X", NEW, 10, 85.0), Lot("X", OLD, 10, 80.0))  # 15 short at 40% is 6, 20 long at 20% is 4
    assert sell(lots, 10, 100.0, DAY, tax("hifo")).tax == pytest.approx(60.0)
    assert sell(lots, 10, 100.0, DAY, tax("minimum_tax")).tax == pytest.approx(40.0)


def test_gains_by_term():
    sale = sell(LOTS, 25, 100.0, DAY, tax())
    assert [(part.quantity, part.gain, part.term) for part in sale.parts] == [
        (10, 400.0, "long"), (10, -200.0, "long"), (5, 50.0, "short"),
    ]  # fmt: skip
    assert (sale.long_gain, sale.short_gain, sale.disallowed) == (200.0, 50.0, 0.0)
    assert sale.tax == pytest.approx(0.2 * 200 + 0.4 * 50)
    assert sale.wash_until == date(2024, 7, 31)


@pytest.mark.parametrize(
    ("acquired", "sold", "expected"),
    [
        # the example of Publication 550, on the holding period
        (date(2023, 2, 5), date(2024, 2, 5), "short"),
        (date(2023, 2, 5), date(2024, 2, 6), "long"),
        (date(2024, 1, 10), date(2025, 1, 10), "short"),  # 366 days, one of them a leap day
        (date(2024, 1, 10), date(2025, 1, 11), "long"),
        (date(2024, 2, 29), date(2025, 2, 28), "short"),
        (date(2024, 2, 29), date(2025, 3, 1), "long"),
    ],
)
def test_a_year_is_one_of_the_calendar(acquired, sold, expected):
    assert term(acquired, sold, tax()) == expected


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_long_term_begins_on_the_day_after_the_anniversary(acquired):
    """IRS Publication 550, Holding Period; that of 29 February is 28 February (Revenue Ruling 66-7)."""
    leap = (acquired.month, acquired.day) == (2, 29)
    anniversary = acquired.replace(year=acquired.year + 1, day=28 if leap else acquired.day)
    if (acquired.month, acquired.day) == (2, 28) and isleap(acquired.year + 1):
        anniversary = anniversary.replace(day=29)  # the end of a month: until the first of the thirteenth
    assert term(acquired, anniversary, tax()) == "short"
    assert term(acquired, anniversary + timedelta(days=1), tax()) == "long"


def washed(days, *, quantity=100.0, bought=40.0):
    """A loss of 10 a share on an old lot, with another lot bought `days` before the sale."""
    lots = (Lot("X", OLD, 100, 110.0), Lot("X", DAY - timedelta(days=days), bought, 105.0))
    return sell(lots, quantity, 100.0, DAY, tax())


def test_a_loss_is_disallowed_for_as_many_shares_as_were_bought_near_it():
    sale = washed(30)
    assert (sale.long_gain, sale.disallowed) == (-1000.0, 400.0)
    assert sale.tax == pytest.approx(-0.2 * 600)


def test_a_partial_replacement_disallows_the_loss_of_the_earliest_acquired_lot():
    """Reg. 1.1091-1(b): also where the method sells another first; before, what was sold first."""
    lots = (
        Lot("X", OLD, 50, 120.0),
        Lot("X", MIDDLE, 50, 130.0),
        Lot("X", DAY - timedelta(days=5), 60, 90.0),
    )
    found = sell(lots, 100, 100.0, DAY, tax("hifo"))
    assert [(part.acquired, part.disallowed) for part in found.parts] == [(MIDDLE, 300.0), (OLD, 1000.0)]
    before = sell(lots, 100, 100.0, DAY, tax("hifo"), in_order_sold=True)
    assert [(part.acquired, part.disallowed) for part in before.parts] == [(MIDDLE, 1500.0), (OLD, 200.0)]


def test_what_was_bought_before_the_window_or_is_sold_with_it_replaces_nothing():
    assert washed(31).disallowed == 0.0
    assert washed(30, quantity=140.0).disallowed == 0.0
    assert washed(30, quantity=130.0).disallowed == pytest.approx(100.0)  # 10 shares stay


def test_a_part_of_a_single_recent_lot_is_no_wash_sale():
    assert sell([Lot("X", NEW, 100, 110.0)], 50, 100.0, NEW + timedelta(days=5), tax()).disallowed == 0.0


def test_a_gain_is_never_disallowed():
    lots = (Lot("X", OLD, 100, 90.0), Lot("X", DAY, 40, 95.0))
    sale = sell(lots, 100, 100.0, DAY, tax())
    assert (sale.disallowed, sale.wash_until) == (0.0, None)


@st.composite
def sales(draw):
    days = draw(st.lists(st.integers(0, 1500), min_size=1, max_size=4, unique=True))
    lots = [
        Lot("X", DAY - timedelta(days=day), draw(st.integers(1, 500)) / 8, draw(st.integers(50, 150)))
        for day in days
    ]
    most = sum(lot.quantity for lot in lots)
    return lots, draw(st.integers(1, int(most * 8))) / 8


@settings(max_examples=40)
@given(sales())
def test_lots_sum_to_the_sale_and_none_gives_more_than_it_has(drawn):
    lots, quantity = drawn
    for method in METHODS:
        parts = sell(lots, quantity, 100.0, DAY, tax(method)).parts
        held = {lot.acquired: lot.quantity for lot in lots}
        assert fsum(part.quantity for part in parts) == quantity
        assert all(0 < part.quantity <= held.pop(part.acquired) for part in parts)


@settings(max_examples=40)
@given(sales())
def test_minimum_tax_is_at_most_that_of_any_order(drawn):
    lots, quantity = drawn
    assume(all(lot.acquired != DAY for lot in lots))  # what is bought on the day itself replaces what is sold
    alone = {"wash_sale_days": 0}  # wash sales depend on what is kept, which no order of lots can know

    def by_hand(order):
        left, paid = quantity, 0.0
        for lot in order:
            taken = min(left, lot.quantity)
            rate = 0.2 if lot.acquired < date(2023, 7, 1) else 0.4
            paid += taken * (100.0 - lot.cost_basis) * rate
            left -= taken
        return paid

    least = sell(lots, quantity, 100.0, DAY, tax("minimum_tax", **alone)).tax
    assert least == pytest.approx(min(map(by_hand, permutations(lots))))
    for method in METHODS:
        assert least <= sell(lots, quantity, 100.0, DAY, tax(method, **alone)).tax + 1e-9
