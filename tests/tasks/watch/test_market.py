"""What is known before the open and of the exchange: bands, volatility, auctions, halts of the market."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType

import numpy as np
import pytest

from config.calendars import Calendar
from quant.watch.rows import Fall
from tasks.watch import market as known
from tasks.watch.minutes import Seen
from tasks.watch.noted import words
from tasks.watch.wanted import Wanted, wanted
from tests.tasks.desk import Desk, change, market
from tests.tasks.watch.session import CLOSE, OPEN, TODAY

TRIO = ("AAA", "BBB", "CCC")


def asked(calendar, session, symbols=TRIO):
    return Wanted(Calendar(calendar), session, {}, symbols, frozenset())


def test_the_open_is_known_from_the_daily_bars(tmp_path):
    desk = Desk(tmp_path).at(OPEN)
    file = desk.portfolio()
    Desk(tmp_path).day(change(market(), "BBB", date(2024, 6, 28), close=None), file)
    context = desk.context()
    found = wanted(context, [str(file)], "XNYS", TODAY)
    with desk.visit() as db:
        opening = known.opening(db, found, "bundled", OPEN, ["CCC"])
    assert opening.session.tier.tolist() == [1, 1, 2]
    assert opening.session.index.tolist() == [True, False, False]
    assert opening.session.previous_close[[0, 2]] == pytest.approx([100, 20], rel=0.01)
    assert np.isnan(opening.session.previous_close[1]), "no close of the session before"
    assert 0.001 < opening.session.sigma[0] < 0.01
    assert opening.factor.tolist() == [1, 1, 1]


def test_minutes_of_auctions_are_those_at_the_open_after_a_break_and_at_the_close():
    assert asked("XNYS", TODAY).auctions == {0, 389}
    tokyo = asked("XTKS", date(2024, 7, 1))
    assert tokyo.auctions == {0, 150, 299}
    assert tokyo.minutes[150] - tokyo.minutes[149] == np.timedelta64(61, "m")


@pytest.mark.parametrize(
    ("calendar", "fall", "at", "level"),
    [
        ("XNYS", -0.069, OPEN, None),
        ("XNYS", -0.071, OPEN, 1),
        ("XNYS", -0.131, OPEN, 2),
        ("XNYS", -0.131, CLOSE, None),  # not in the last 35 minutes
        ("XNYS", -0.21, CLOSE, 3),
        ("XLON", -0.21, datetime(2024, 7, 1, 12, tzinfo=UTC), None),
    ],
)
def test_a_fall_of_the_market_says_whether_all_trading_halts(calendar, fall, at, level):
    row = Fall(
        "market_wide", None, "fired", "critical", True, 90, None, 1.0, 1 + fall, 1 + fall, fall, -fall,
        0.0, 0, MappingProxyType({"market_fall": fall}), (), True,
    )  # fmt: skip
    seen = Seen(row, TODAY.isoformat(), at, at, np.nan)
    said = words(seen, asked(calendar, TODAY))
    assert ("halt all trading" in said) == (level is not None)
    assert level is None or f"(level {level})" in said
    single = replace(seen, fall=replace(row, kind="flash_crash", symbol="CCC"))
    assert "halt" not in words(single, asked(calendar, TODAY))
