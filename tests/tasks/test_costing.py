"""Costs and lots from the portfolio file to the report and its replay, by hand on the desk's day."""

import pytest

from flows.terminal.rationale import render
from tasks.record.explain import explain
from tasks.record.replay import replay
from tasks.report.words.wording import constructed, expected_costs, taxed, taxes
from tests.tasks.desk import TRADES, Desk, market, proposed

COSTS = """
[costs]
commission_per_order = 1.0
commission_per_share = 0.01
commission_rate = 1.0
half_spread = 2.0
impact = 0.5
"""
TAX = "[tax]\nmethod = 'hifo'\nshort_rate = 0.4\nlong_rate = 0.2\n"
LOTS = """symbol,quantity,cost_basis,acquired
AAA,300,90,2023-06-30
AAA,250,80,2024-01-02
AAA,150,110,2024-06-10
BBB,400,50,2020-01-02
CCC,250,20,2020-01-02
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("costing"))
    file = desk.portfolio(tables=COSTS + TAX)
    (desk.folder / "trio.csv").write_text(LOTS)
    file.write_text(file.read_text().replace('symbol = "BBB"', 'symbol = "BBB"\nhalf_spread = 10.0'))
    return desk, desk.day(market(), file)


def trade(report, symbol):
    return next(row for row in report.trades if row.symbol == symbol)


def test_costs_by_part(ran):
    _, report = ran
    assert proposed(report) == TRADES  # they are estimated, and change no trade
    costs = trade(report, "AAA").costs  # 205 shares, 20,500
    assert costs.commission == pytest.approx(1.0 + 2.05 + 2.05)
    assert costs.spread == pytest.approx(4.10)
    sigma = next(row for row in report.volatility if (row.symbol, row.estimator) == ("AAA", "close_to_close"))
    assert costs.impact == pytest.approx(
        0.5 * sigma.annualised / 252**0.5 * (205 / 1_000_000) ** 0.5 * 20_500
    )
    assert trade(report, "BBB").costs.spread == pytest.approx(192 * 50 * 0.0010)


def test_lots_and_tax_of_a_sale(ran):
    _, report = ran
    row = trade(report, "AAA")
    # On 1 July 2024 a year and a day have passed since 30 June 2023; 150 at a loss of 10, then 55 of 90.
    # The commission of 5.10 is 0.02488 a share.
    short, long = -1500 - 5.10 * 150 / 205, 550 - 5.10 * 55 / 205
    assert [(lot.acquired, lot.quantity, lot.gain, lot.term) for lot in row.lots] == [
        ("2024-06-10", 150.0, pytest.approx(short), "short"),
        ("2023-06-30", 55.0, pytest.approx(long), "long"),
    ]
    assert (row.tax.short_gain, row.tax.long_gain) == (pytest.approx(short), pytest.approx(long))
    assert row.tax.disallowed == 0.0
    assert row.tax.tax == pytest.approx(0.2 * long + 0.4 * short)
    assert row.tax.wash_until == "2024-07-31"
    assert trade(report, "BBB").lots is None


def test_both_are_replayed_and_a_change_of_them_shows(ran):
    desk, report = ran
    assert replay(desk.context(), report.run_id).difference is None
    desk.sql("update trades set tax = replace(tax, '548.', '549.') where symbol = 'AAA'")
    assert replay(desk.context(), report.run_id).difference.where == "trades[AAA].tax"


def test_a_run_of_before_is_replayed_with_gains_before_commissions(ran):
    desk, report = ran
    desk.sql("update runs set definitions = replace(definitions, '\"taxes\":2', '\"taxes\":1')")
    desk.sql("update runs set definitions = replace(definitions, '\"taxes\": 2', '\"taxes\": 1')")
    again = replay(desk.context(), report.run_id).difference
    assert (again.where, again.recomputed[0].gain) == ("trades[AAA].lots", -1500.0)


@pytest.mark.long
def test_a_run_of_before_has_no_costs(desk):
    report = desk.day(market())
    assert trade(report, "AAA").costs.commission == 0.0
    desk.sql("update trades set costs = null")
    assert replay(desk.context(), report.run_id).difference is None


def test_people_are_told_of_costs_and_tax(ran):
    _, report = ran
    assert expected_costs(report).startswith("Expected costs in USD: commission ")
    assert taxed(report) == (
        "Estimated tax of the sales: -491.77 USD; to keep its loss, do not buy AAA up to 2024-07-31."
    )
    [sentence] = taxes(report)
    assert sentence == (
        "AAA: short-term -1,503.73, long-term +548.63, estimated tax -491.77 USD; "
        "to keep the loss, do not buy it up to 2024-07-31."
    )


def test_the_story_of_a_sale_tells_the_lots_that_the_method_took(ran):
    desk, report = ran
    [story] = explain(desk.context(), report.run_id, "AAA").trades
    assert [(one.quantity, one.gain, one.long_term) for one in story.gains] == [
        (150.0, pytest.approx(-1500 - 5.10 * 150 / 205), False),
        (55.0, pytest.approx(550 - 5.10 * 55 / 205), True),
    ]


def test_an_optimum_is_stored_and_replayed(desk: Desk):
    """All three move alike in this market, so that only their sizes count; the cap allows 5,000 a side."""
    policy = "[rebalance]\nconstruction = 'optimised'\nturnover_cap = 0.05\n"
    report = desk.day(market(count=100), desk.portfolio(tables=policy))
    assert (report.construction.method, report.construction.status) == ("optimised", "optimal")
    assert 0 < sum(row.notional for row in report.trades) <= 10_000
    assert replay(desk.context(), report.run_id).difference is None
    desk.sql("update construction set status = 'failed'")
    assert replay(desk.context(), report.run_id).difference.where == "construction[0].status"


@pytest.mark.long
def test_a_conflict_is_told_with_what_was_used_instead(desk: Desk):
    tables = "[rebalance]\nconstruction = 'optimised'\ndo_not_sell = ['AAA']\n[risk]\nmax_weight = 0.6\n"
    report = desk.day(market(count=100), desk.portfolio(tables=tables))
    told = constructed(report.construction)
    assert told == (
        "No optimum: max_weight = 0.6 and do_not_sell = AAA cannot hold together: they are missed by at "
        "least 10.00% of value. The simple construction was used instead."
    )
    assert told in [line.plain.strip() for line in render(explain(desk.context(), report.run_id, None))]
    assert {row.symbol for row in report.trades} == {"BBB", "CCC"}
