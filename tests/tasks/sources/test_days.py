"""Instants in files: the day is that of the exchange, never the one before; or they are refused."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quant.errors import InputError
from tasks.sources import Request
from tasks.sources.files import begins, fetch, survey

HEAD = "symbol,date,open,high,low,close,volume"
DAY = date(2021, 6, 30)


def write(folder, *rows):
    """A file of rows (symbol, text of the day), of one price."""
    file = folder / "bars.csv"
    file.write_text("\n".join([HEAD, *(f"{symbol},{when},1,1,1,1,1" for symbol, when in rows)]) + "\n")
    return file


def asked(file, end=DAY, **calendars):
    return Request(tuple(calendars) or ("AAA",), None, end, str(file), calendars=calendars)


def days(file, **calendars):
    return fetch(asked(file, date(2030, 1, 1), **calendars)).bars["session"].to_pylist()


@pytest.mark.parametrize(
    ("when", "calendar"),
    [
        ("2021-06-29 22:00:00+00:00", "XPAR"),  # midnight of Paris in summer
        ("2021-06-29T22:00:00Z", "XPAR"),
        ("2021-06-29T22:00:00.000Z", "XPAR"),
        ("2021-06-29 23:00:00+01:00", "XPAR"),  # the same, told in London
        ("2021-06-30 15:30:00+00:00", "XPAR"),  # its close
        ("2021-06-29T15:00:00Z", "XTKS"),
        ("2021-06-30T06:00Z", "XTKS"),
        ("2021-06-29T14:00:00+0000", "XASX"),
        ("2021-06-30T04:00:00Z", "XNYS"),
        ("2021-06-30T20:00:00Z", "XNYS"),
        ("2021-07-01T01:00:00+00", "XNYS"),  # the evening of the day
        ("2021-06-29T22:00:00Z", "CMES"),  # futures of Chicago open on the evening before
    ],
)
def test_an_instant_is_a_day_of_its_exchange(tmp_path, when, calendar):
    file = write(tmp_path, ("AAA", when))
    assert days(file, AAA=calendar) == [DAY]
    assert begins(asked(file, AAA=calendar)) == DAY
    assert survey(file, calendar).last == DAY


@pytest.mark.parametrize(
    "when",
    [
        "2021-06-30",
        "2021-06-30T00:00:00.000Z",  # as Tiingo writes a day, though New York calls it the 29th
        "2021-06-30 00:00:00-04:00",
        "2021-06-30 00:00:00+02:00",
        "2021-06-30T00:00",
        "2021-06-30 16:00",  # a time of day without a zone, as on the wall there
    ],
)
@pytest.mark.parametrize("calendars", [{}, {"AAA": "XNYS"}, {"AAA": "XTKS"}])
def test_a_day_at_midnight_as_it_is_written_is_the_name_of_a_session(tmp_path, when, calendars):
    assert days(write(tmp_path, ("AAA", when)), **calendars) == [DAY]


def test_each_symbol_has_the_zone_of_its_own_exchange(tmp_path):
    file = write(tmp_path, ("AAA", "2021-06-29T22:00:00Z"), ("BBB", "2021-06-29T15:00:00Z"))
    assert days(file, AAA="XPAR", BBB="XTKS") == [DAY, DAY]
    assert days(file, AAA="XNYS", BBB="XNYS") == [date(2021, 6, 29)] * 2


def test_tomorrow_s_close_is_not_known_today(tmp_path):
    file = write(tmp_path, ("AAA", "2021-06-29T22:00:00Z"), ("AAA", "2021-06-30T22:00:00Z"))
    assert fetch(asked(file, AAA="XPAR")).bars["session"].to_pylist() == [DAY]


def test_an_instant_without_an_exchange_is_refused_with_its_row(tmp_path):
    file = write(tmp_path, ("AAA", "2021-06-29"), ("AAA", "2021-06-29T22:00:00Z"))
    for call in (begins, fetch):
        with pytest.raises(InputError, match=r"row 2, column 'date': '2021-06-29T22:00:00Z' is an instant"):
            call(asked(file))


def test_a_symbol_that_nobody_asked_for_may_have_any(tmp_path):
    file = write(tmp_path, ("AAA", "2021-06-29"), ("BBB", "2021-06-29T22:00:00Z"))
    assert days(file) == [date(2021, 6, 29)]


def test_a_time_without_a_zone_that_is_midnight_of_the_exchange_in_utc_is_refused(tmp_path):
    """Of Paris in winter and in summer: read as on the wall there, both are the day before."""
    file = write(tmp_path, ("AAA", "2021-01-28 23:00:00"), ("AAA", "2021-06-29 22:00:00"))
    with pytest.raises(InputError, match="row 1, column 'date': '2021-01-28 23:00:00' names no zone"):
        fetch(asked(file, AAA="XPAR"))


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize("unit", ["s", "ns"])
def test_a_timestamp_with_a_zone_in_parquet(tmp_path, zone, unit):
    moment = datetime(2021, 6, 30, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
    table = pa.table({"symbol": ["AAA"], "session": pa.array([moment], pa.timestamp(unit, zone))})
    for name in ("open", "high", "low", "close", "volume"):
        table = table.append_column(name, pa.array([1.0]))
    file = tmp_path / "bars.parquet"
    pq.write_table(table, file)
    assert days(file, AAA="XPAR") == [DAY]
    with pytest.raises(InputError, match="is an instant, and the exchange of AAA is not known"):
        fetch(asked(file))


@pytest.mark.parametrize(
    "when", ["2021-06-30 22:00 UTC", "2021-06-30T", "2021-06-30T25:00Z", "9999-12-31T23:00:00-05:00"]
)
def test_a_zone_that_is_not_iso_8601_is_refused_and_not_cut_off(tmp_path, when):
    with pytest.raises(InputError, match="row 1, column 'date'"):
        fetch(asked(write(tmp_path, ("AAA", when)), AAA="XPAR"))


def test_a_row_without_a_symbol_stays_for_nobody(tmp_path):
    moments = pa.array([datetime(2021, 6, 29, 22, tzinfo=UTC)] * 2, pa.timestamp("s", "UTC"))
    table = pa.table({"symbol": ["AAA", None], "session": moments})
    for name in ("open", "high", "low", "close", "volume"):
        table = table.append_column(name, pa.array([1.0, 1.0]))
    pq.write_table(table, tmp_path / "bars.parquet")
    assert days(tmp_path / "bars.parquet", AAA="XPAR") == [DAY]


HALF_HOURS = ("2021-06-30T13:30:00Z", "2021-06-30T14:00:00Z", "2021-06-30T14:30:00Z")


@pytest.mark.parametrize("read", [begins, fetch])
def test_bars_within_a_session_are_no_daily_bars(tmp_path, read):
    file = write(tmp_path, ("BBB", "2021-06-30"), *(("AAA", when) for when in HALF_HOURS))
    with pytest.raises(InputError, match=r"bars\.csv has 3 instants of AAA on 2021-06-30") as refused:
        read(asked(file, AAA="XNYS"))
    assert "`ballast data minutes`" in str(refused.value)
    with pytest.raises(InputError, match="3 instants of AAA"):
        survey(file, "XNYS")
    assert days(file, BBB="XNYS") == [DAY]  # nobody asked for the other


def test_the_newest_bar_may_stand_twice_as_yfinance_gives_it(tmp_path):
    file = write(tmp_path, ("AAA", "2021-06-30T04:00:00Z"), ("AAA", "2021-06-30T14:30:00Z"))
    assert days(file, AAA="XNYS") == [DAY]  # the same values: one row
