"""Minute bars of the sources: Yahoo's through the real client, and files as people have them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from quant.errors import InputError
from tasks.sources import MINUTES, Request, resolve
from tasks.sources.files import fetch as read
from tasks.sources.yfinance import fetch
from tests.standins.yahoo_minutes import Minutes
from tests.tasks.sources.yahoo import QUICK, table

FRIDAY, MONDAY = date(2024, 3, 8), date(2024, 3, 11)  # clocks go forward in New York between them
OPEN = {FRIDAY: datetime(2024, 3, 8, 14, 30, tzinfo=UTC), MONDAY: datetime(2024, 3, 11, 13, 30, tzinfo=UTC)}
EVENING = datetime(2024, 3, 11, 22, tzinfo=UTC)


def rows(*minutes, price=100.0):
    """A bar for each instant, each a cent above the one before."""
    closes = [price + number / 100 for number in range(len(minutes))]
    return [
        {"instant": one, "open": close, "high": price + 1, "low": price - 1, "close": close, "volume": 10}
        for one, close in zip(minutes, closes, strict=True)
    ]


def asking(yahoo, first=FRIDAY, last=MONDAY, **more):
    since, until = datetime.combine(first, time(5), UTC), datetime.combine(last, time(4), UTC) + timedelta(1)
    return Request(
        ("SPY",), first, last, yahoo.address, patience=QUICK, interval="1m", since=since, until=until, **more
    )


def daily(yahoo, *days):
    yahoo.serve("SPY", table(*((str(day), close, 1000.0, more) for day, close, more in days)))


def test_minutes_of_both_sides_of_a_change_of_clocks(yahoo):
    daily(yahoo, (FRIDAY, 100.0, {}), (MONDAY, 100.0, {}))
    after = OPEN[MONDAY] + timedelta(hours=6, minutes=30)
    nobody = dict.fromkeys(("open", "high", "low", "close", "volume"))
    bars = [*rows(OPEN[FRIDAY], OPEN[MONDAY], OPEN[MONDAY] + timedelta(minutes=1))]
    bars += [
        {"instant": OPEN[MONDAY] + timedelta(minutes=2)} | nobody,
        *rows(after),
    ]  # 16:00, which is no minute
    yahoo.minutes["SPY"] = Minutes("SPY", bars, EVENING)
    delivery = fetch(asking(yahoo))
    assert delivery.bars.schema.equals(MINUTES)
    assert delivery.errors == ()
    told = delivery.bars.to_pylist()
    assert [one["instant"] for one in told] == [one["instant"] for one in bars[:3]]
    assert told[1] == {"symbol": "SPY", "split": None, "volume": 10.0} | {
        name: bars[1][name] for name in ("instant", "open", "high", "low", "close")
    }
    assert len(delivery.actions) == len(delivery.adjusted) == 0


def test_a_month_is_asked_in_weeks_the_oldest_day_by_day_and_what_is_older_is_said_to_be(yahoo):
    daily(yahoo, (MONDAY, 100.0, {}))
    oldest = datetime(2024, 2, 12, 14, 30, tzinfo=UTC)  # in a week that is too old in part
    yahoo.minutes["SPY"] = Minutes("SPY", rows(oldest, OPEN[FRIDAY], OPEN[MONDAY]), EVENING)
    delivery = fetch(asking(yahoo, first=date(2023, 12, 1)))
    assert delivery.bars["instant"].to_pylist() == [oldest, OPEN[FRIDAY], OPEN[MONDAY]]
    asked = [parse_qs(urlsplit(path).query) for path in yahoo.asked if "interval=1m" in path]
    begins = [datetime.fromtimestamp(int(query["period1"][0]), UTC).date() for query in asked]
    begins = [*dict.fromkeys(begins)]  # the client repeats what is refused
    weeks = [date(2024, 3, 12) - timedelta(weeks=number) for number in range(1, 6)]
    assert begins == [*weeks, date(2024, 2, 12), date(2024, 2, 11), date(2024, 2, 10)]
    nothing = fetch(asking(yahoo, first=date(2024, 1, 8), last=date(2024, 1, 9)))
    [error] = nothing.errors
    assert (error.kind, len(nothing.bars)) == ("empty", 0)
    assert error.error == "Yahoo has minute bars of the last 30 days only; older ones come from files"
    assert nothing.bars.schema.equals(MINUTES)


@pytest.mark.parametrize("counted", [True, False])
def test_a_split_of_a_later_day_is_undone_where_the_minutes_count_it(yahoo, counted):
    tuesday = MONDAY + timedelta(days=1)
    daily(yahoo, (FRIDAY, 404.0, {}), (MONDAY, 400.0, {}), (tuesday, 101.0, {"split": 4.0}))
    price = 100.0 if counted else 400.0
    yahoo.minutes["SPY"] = Minutes("SPY", rows(OPEN[MONDAY], price=price), EVENING + timedelta(days=1))
    [bar] = fetch(asking(yahoo, first=MONDAY)).bars.to_pylist()
    assert (bar["close"], bar["volume"]) == (400.0, 2.5 if counted else 10.0)


def test_while_the_last_asked_session_is_the_newest_the_daily_history_is_not_asked(yahoo):
    daily(yahoo, (FRIDAY, 100.0, {}), (MONDAY, 100.0, {}))
    split = OPEN[MONDAY]
    yahoo.minutes["SPY"] = Minutes("SPY", rows(OPEN[MONDAY]), EVENING, splits={split: 2.0})
    [bar] = fetch(asking(yahoo, first=MONDAY)).bars.to_pylist()
    assert (bar["close"], bar["split"]) == (100.0, 2.0)
    assert yahoo.charts_asked("SPY") == 1


def test_daily_bars_for_minutes_are_not_understood(yahoo):
    daily(yahoo, (MONDAY, 100.0, {}))
    [error] = fetch(asking(yahoo)).errors
    assert (error.kind, "asked for bars of 1m, got 1d" in error.error) == ("not_understood", True)
    assert "dataGranularity" in error.answer  # kept with the batch


def test_an_unknown_symbol_and_a_vendor_that_fails(yahoo):
    yahoo.fail("AGG", "error")
    kinds = [error.kind for error in fetch(replace(asking(yahoo), symbols=("NOPE", "AGG"))).errors]
    assert kinds == ["delisted", "outage"]


def files(path, *symbols, **more):
    return Request(
        symbols, MONDAY, MONDAY, str(path), interval="1m", since=OPEN[MONDAY],
        until=OPEN[MONDAY] + timedelta(hours=7), **more,
    )  # fmt: skip


def written(file, *lines, head="instant,open,high,low,close,volume"):
    file.write_text("\n".join([head, *lines]) + "\n")
    return file


def test_instants_are_utc_or_carry_their_offset(tmp_path):
    file = written(
        tmp_path / "SPY.csv", "2024-03-11 13:31:00,1,1,1,1,5", "2024-03-11T09:30:00-04:00,1,2,1,2,5",
        "2024-03-11T09:30:00-04:00,1,2,1,2,5", "2024-03-11 13:32:00Z,,,,,", "2024-03-12 13:30:00,9,9,9,9,9",
    )  # fmt: skip
    delivery = read(files(file, "SPY", "AGG"))
    bars = delivery.bars.to_pylist()
    assert [(one["instant"], one["close"]) for one in bars] == [
        (OPEN[MONDAY], 2.0),
        (OPEN[MONDAY] + timedelta(minutes=1), 1.0),
    ]
    assert [(error.symbol, error.kind) for error in delivery.errors] == [("AGG", "empty")]


def test_a_split_in_a_file_stands_in_its_minute(tmp_path):
    lines = "SPY,2024-03-11 13:30:00,400,400,400,400,1,1", "SPY,2024-03-11 13:31:00,100,100,100,100,4,4"
    head = "symbol,instant,open,high,low,close,volume,{}"
    as_traded = read(files(written(tmp_path / "a.csv", *lines, head=head.format("split")), "SPY")).bars
    assert as_traded["split"].to_pylist() == [None, 4.0]
    assert as_traded["close"].to_pylist() == [400.0, 100.0]
    yahoo = written(
        tmp_path / "b.csv", *(line.replace("400", "100") for line in lines), head=head.format("Stock Splits")
    )
    todays = read(files(yahoo, "SPY")).bars
    assert todays["close"].to_pylist() == [400.0, 100.0]
    assert todays["volume"].to_pylist() == [0.25, 4.0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("yesterday,1,1,1,1,1", "row 1, column 'instant': 'yesterday' is not"),
        ("2024-03-11 13:30,x,1,1,1,1", "column 'open': 'x' is not a number"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named(tmp_path, line, said):
    with pytest.raises(InputError, match=said):
        resolve(f"files:{tmp_path}").source.begins(files(written(tmp_path / "SPY.csv", line), "SPY"))
