"""Which past losses a purchase disallows, by hand; the figures of the examples of IRS Publication 550."""

from datetime import date

import pytest

from quant.policy.policy import Tax
from quant.trading.lots import Lot
from quant.trading.sales import sell
from quant.trading.wash_sales import SoldAtLoss, disallowed, still_open

DAY = date(2024, 7, 1)
TAX = Tax(short_rate=0.4, long_rate=0.2)


def sold(day, quantity=100.0, loss=250.0, symbol="X"):
    return SoldAtLoss(symbol=symbol, day=day, quantity=quantity, loss=loss)


def test_publication_550_bought_after_the_sale():
    """Example 1: 100 shares bought for 1,000 are sold for 750, and 100 bought within 30 days for 800.

    The loss of 250 is not deductible.
    """
    past = still_open([sold(date(2024, 6, 10))], DAY, 30)
    assert disallowed("X", 100.0, past) == 250.0


def test_publication_550_bought_before_the_sale():
    """Example on more or less stock bought than sold: 100 bought on 24 September for 5,000, 50 on 21 December
    for 2,750, 25 on 28 December for 1,125; on 4 January the first 100 are sold for 4,000.

    The loss of 75 of the 100 shares, 750 of the 1,000, is not deductible.
    """
    lots = (
        Lot("X", date(2023, 9, 24), 100, 50.0),
        Lot("X", date(2023, 12, 21), 50, 55.0),
        Lot("X", date(2023, 12, 28), 25, 45.0),
    )
    sale = sell(lots, 100, 40.0, date(2024, 1, 4), TAX)
    assert (sale.short_gain, sale.disallowed) == (-1000.0, 750.0)


def test_fewer_or_more_shares_than_were_sold():
    past = still_open([sold(date(2024, 6, 10))], DAY, 30)
    assert disallowed("X", 40.0, past) == 100.0
    assert disallowed("X", 900.0, past) == 250.0
    assert disallowed("Y", 900.0, past) == 0.0


@pytest.mark.parametrize(("days", "counts"), [(1, True), (30, True), (31, False)])
def test_the_window(days, counts):
    past = still_open([sold(date.fromordinal(DAY.toordinal() - days))], DAY, 30)
    assert bool(past) == counts


def test_a_sale_after_the_day_is_not_known_on_it():
    assert still_open([sold(date(2024, 7, 2))], DAY, 30) == ()


def test_the_oldest_sale_is_matched_first():
    past = still_open([sold(date(2024, 6, 20), 50.0, 200.0), sold(date(2024, 6, 10))], DAY, 30)
    assert disallowed("X", 120.0, past) == pytest.approx(250.0 + 20 * 4.0)


def test_of_one_day_the_earliest_acquired_lot_is_matched_first():
    """Reg. 1.1091-1(b), whatever the method has sold first."""
    newer = sold(date(2024, 6, 10), 50.0, 200.0).model_copy(update={"acquired": date(2024, 1, 2)})
    older = sold(date(2024, 6, 10), 50.0, 100.0).model_copy(update={"acquired": date(2020, 1, 2)})
    assert disallowed("X", 60.0, still_open([newer, older], DAY, 30)) == pytest.approx(100.0 + 10 * 4.0)
