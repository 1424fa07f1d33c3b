"""A delivery that multiplies known closes by one factor is held and said, until a person accepts it."""

from datetime import timedelta

import pyarrow as pa
import pytest

from flows.day import run_day
from quant.people import Actor
from tasks.data.quarantine import decide, waiting_for
from tasks.record.replay import replay
from tasks.run.plan import Asked, plan
from tests.conftest import mostly_long
from tests.tasks.desk import CLOSES, COLUMNS, EVENING, SESSION, TRADES, market, proposed, rules
from tests.tasks.test_ahead import BEFORE, and_again, divided

RULE = "restated_by_factor"
MORNING = EVENING + timedelta(days=1)


def today(factor=1.0, **columns):
    """The rows of the day before, repeated on SESSION; CCC's whole history times a factor."""
    return divided(and_again(market(last=BEFORE, **columns), SESSION), "CCC", 1 / factor)


def closes(desk):
    """What is known of CCC: its closes and whether one was ever restated."""
    return desk.sql(
        "select count(*), max(close), count(known_to) from bars where symbol = 'CCC' and known_to is null"
    )


@pytest.mark.parametrize("factor", mostly_long([0.25, 10.0, 0.995, 0.8], 0.8))
def test_a_whole_history_times_one_factor_is_held_and_nothing_known_changes(desk, factor):
    desk.day(market(last=BEFORE), session=BEFORE)
    known = closes(desk)
    report = desk.day(today(factor))
    assert report.status == "held"
    assert report.data.rows_restated == 0
    assert ("CCC", str(SESSION), RULE) in rules(report)
    assert {trade.held_because for trade in report.trades} == {f"CCC was quarantined: {RULE}"}
    assert closes(desk) == known
    assert replay(desk.context(), report.run_id).difference is None


@pytest.mark.long
def test_it_holds_on_the_next_day_too_and_until_the_vendor_takes_it_back(desk):
    desk.day(market(last=BEFORE), session=BEFORE)
    desk.day(today(0.5))
    assert desk.at(MORNING).day(today(0.5)).status == "held"
    assert desk.at(MORNING).day(today()).data.quarantined == []


@pytest.mark.long
def test_what_a_person_accepts_is_known_from_then_on_and_passes_when_it_comes_again(desk):
    desk.day(market(last=BEFORE), session=BEFORE)
    held = desk.day(today(0.25))
    context = desk.at(MORNING).context()
    ids = waiting_for(context, "CCC", RULE)
    assert len(ids) == len(today()) / 3
    decide(context, ids, "accepted", "It split 4:1; the file is in shares of today", Actor.typed("ops"))
    after = desk.at(MORNING + timedelta(hours=1)).day(today(0.25))
    assert after.data.quarantined == []
    assert (after.data.rows_new, after.data.rows_restated) == (0, 0)
    assert desk.sql("select distinct close < 6 from bars where symbol = 'CCC' and known_to is null") == [
        (True,)
    ]
    for report in (held, after):
        assert replay(desk.context(), report.run_id).difference is None


@pytest.mark.long
def test_a_vendor_that_forgets_a_split_takes_neither_closes_nor_the_split_back(desk, yahoo):
    """Without the split Yahoo's prices of before it are a quarter of what was traded."""

    def day(session, *, told):
        frame = and_again(market(last=BEFORE, split=1.0), SESSION)
        day_of_split = sorted(frame["session"].unique())[-10]
        old = (frame["symbol"] == "CCC") & (frame["session"] < day_of_split)
        frame.loc[old, COLUMNS] *= 4.0 if told else 1.0
        frame.loc[(frame["symbol"] == "CCC") & (frame["session"] == day_of_split), "split"] = (
            4.0 if told else 1.0
        )
        for symbol in CLOSES:
            rows = frame[frame["symbol"] == symbol].drop(columns="symbol")
            yahoo.serve(symbol, pa.Table.from_pandas(rows, preserve_index=False))
        head = f"holdings_as_of = {BEFORE}\n"
        context = desk.at(EVENING + (session - SESSION)).context(source="yfinance", yahoo_url=yahoo.address)
        return run_day(
            context, plan(context, Asked(str(desk.portfolio(head=head)), session)), notifying=False
        )

    assert day(BEFORE, told=True).data.quarantined == []
    report = day(SESSION, told=False)
    assert report.status == "held"
    assert {rule for _, _, rule in rules(report)} == {RULE}
    assert desk.sql("select kind, value from actions where known_to is null") == [("split", 4.0)]


def test_a_correction_of_the_newest_closes_is_no_other_level(desk):
    desk.day(market())
    frame = market()
    frame.loc[frame["session"] == SESSION, ["close", "high"]] *= 1.003
    report = desk.at(MORNING).day(frame)
    assert report.data.quarantined == []
    assert report.data.rows_restated == 3
    assert [symbol for symbol, *_ in proposed(report)] == [symbol for symbol, *_ in TRADES]
