"""A split that the vendor tells before its day: its prices count it already, not yet, or nobody can say."""

from datetime import date

import pandas as pd
import pyarrow as pa
import pytest

from flows.day import run_day
from tasks.run.plan import Asked, plan
from tests.conftest import mostly_long
from tests.tasks.desk import CLOSES, COLUMNS, EVENING, SESSION, market, rules

NEXT = date(2024, 7, 1)  # the session after
BEFORE = date(2024, 6, 27)


def divided(frame, symbol, by):
    """The rows with one symbol's prices in the shares of after a split."""
    frame = frame.copy()
    own = frame["symbol"] == symbol
    frame.loc[own, COLUMNS] /= by
    frame.loc[own, "volume"] *= by
    return frame


def and_again(frame, session):
    """The rows, and the last day's once more for a session after it."""
    return pd.concat([frame, frame[frame["session"] == frame["session"].max()].assign(session=session)])


@pytest.fixture
def day(desk, yahoo):
    """Serve rows, announce a 10:1 split of BBB where told to, and run a session."""

    def run(frame, session, *, announced):
        for symbol in CLOSES:
            rows = frame[frame["symbol"] == symbol].drop(columns="symbol")
            yahoo.serve(symbol, pa.Table.from_pandas(rows, preserve_index=False))
        if announced:
            yahoo.announce("BBB", NEXT, 10.0)
        now = EVENING + (session - SESSION)
        context = desk.at(now).context(source="yfinance", yahoo_url=yahoo.address)
        request = plan(context, Asked(str(desk.portfolio()), session))
        return run_day(context, request, notifying=False)

    return run


@pytest.mark.parametrize("by", mostly_long([10.0, 1.0], 1.0), ids=["divided", "not yet"])
def test_with_closes_known_before_both_states_are_read_as_traded(desk, day, by):
    yesterday = day(market(last=BEFORE), BEFORE, announced=False)
    assert yesterday.data.quarantined == []
    report = day(divided(and_again(market(last=BEFORE), SESSION), "BBB", by), SESSION, announced=True)
    assert report.data.quarantined == []
    assert (report.data.rows_restated, report.data.rows_new) == (0, 3)
    assert report.value == pytest.approx(yesterday.value)


@pytest.mark.parametrize("by", mostly_long([10.0, 1.0], 1.0), ids=["divided", "not yet"])
def test_without_any_known_close_it_holds(day, by):
    report = day(divided(market(), "BBB", by), SESSION, announced=True)
    assert report.status == "held"
    assert {(symbol, rule) for symbol, _, rule in rules(report)} == {("BBB", "split_ahead_of_prices")}
    [said] = [check.rule for check in report.checks if (check.check, check.scope) == ("data", "BBB")]
    assert said.endswith("BBB was quarantined: split_ahead_of_prices")


@pytest.mark.long
def test_once_its_day_has_come_the_prices_say_it_themselves(day):
    day(market(), SESSION, announced=True)
    frame = and_again(market(split=1.0), NEXT)
    new = (frame["symbol"] == "BBB") & (frame["session"] == NEXT)
    frame.loc[new, [*COLUMNS, "split"]] = [5.0, 5.005, 4.995, 5.0, 10.0]
    report = day(frame, NEXT, announced=False)
    assert report.data.quarantined == []
    [because] = {trade.held_because for trade in report.trades if trade.held_because}
    assert because.startswith(f"BBB: split of 10:1 on {NEXT} may not be reflected in the holdings")
