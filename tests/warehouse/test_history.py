"""History as arrays: their shapes, where actions stand, and nothing that was not known or not yet there."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from tests.warehouse.deliveries import NOW, SOURCE, action, bar, deliver
from warehouse import history

FRIDAY, MONDAY, TUESDAY = date(2015, 8, 21), date(2015, 8, 24), date(2015, 8, 25)
WEEK = [date(2015, 8, 20), FRIDAY, MONDAY]
TICK = timedelta(microseconds=1)


def look(warehouse, instant, symbols=("SPY", "AGG"), sessions=WEEK, source=SOURCE):
    with warehouse.open() as db:
        return history.window(db, dict.fromkeys(symbols, source), sessions, instant)


def test_what_stands_where(warehouse):
    known = deliver(
        warehouse,
        [
            bar(100.0, session=FRIDAY, open=99.0, high=102.0, low=98.0, volume=7.0),
            bar(50.0, "AGG", MONDAY, open=None, high=None, low=None, volume=None),
            bar(1.0, "GLD", MONDAY),
        ],
    ).known_from
    seen = look(warehouse, known, ("SPY", "NEW", "AGG"))
    assert seen.symbols == ("SPY", "NEW", "AGG")
    np.testing.assert_array_equal(seen.sessions, np.array(WEEK, dtype="datetime64[D]"))
    nan = np.nan
    expected = {
        "open": [[nan, nan, nan], [99, nan, nan], [nan, nan, nan]],
        "high": [[nan, nan, nan], [102, nan, nan], [nan, nan, nan]],
        "low": [[nan, nan, nan], [98, nan, nan], [nan, nan, nan]],
        "close": [[nan, nan, nan], [100, nan, nan], [nan, nan, 50]],
        "volume": [[nan, nan, nan], [7, nan, nan], [nan, nan, nan]],
    }
    assert set(seen.bars) == set(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(seen.bars[name], np.array(values, dtype=float))
    np.testing.assert_array_equal(seen.splits, np.ones((3, 3)))
    np.testing.assert_array_equal(seen.distributions, np.zeros((3, 3)))


def test_nothing_known_is_all_missing(warehouse):
    seen = look(warehouse, NOW)
    assert seen.bars["close"].shape == (3, 2)
    assert np.isnan(seen.bars["close"]).all()


def test_nothing_after_the_session_and_nothing_before_the_window(warehouse):
    days = [date(2015, 8, 19), *WEEK, TUESDAY]
    known = deliver(
        warehouse,
        [bar(100.0 + n, session=day) for n, day in enumerate(days)],
        actions=[action(2.0, "split", ex_date=TUESDAY), action(0.5, ex_date=TUESDAY)],
    ).known_from
    seen = look(warehouse, known, ("SPY",))
    assert seen.bars["close"][:, 0].tolist() == [101.0, 102.0, 103.0]
    assert (seen.splits == 1).all()
    assert (seen.distributions == 0).all()


def test_nothing_learnt_later(warehouse):
    first = deliver(warehouse, [bar(100.0, session=FRIDAY)], batch_id="a").known_from
    second = deliver(
        warehouse,
        [bar(101.0, session=FRIDAY), bar(102.0, session=MONDAY)],
        batch_id="b",
        now=NOW + timedelta(days=1),
        actions=[action(0.5, ex_date=MONDAY)],
    ).known_from
    for instant in (first, second - TICK):
        seen = look(warehouse, instant, ("SPY",))
        np.testing.assert_array_equal(seen.bars["close"][:, 0], [np.nan, 100.0, np.nan])
        assert (seen.distributions == 0).all()
    seen = look(warehouse, second, ("SPY",))
    np.testing.assert_array_equal(seen.bars["close"][:, 0], [np.nan, 101.0, 102.0])
    assert seen.distributions[:, 0].tolist() == [0.0, 0.0, 0.5]


def test_only_its_own_source(warehouse):
    known = deliver(
        warehouse, [bar(100.0, session=MONDAY)], source="yfinance", actions=[action(0.5)]
    ).known_from
    seen = look(warehouse, known, ("SPY",))
    assert np.isnan(seen.bars["close"]).all()
    assert (seen.distributions == 0).all()


@pytest.mark.parametrize(
    ("ex_date", "row"),
    [
        (FRIDAY, 1),
        (date(2015, 8, 22), 2),  # a Saturday: traded without it first on Monday
        (date(2015, 8, 23), 2),
        (MONDAY, 2),
        (WEEK[0], None),  # on the window's first session there is no return to correct
        (date(2015, 8, 1), None),
        (TUESDAY, None),
    ],
)
def test_an_action_stands_on_the_first_session_from_its_ex_date_on(warehouse, ex_date, row):
    known = deliver(
        warehouse, [bar(100.0)], actions=[action(0.5, ex_date=ex_date), action(3.0, "split", ex_date=ex_date)]
    ).known_from
    seen = look(warehouse, known)
    splits, distributions = np.ones((3, 2)), np.zeros((3, 2))
    if row is not None:
        splits[row, 0], distributions[row, 0] = 3.0, 0.5
    np.testing.assert_array_equal(seen.splits, splits)
    np.testing.assert_array_equal(seen.distributions, distributions)


def test_actions_that_meet_on_one_session_come_together(warehouse):
    saturday, sunday = date(2015, 8, 22), date(2015, 8, 23)
    known = deliver(
        warehouse,
        [bar(100.0)],
        actions=[
            action(2.0, "split", ex_date=saturday),
            action(0.25, "split", ex_date=MONDAY),
            action(0.5, ex_date=saturday),
            action(0.25, ex_date=sunday),
            action(0.125, "capital_gain", ex_date=sunday),
        ],
    ).known_from
    seen = look(warehouse, known)
    assert seen.splits[2, 0] == 0.5
    assert seen.distributions[2, 0] == 0.875


def test_the_newest_closes_before_a_delivery(warehouse):
    """What the move bound compares a new delivery with, and the newest of all."""
    days = [*WEEK, TUESDAY]
    known = deliver(warehouse, [bar(100.0 + n, session=day) for n, day in enumerate(days)]).known_from
    asked = pa.table(
        {"symbol": ["SPY", "NEW"]}
        | {name: pa.array([TUESDAY, TUESDAY], pa.date32()) for name in ("first_session", "last_session")}
    )
    with warehouse.open() as db, db.incoming(asked=asked):
        scope = {"source": SOURCE, "known_at": known, "count": 2}
        found = db.select(dict, "recent_closes", since=days[0], **scope)
        later = db.select(dict, "recent_closes", since=MONDAY, **scope)
    assert [(row["symbol"], row["session"], row["close"]) for row in found] == [
        ("SPY", FRIDAY, 101.0),
        ("SPY", MONDAY, 102.0),
        ("SPY", TUESDAY, 103.0),
    ]
    assert later == found[1:]
