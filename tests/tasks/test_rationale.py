"""The story of a run's trades, on days whose numbers are worked out by hand in tests/tasks/desk.py."""

from datetime import date

import pytest

from config.holdings import Lot
from flows.terminal.rationale import render
from quant.errors import InputError
from tasks.record.explain import explain, gains
from tasks.report.words.wording import called_for
from tests.tasks.desk import Desk, market


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Lots with their cost, destination target."""
    desk = Desk(tmp_path_factory.mktemp("told"))
    file = desk.portfolio(tables='[risk]\nrestricted = ["CCC"]\n')
    (desk.folder / "trio.csv").write_text(
        "symbol,quantity,cost_basis,acquired\nAAA,100,80,2020-01-02\nAAA,600,110,2024-01-02\nBBB,400,,\nCCC,250,,\n"
    )
    return desk, desk.day(market(), file).run_id


def test_a_trade_is_told_with_what_else_could_have_been_done(told):
    desk, run_id = told
    story = explain(desk.context(), run_id, "AAA")
    [sold] = story.trades
    assert story.untraded == ()
    # to the edge: 70% to 55% of 100,000 at 100; halfway: to 52.5%
    # at a distance of 1.75 points: to 51.75%, 182.5, away from zero
    assert {one.destination: (one.side, one.quantity) for one in sold.alternatives} == {
        "edge": ("SELL", 150),
        "halfway": ("SELL", 175),
        "distance": ("SELL", 183),
    }
    assert {one.distance for one in sold.alternatives} == {None, 0.0175}
    assert {(one.cost, one.tax) for one in sold.alternatives} == {(None, None)}
    assert [(row.key, row.breached) for row in sold.drift] == [("AAA", True), ("aaa", True)]
    # the older lot first: 100 x (100 - 80), then 105 x (100 - 110)
    assert [(one.gain, one.long_term) for one in sold.gains] == [(2000, True), (-1050, False)]
    words = "\n".join(line.plain for line in render(story))
    for part in (
        "SELL 205 AAA, limit 99.5, close 100: 20,500.00 USD",
        "AAA: 70.00% against 50.00%, drift +20.00%, band ±5.00%, broken.",
        "destination edge: SELL 150 for 15,000.00 USD",
        "destination distance (1.75 points from target, Vanguard's): SELL 183 for 18,300.00 USD",
        "nothing: the drift of +20.00% stays",
        "100 bought on 2020-01-02 at 80: a long-term gain of 2,000.00.",
        "105 bought on 2024-01-02 at 110: a short-term loss of 1,050.00.",
        "expires 2024-07-01 20:00 UTC",
    ):
        assert part in words


def test_rules_that_fired_are_told_apart_from_those_that_were_asked(desk):
    # 5,000 of 100,000 are 4 points above the buffer; the bands of AAA and CCC are broken, and not asked
    tables = '[rebalance]\nwhen = "cash_flow"\ncash_flow = 0.02\n'
    report = desk.day(market(), desk.portfolio(tables=tables))
    assert called_for(report) == "Called for by cash_flow."
    words = [line.plain.strip() for line in render(explain(desk.context(), report.run_id, None))]
    fired = sum(row.fired for row in report.triggers[:-1])
    assert fired > 1
    assert f"{fired} of {len(report.triggers) - 1} rules fired; rebalance when cash_flow: met." in words


def test_a_held_trade_says_why(told):
    desk, run_id = told
    story = explain(desk.context(), run_id, "CCC")
    words = "\n".join(line.plain for line in render(story))
    assert story.trades[0].life is None
    assert "HELD: BUY" in words
    assert f"Held because {story.trades[0].trade.held_because}" in words
    assert "restricted" in story.trades[0].trade.held_because
    assert "BLOCK restricted (CCC)" in words


def test_what_is_not_traded_says_why(desk):
    balanced = {"AAA": 520.0, "BBB": 580.0, "CCC": 900.0}
    story = explain(desk.context(), desk.day(market(), desk.portfolio(balanced)).run_id, None)
    assert story.trades == ()
    assert not any(row.fired for row in story.triggers)
    assert [one.symbol for one in story.untraded] == ["AAA", "BBB", "CCC"]
    assert {one.reason for one in story.untraded} == {
        "it is within its band, and nothing else asked for a rebalance"
    }


def test_what_an_alternative_costs_is_told_and_what_stops_a_symbol_is_named(desk):
    tables = "[costs]\ncommission_per_order = 1.0\nhalf_spread = 2.0\n"
    tables += "[tax]\nshort_rate = 0.4\nlong_rate = 0.2\n[rebalance]\ndo_not_buy = ['CCC']\nlot_size = 100\n"
    file = desk.portfolio(tables=tables)
    rows = ["AAA,700,80,2020-01-02", "BBB,400,50,2020-01-02", "CCC,250,20,2020-01-02"]
    (desk.folder / "trio.csv").write_text("\n".join(["symbol,quantity,cost_basis,acquired", *rows]) + "\n")
    story = explain(desk.context(), desk.day(market(), file).run_id, None)
    [sold] = [one for one in story.trades if one.trade.symbol == "AAA"]
    # 182.5, 175 and 150 shares are two lots, away from zero: 1.00 and 2 basis points of 20,000; 20% of a
    # long-term gain of 4,000 less the commission
    found = {(one.quantity, one.cost, round(one.tax, 9)) for one in sold.alternatives}
    assert found == {(200, 5.0, 799.8)}
    words = "\n".join(line.plain for line in render(story))
    assert "SELL 200 for 20,000.00 USD, costs of about 5.00 USD, tax of about 799.80 USD" in words
    # 20% less 1% of 100,000 are 19,800, 5,000 are held: 740 at 20
    why = "a buy of 740 shares (14,800.00) was wanted; it stands on do_not_buy"
    assert {one.symbol: one.reason for one in story.untraded} == {"CCC": why}
    assert f"CCC: drift -15.00%, band ±5.00%; {why}." in words


def test_a_symbol_of_no_portfolio_is_refused(told):
    with pytest.raises(InputError, match=r"ZZZ is neither a target nor a holding of run .*AAA, BBB, CCC\."):
        explain(told[0].context(), told[1], "ZZZ")


@pytest.mark.parametrize(("day", "long"), [(date(2020, 6, 1), False), (date(2020, 6, 2), True)])
def test_a_sale_on_the_anniversary_is_short_term_to_explain_as_to_the_ledger(day, long):
    """366 days, of which one is a leap day: the holding period began on 2 June 2019."""
    lots = [Lot(symbol="AAA", quantity=5, cost_basis=8.0, acquired=date(2019, 6, 1))]
    assert [one.long_term for one in gains(lots, "AAA", 5, 10.0, day)] == [long]


def test_a_gain_needs_a_cost_and_a_term_a_day():
    lots = [
        Lot(symbol="AAA", quantity=5, cost_basis=8.0),
        Lot(symbol="AAA", quantity=5, acquired=date(2023, 6, 29)),
    ]
    found = gains(lots, "AAA", 8, 10.0, date(2024, 6, 28))
    assert [(one.quantity, one.gain, one.long_term) for one in found] == [(5, 10.0, None), (3, None, False)]
