"""How a portfolio has done: from what its runs recorded, its flows and its fills."""

from datetime import UTC, date, datetime, time

import numpy as np
import pandas as pd
import pytest

from quant.errors import InputError
from tasks.backtest.same_policy import growth
from tasks.performance.answer import answer
from tasks.performance.document import document
from tasks.performance.question import Asked, asked
from tasks.report.formats import markdown
from tests.tasks.desk import COLUMNS, EVENING, HOLDINGS, Desk, market, sessions
from tests.tasks.importing import take

DAYS = sessions(8)
FIRST, LAST = DAYS[0], DAYS[-1]


def moving(symbols=("AAA", "BBB", "CCC"), seed=3, **columns):
    """Prices that wander, each symbol on its own way."""
    frame, rng = market(**columns), np.random.default_rng(seed)
    for symbol in symbols:
        own = frame["symbol"] == symbol
        frame.loc[own, COLUMNS] = frame.loc[own, COLUMNS].mul(
            np.cumprod(1 + rng.normal(0, 0.02, own.sum())), axis=0
        )
    return frame


def file(desk, cash=5000.0, tables="", targets=None):
    path = desk.portfolio(tables=tables, **({"targets": targets} if targets else {}))
    path.write_text(path.read_text().replace("cash = 5000.0", f"cash = {cash}"))
    return path


