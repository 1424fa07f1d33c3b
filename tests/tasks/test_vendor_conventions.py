"""A day on what files and vendors tell in their own ways: a payout once, a close on its own day."""

from datetime import UTC, datetime, time, timedelta

import pandas as pd
import pyarrow as pa
import pytest

from flows.day import run_day
from tests.tasks.desk import COLUMNS, SESSION, held, market


def test_a_gain_within_a_dividend_is_no_move_and_holds_nothing(desk, yahoo):
    """AAA falls by its payout of 24, of which Yahoo lists 22 once more: to 54 its close would be +41%."""
    frame = market().assign(dividend=0.0, capital_gain=0.0)
    here = (frame["symbol"] == "AAA") & (frame["session"] == SESSION)
    frame.loc[here, COLUMNS] -= 24.0
    frame.loc[here, ["dividend", "capital_gain"]] = 24.0, 22.0
    for symbol, rows in frame.groupby("symbol"):
        table = pa.Table.from_pandas(rows.drop(columns="symbol"), preserve_index=False)
        yahoo.serve(symbol, table, kind="MUTUALFUND")
    request = desk.order(desk.portfolio(), "yfinance")
    report = run_day(desk.context(yahoo_url=yahoo.address), request, notifying=False)
    assert (report.data.quarantined, report.data.stale, held(report)) == ([], [], {})
    told = "select kind, round(value, 6) from actions where symbol = 'AAA' order by kind"
    assert desk.sql(told) == [("capital_gain", 22.0), ("dividend", 2.0)]


def test_a_file_of_instants_is_valued_at_the_closes_of_its_own_days(desk):
    """Evenings of New York in UTC, a day later on the calendar of London: the same value as with days."""
    frame = market()
    evening = [datetime.combine(day + timedelta(days=1), time(1), UTC) for day in frame["session"]]
    source = desk.prices(frame.assign(session=pd.Series(evening, dtype="datetime64[us, UTC]")))
    report = run_day(desk.context(), desk.order(desk.portfolio(), source), notifying=False)
    assert report.value == pytest.approx(100_000.0)
    assert (report.data.stale, held(report)) == ([], {})
