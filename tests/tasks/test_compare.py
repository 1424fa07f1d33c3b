"""Two sources close by close, from what the warehouse has accepted."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from quant.errors import InputError
from tasks.data.compare_sources import Asked, compare, lines
from tests.warehouse.deliveries import bar, deliver

DAYS = [date(2015, 8, day) for day in (19, 20, 21, 24, 25)]
TOLD = datetime(2015, 8, 25, 22, 30, tzinfo=UTC)


@pytest.fixture
def home(desk):
    """SPY of two sources, one session of each missing in the other; TLT differs once by 2%; GLD is of one."""
    desk.home.mkdir(parents=True)
    warehouse = desk.context().warehouse
    own = {"SPY": [(0, 100.0), (1, 101.0), (2, 102.0), (4, 104.0)], "TLT": [(0, 50.0), (1, 50.0), (2, 50.0)]}
    other = {"SPY": [(1, 101.1), (3, 103.0), (4, 104.0)], "TLT": [(0, 50.0), (1, 51.0), (2, 50.05)]}
    rows = [bar(close, symbol, DAYS[at]) for symbol, found in own.items() for at, close in found]
    deliver(warehouse, [*rows, bar(9.0, "GLD", DAYS[0])], now=TOLD, source="files:/one")
    rows = [bar(close, symbol, DAYS[at]) for symbol, found in other.items() for at, close in found]
    deliver(warehouse, rows, batch_id="two", now=TOLD + timedelta(hours=1), source="files:/two")
    return desk


def test_differences_and_what_one_lacks(home):
    found = compare(home.context(), Asked("files:/one", "files:/two"))
    tlt, spy = found.symbols  # what differs most comes first
    assert (tlt.symbol, tlt.compared, tlt.beyond) == ("TLT", 3, 1)
    assert (tlt.worst, tlt.worst_session) == (pytest.approx(0.02), DAYS[1])
    assert (tlt.worst_first, tlt.worst_second) == (50.0, 51.0)
    assert tlt.mean == pytest.approx((0.02 + 0.001) / 3)
    # SPY begins where both have begun: the first source's session before is not missing in the second.
    assert (spy.begins, spy.ends, spy.compared) == (DAYS[1], DAYS[4], 2)
    assert (spy.only_first, spy.only_second, spy.beyond) == (1, 1, 0)
    said = [*lines(found)]
    assert "worst +2.00% on 2015-08-20 (50 and 51)" in said[2]
    assert said[-1] == "1 of 5 closes of 2 symbols differ."


def test_a_bound_symbols_and_days(home):
    def beyond(**asked):
        found = compare(home.context(), Asked("files:/one", "files:/two", **asked))
        return {one.symbol: one.beyond for one in found.symbols}

    assert beyond(bound=0.0005) == {"TLT": 2, "SPY": 1}
    assert beyond(symbols=["SPY"]) == {"SPY": 0}
    assert beyond(symbols=["TLT"], start=DAYS[2]) == {"TLT": 0}


def test_what_was_known_later_does_not_count(home):
    late = TOLD + timedelta(hours=2)
    deliver(
        home.context().warehouse, [bar(50.0, "TLT", DAYS[1])], batch_id="3", now=late, source="files:/two"
    )
    now = compare(home.context(), Asked("files:/one", "files:/two", ["TLT"]))
    then = compare(
        home.context(), Asked("files:/one", "files:/two", ["TLT"], known_at=late - timedelta(minutes=1))
    )
    assert (now.symbols[0].beyond, then.symbols[0].beyond) == (0, 1)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked("files:/one", "files:/one"), "compared with itself"),
        (Asked("files:/one", "yfinance"), "bars of files:/one, files:/two"),
        (Asked("files:/one", "files:/two", ["GLD"]), "closes of no such symbol"),
        (Asked("files:/one", "files:/two", bound=2.0), "a share between 0 and 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(home, asked, words):
    with pytest.raises(InputError, match=words):
        compare(home.context(), asked)


def test_the_command_prints_one_object(home):
    words = ["data", "compare", "files:/one", "files:/two", "TLT", "--home", str(home.home), "--json"]
    found = json.loads(CliRunner().invoke(app, words).stdout)
    assert (found["schema"], found["first"], found["bound"]) == (1, "files:/one", 0.005)
    assert [one["symbol"] for one in found["symbols"]] == ["TLT"]