def closes(frame, symbol):
    """The closes of a symbol on DAYS."""
    own = frame[(frame["symbol"] == symbol) & frame["session"].isin(DAYS)]
    return own.sort_values("session")["close"].to_numpy()


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Eight sessions of prices that wander; 20,000 are paid in on the fifth, 3,000 taken out on the last."""
    desk, frame = Desk(tmp_path_factory.mktemp("earned")), moving()
    came = f"[[flow]]\ndate = {DAYS[4]}\namount = 20000.0\n"
    went = f"[[flow]]\ndate = {LAST}\namount = -3000.0\n"
    desk.day(frame, file(desk))  # the bars; a run of the last session that a later one replaces
    for day in DAYS[:-1]:
        desk.decision(file(desk, *((25000.0, came) if day >= DAYS[4] else ())), day)
    desk.day(frame, file(desk, 22000.0, came + went))
    return desk, frame, answer(desk.context(), Asked("trio"), growth)


def test_returns_are_those_of_the_holdings_whatever_came_and_went(ran):
    _, frame, found = ran
    prices = {symbol: closes(frame, symbol) for symbol in HOLDINGS}
    worth = sum(quantity * prices[symbol] for symbol, quantity in HOLDINGS.items())
    cash = np.array([5000.0] * 4 + [25000.0] * 3 + [22000.0])
    values, flows = worth + cash, np.array([0.0] * 4 + [20000.0] + [0.0] * 2 + [-3000.0])
    steps = values[1:] / (values[:-1] + flows[1:])
    assert found.twr == pytest.approx(np.prod(steps) - 1)
    assert [day.portfolio for day in found.days] == pytest.approx([1.0, *np.cumprod(steps)])
    # The money-weighted return takes the flows from the closes before them to the end value.
    past = [(day - FIRST).days / (LAST - FIRST).days for day in (DAYS[3], DAYS[6])]
    grown = values[0] * (1 + found.mwr) + sum(
        flow * (1 + found.mwr) ** (1 - part) for flow, part in zip((20000.0, -3000.0), past, strict=True)
    )
    assert grown == pytest.approx(values[-1])
    assert (found.flows, found.went) == (20000.0, 3000.0)
    assert (found.cagr, found.mwr_annual) == (None, None)  # eight sessions are no year
    assert (found.recorded, found.sessions, found.notes) == (8, 8, [])


def test_it_stands_beside_the_benchmark(ran):
    _, frame, found = ran
    moved = closes(frame, "AAA")
    assert found.benchmark.return_ == pytest.approx(moved[-1] / moved[0] - 1)
    assert found.active == pytest.approx(found.twr - found.benchmark.return_)
    difference = np.diff([day.portfolio for day in found.days]) / [day.portfolio for day in found.days][:-1]
    difference -= np.diff(moved) / moved[:-1]
    assert found.tracking_error == pytest.approx(difference.std(ddof=1) * np.sqrt(252))
    assert found.months[0].portfolio == pytest.approx(found.twr)
    # Bought on the first session's next open with all of the money but the reserve, it moves much as AAA.
    assert found.same_policy.symbol == "AAA"
    assert {one.to for one in found.against} == {"benchmark", "same_policy", "strategic"}
    assert next(one for one in found.against if one.to == "same_policy").active == pytest.approx(
        found.twr - found.same_policy.return_
    )


def test_the_effects_sum_to_the_return_over_the_strategic_weights(ran):
    _, frame, found = ran
    targets = {"AAA": 0.5, "BBB": 0.3, "CCC": 0.2}
    steps = sum(
        weight * np.diff(closes(frame, one)) / closes(frame, one)[:-1] for one, weight in targets.items()
    )
    assert found.strategic.return_ == pytest.approx(np.prod(1 + steps) - 1)
    effects = sum(one.allocation + one.selection + one.interaction for one in found.attribution)
    assert effects + found.unattributed == pytest.approx(found.twr - found.strategic.return_)
    assert found.unattributed == pytest.approx(0.0, abs=1e-12)  # nothing was traded, nothing cost anything
    names = [one.asset_class for one in found.attribution]
    assert names == ["aaa", "bbb", "ccc", "cash"]
    # A class of one instrument returns what its part of the benchmark does.
    assert [one.selection for one in found.attribution] == pytest.approx([0.0] * 4, abs=1e-12)
    assert found.attribution[0].target == pytest.approx(0.5)


def test_a_document_says_it_in_words(ran):
    page = markdown.render(document(ran[2]))
    assert page.startswith(f"# trio · {FIRST} to {LAST} · {ran[2].twr:+.2%} time-weighted")
    for words in (
        "benchmark AAA",
        "benchmark, same policy",
        "strategic weights",
        "trades and the rest",
    ):
        assert words in page


def test_a_stretch_begins_where_it_is_asked_for(ran):
    desk, _, whole = ran
    part = answer(desk.context(), asked("trio", DAYS[2], DAYS[5], None), growth)
    assert (part.start, part.end, part.recorded) == (DAYS[2], DAYS[5], 4)
    by_day = {day.session: day.portfolio for day in whole.days}
    assert part.twr == pytest.approx(by_day[DAYS[5]] / by_day[DAYS[2]] - 1)
    month = answer(desk.context(), asked("trio", None, None, "month"), growth)
    assert month.start == FIRST  # nothing was recorded in May


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (("trio", None, None, "week"), "no day such as 2024-06-28, nor month or year"),
        (("trio", FIRST, None, "year"), "give one of them"),
        (("trio", LAST, FIRST, None), "is not after the first day"),
        (("trio", LAST, None, None), "fewer than 2 recorded sessions"),
        (("nobody", None, None, None), "`ballast daily --portfolio nobody` records a session"),
    ],
)
def test_what_cannot_be_asked_is_refused(ran, question, words):
    with pytest.raises(InputError, match=words):
        answer(ran[0].context(), asked(*question), growth)


def test_a_session_that_was_not_run_is_said(desk):
    frame = moving()
    desk.day(frame, file(desk))
    came = f"[[flow]]\ndate = {DAYS[4]}\namount = 20000.0\n"
    desk.decision(file(desk), DAYS[3])
    desk.decision(file(desk, 25000.0, came), DAYS[6])
    desk.day(frame, file(desk, 25000.0, came))
    found = answer(desk.context(), Asked("trio"), growth)
    assert (found.recorded, found.sessions) == (3, 5)
    assert "2 of 5 sessions have no recorded value" in found.notes[0]
    assert "1 flow(s) came within several sessions" in found.notes[1]
    effects = sum(one.allocation + one.selection + one.interaction for one in found.attribution)
    assert effects + found.unattributed == pytest.approx(found.twr - found.strategic.return_)


TAX = "[tax]\nshort_rate = 0.3\nlong_rate = 0.2\n"


def test_what_rebalancing_earned_after_costs_and_taxes(desk):
    """150 AAA are sold and 150 BBB bought on the second to last session, at a commission of 5 and 4."""
    frame, before = moving(), DAYS[-3]
    path = file(desk, tables=TAX)
    rows = ["symbol,quantity,cost_basis,acquired", "AAA,700,60,2020-01-06", "BBB,400,50,2020-01-06",
            "CCC,250,20,2024-01-08"]  # fmt: skip
    (desk.folder / "trio.csv").write_text("\n".join(rows) + "\n")
    desk = desk.at(datetime.combine(before, EVENING.timetz()))
    report = desk.day(frame[frame["session"] <= before], path, before)
    assert next(one for one in report.trades if one.symbol == "AAA").side == "SELL"
    desk = desk.at(EVENING)
    take(
        (desk, report.run_id),
        f"RUN,AAA,SELL,150,101,5,{DAYS[-2]},one",
        f"RUN,BBB,BUY,150,49,4,{DAYS[-2]},two",
    )
    desk.day(frame, path)
    found = answer(desk.context(), Asked("trio"), growth)
    end = {symbol: closes(frame, symbol)[-1] for symbol in HOLDINGS}
    done = found.rebalancing
    assert (done.fills, done.commission) == (2, 9.0)
    assert done.market == pytest.approx(-150 * (end["AAA"] - 101) + 150 * (end["BBB"] - 49))
    assert done.tax == pytest.approx(0.2 * (150 * (101 - 60) - 5))  # held for more than a year
    assert done.net == pytest.approx(done.market - 9 - done.tax)
    # The value differs from that of the old holdings by what the trades earned, before the tax.
    alone = 5000.0 + sum(quantity * end[symbol] for symbol, quantity in HOLDINGS.items())
    assert found.end_value - alone == pytest.approx(done.market - done.commission)
    # What was traded within the day is in no holding at a close: it is what the effects leave over.
    assert found.unattributed != pytest.approx(0.0, abs=1e-9)
    effects = sum(one.allocation + one.selection + one.interaction for one in found.attribution)
    assert effects + found.unattributed == pytest.approx(found.twr - found.strategic.return_)


def test_what_was_paid_and_split_since_belongs_to_a_trade(desk):
    """AAA pays 1.00 and BBB splits 2:1 on the last session: 150 sold shares would have been paid, 150 bought
    ones are 300.
    """
    frame, before = moving(dividend=0.0, split=0.0), DAYS[-3]
    last = frame["session"] == LAST
    frame.loc[last & (frame["symbol"] == "AAA"), "dividend"] = 1.0
    frame.loc[last & (frame["symbol"] == "BBB"), "split"] = 2.0
    frame.loc[last & (frame["symbol"] == "BBB"), COLUMNS] /= 2
    path, desk = file(desk), desk.at(datetime.combine(before, EVENING.timetz()))
    run_id = desk.day(frame[frame["session"] <= before], path, before).run_id
    desk = desk.at(EVENING)
    take(
        (desk, run_id),
        f"RUN,AAA,SELL,150,101,0,{DAYS[-2]},one",
        f"RUN,BBB,BUY,150,49,0,{DAYS[-2]},two",
    )
    desk.day(frame, path)
    found = answer(desk.context(), Asked("trio"), growth)
    aaa, bbb = (closes(frame, symbol)[-1] for symbol in ("AAA", "BBB"))
    assert found.rebalancing.market == pytest.approx(-150 * (aaa + 1.0 - 101) + 150 * (2 * bbb - 49))
    assert (found.rebalancing.tax, found.rebalancing.fills) == (None, 2)


def test_spy_from_2010_to_2013_through_the_ledger(tmp_path, shared_data):
    """All in SPY, on adjusted closes: 76.92% and 15.37% a year, as ffn publishes them."""
    frame = pd.read_parquet(shared_data / "etf_daily.parquet", filters=[("symbol", "==", "SPY")])
    frame = frame[(frame["session"] >= date(2009, 10, 1)) & (frame["session"] < date(2014, 1, 1))]
    scale = frame["adj_close"] / frame["close"]
    frame = frame.assign(**{name: frame[name] * scale for name in COLUMNS})[
        ["symbol", "session", *COLUMNS, "volume"]
    ]
    desk = Desk(tmp_path)
    path = desk.portfolio({"SPY": 1000.0}, {"SPY": 1.0})
    path.write_text(path.read_text().replace("cash = 5000.0", "cash = 0.0").replace('"AAA"', '"SPY"'))
    for day in (date(2010, 1, 4), date(2013, 12, 31)):
        desk = desk.at(datetime.combine(day, time(23, 30), UTC))
        desk.day(frame[frame["session"] <= day], path, day)
    found = answer(desk.context(), Asked("trio"), growth)
    assert (found.start, found.end) == (date(2010, 1, 4), date(2013, 12, 31))
    assert (found.twr, found.mwr) == (pytest.approx(0.7692, abs=2e-4), pytest.approx(found.twr))
    assert (found.cagr, found.mwr_annual) == (pytest.approx(0.1537, abs=1e-4), pytest.approx(found.cagr))
    assert found.benchmark.return_ == pytest.approx(found.twr)
    assert found.active == pytest.approx(0.0, abs=1e-12)
    assert found.notes[0].startswith("1004 of 1006 sessions have no recorded value")
