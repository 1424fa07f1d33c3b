"""Which shares replace which, by the examples of Reg. 1.1091-1(h) and its paragraphs."""

from datetime import date
from decimal import Decimal

from quant.trading.replacements import Bought, Loss, matches, tacked

DAY = date(2024, 7, 1)
OLD, NEW = date(2020, 1, 6), date(2023, 3, 1)


def found(losses, bought, window=30):
    return [(one.loss, one.bought, int(one.quantity)) for one in matches(losses, bought, window)]


def loss(quantity, acquired=OLD, day=DAY):
    return Loss(day, acquired, Decimal(quantity))


def bought(day, quantity, **more):
    return Bought(day, Decimal(quantity), **more)


def test_more_bought_than_sold_the_first_purchases_count():
    """Example 3: 100 sold on 1 February 1956, 50 bought on each day from 15 to 18 February."""
    sold = loss(100, date(1954, 9, 15), date(1956, 2, 1))
    days = [bought(date(1956, 2, day), 50) for day in (18, 17, 16, 15)]
    assert found([sold], days) == [(0, 3, 50), (0, 2, 50)]
    held = sold.day - sold.acquired
    assert date(1956, 2, 15) - tacked(date(1956, 2, 15), sold) == held  # included, the gap of 14 days is not


def test_more_sold_than_bought_the_earliest_sold_and_of_a_day_the_earliest_acquired_count():
    losses = [loss(50, NEW), loss(50, OLD), loss(10, NEW, date(2024, 6, 28))]
    assert found(losses, [bought(DAY, 80)]) == [(2, 0, 10), (1, 0, 50), (0, 0, 20)]


def test_the_window_is_of_61_days():
    for day, counts in [
        ("2024-05-31", False),
        ("2024-06-01", True),
        ("2024-07-31", True),
        ("2024-08-01", False),
    ]:
        assert bool(found([loss(1)], [bought(date.fromisoformat(day), 1)])) == counts


def test_what_stays_of_the_lot_that_was_sold_replaces_nothing_and_a_purchase_after_it_does():
    sold = loss(50, DAY)
    assert found([sold], [bought(DAY, 50)]) == []
    assert found([sold], [bought(DAY, 50, fresh=True)]) == [(0, 0, 50)]
