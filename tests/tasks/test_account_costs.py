"""Costs, taxes and the optimum of accounts: by hand, in the block orders, in the replay and in the ledger."""

import json

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from flows.terminal.rationale import render
from quant.errors import InputError
from tasks.record import ledger
from tasks.record.explain import explain
from tasks.record.replay import replay
from tasks.report.words.wording import constructed
from tasks.report.words.wording import taxes as taxes_told
from tasks.run.account import report_of
from tests.tasks.desk import TRADES, Desk, market, proposed
from tests.tasks.test_accounts import followed
from tests.tasks.test_costing import COSTS, TAX

LOTS = """AAA,300,trio,90,2023-06-30
BBB,800,twin,50,2020-01-02
AAA,1400,twin,60,2020-01-02
AAA,250,trio,80,2024-01-02
AAA,150,trio,110,2024-06-10
BBB,400,trio,50,2020-01-02
CCC,250,trio,20,2020-01-02
CCC,500,twin,20,2020-01-02
CASH,5000,trio,,
CASH,10000,twin,,
"""
"""The desk's own holdings and twice as much of them, in mixed order."""
SHORT, LONG, TWIN = -1500 - 5.10 * 150 / 205, 550 - 5.10 * 55 / 205, 16_400 - 9.20
"""Gains less commissions: 5.10 of the 205 shares, 1.00 + 4.10 + 4.10 of the 410."""


def taxed(desk: Desk):
    file = followed(desk, "", tables=COSTS + TAX)
    (desk.folder / "trio.csv").write_text("symbol,quantity,account,cost_basis,acquired\n" + LOTS)
    return file


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("account-costs"))
    return desk, desk.day(market(), taxed(desk))


def trade(report, symbol):
    return next(row for row in report.trades if row.symbol == symbol)


def own(ran, account, symbol):
    desk, report = ran
    return trade(report_of(desk.context(), report.run_id, None, account), symbol)


def sigma(report):
    """The volatility of AAA on a day."""
    rows = (row for row in report.volatility if (row.symbol, row.estimator) == ("AAA", "close_to_close"))
    return next(rows).annualised / 252**0.5


def test_the_costs_of_an_account_are_those_of_its_own_order(ran):
    desk, report = ran
    assert proposed(report_of(desk.context(), report.run_id, None, "trio")) == TRADES
    costs = own(ran, "trio", "AAA").costs  # 205 shares, 20,500; see test_costing
    assert costs.commission == pytest.approx(1.0 + 2.05 + 2.05)
    assert costs.spread == pytest.approx(4.10)
    assert costs.impact == pytest.approx(0.5 * sigma(report) * (205 / 1_000_000) ** 0.5 * 20_500)


def test_a_block_order_costs_the_sums_but_for_its_impact(ran):
    _, report = ran
    costs = trade(report, "AAA").costs  # 205 and 410 shares
    assert costs.commission == pytest.approx(2 * 1.0 + 3 * (2.05 + 2.05))
    assert costs.spread == pytest.approx(3 * 4.10)
    # One order of 615 shares: its impact is more than that of the two, each alone.
    assert costs.impact == pytest.approx(0.5 * sigma(report) * (615 / 1_000_000) ** 0.5 * 61_500)
    parts = [own(ran, name, "AAA").costs.impact for name in ("trio", "twin")]
    assert costs.impact > sum(parts)


def test_each_account_sells_its_own_lots(ran):
    row = own(ran, "trio", "AAA")
    # On 1 July 2024 a year and a day have passed since 30 June 2023; 150 at a loss of 10, then 55 of 90.
    assert [(lot.acquired, lot.quantity, lot.gain, lot.term) for lot in row.lots] == [
        ("2024-06-10", 150.0, pytest.approx(SHORT), "short"),
        ("2023-06-30", 55.0, pytest.approx(LONG), "long"),
    ]
    assert row.tax.tax == pytest.approx(0.2 * LONG + 0.4 * SHORT)
    twin = own(ran, "twin", "AAA")
    assert [(lot.quantity, lot.gain) for lot in twin.lots] == [(410.0, pytest.approx(TWIN))]
    assert (twin.tax.long_gain, twin.tax.wash_until) == (pytest.approx(TWIN), None)
    assert (own(ran, "trio", "BBB").lots, own(ran, "trio", "BBB").tax) == (None, None)


def test_a_block_order_has_the_gains_of_all(ran):
    _, report = ran
    row = trade(report, "AAA")
    assert row.lots is None
    assert row.tax.short_gain == pytest.approx(SHORT)
    assert row.tax.long_gain == pytest.approx(LONG + TWIN)
    assert row.tax.tax == pytest.approx(0.2 * (LONG + TWIN) + 0.4 * SHORT)
    assert row.tax.wash_until == "2024-07-31"
    [sentence] = taxes_told(report)
    assert sentence.endswith(" do not buy it for an account that sells it up to 2024-07-31.")


def test_both_are_replayed_sealed_and_a_change_of_them_shows(ran):
    desk, report = ran
    assert replay(desk.context(), report.run_id).difference is None
    desk.sql("update account_trades set spread = spread + 1 where account = 'twin' and symbol = 'AAA'")
    assert replay(desk.context(), report.run_id).difference.where == "account_trades[twin].spread"
    assert "accounts have changed since" in str(ledger.verify(desk.context())[2].first)
    desk.sql("update account_trades set spread = spread - 1 where account = 'twin' and symbol = 'AAA'")


def test_the_story_of_an_account_is_that_of_a_portfolio(ran):
    desk, report = ran
    story = explain(desk.context(), report.run_id, None, "trio")
    alone = explain(desk.context(), report.run_id, "AAA", "twin")
    assert (story.account, story.value) == ("trio", 100_000.0)
    assert [(row.trade.symbol, row.trade.quantity) for row in story.trades] == [
        ("AAA", 205.0), ("BBB", 192.0), ("CCC", 733.0),
    ]  # fmt: skip
    [sale] = (row for row in story.trades if row.trade.symbol == "AAA")
    assert [(one.quantity, one.gain, one.long_term) for one in sale.gains] == [
        (150.0, pytest.approx(SHORT), False),
        (55.0, pytest.approx(LONG), True),
    ]
    # To the edge of its band, 55%: of 100,000, and of twice as much.
    for trade, halfway, edge in ((sale, 175, 150), (alone.trades[0], 350, 300)):
        others = {one.destination: one.quantity for one in trade.alternatives}
        assert (others["halfway"], others["edge"]) == (halfway, edge)
    words = "\n".join(line.plain for line in render(story))
    assert words.startswith("trio, account trio, on 2024-06-28, worth 100,000.00 USD")
    assert "Why: AAA is 70.0% against a target of 50.0%, 20.0 points over" in words
    assert "AAA: 70.00% against 50.00%, drift +20.00%, band ±5.00%, broken." in words
    with pytest.raises(InputError, match=r"each with its own story. Name one: `ballast explain .* --account"):
        explain(desk.context(), report.run_id, None)
    with pytest.raises(InputError, match=r"account 'trip': the run has no such account"):
        explain(desk.context(), report.run_id, None, "trip")


def test_the_command_explains_an_account(ran):
    desk, report = ran
    asked = ["explain", report.run_id, "AAA", "--account", "twin", "--home", str(desk.home), "--json"]
    told = json.loads(CliRunner().invoke(app, asked, catch_exceptions=False).stdout)
    assert (told["account"], told["value"]) == ("twin", 200_000.0)
    assert [(row["trade"]["symbol"], row["trade"]["quantity"]) for row in told["trades"]] == [("AAA", 410.0)]


def test_a_run_of_before_has_no_costs(desk):
    report = desk.day(market(), followed(desk, "AAA,700,one\nBBB,400,one\nCCC,250,one\nCASH,5000,one\n"))
    assert trade(report_of(desk.context(), report.run_id, None, "one"), "AAA").costs.impact == 0.0
    desk.sql("update account_trades set commission = null, spread = null, impact = null")
    assert replay(desk.context(), report.run_id).difference is None
    assert trade(report_of(desk.context(), report.run_id, None, "one"), "AAA").costs is None


@pytest.mark.long
def test_optima_are_told_by_account_and_summed(desk):
    rows = "AAA,700,fat\nBBB,400,fat\nCASH,5000,fat\nAAA,55,fit\nBBB,60,fit\nCCC,75,fit\nCASH,100,fit\n"
    tables = "[rebalance]\nconstruction = 'optimised'\ndo_not_sell = ['AAA']\n[risk]\nmax_weight = 0.6\n"
    report = desk.day(market(count=100), followed(desk, rows, tables=tables))
    assert report.accounts.by_construction == {"infeasible": 1, "optimal": 1}
    # 70,000 of 95,000 are 73.68%, and 60% allowed
    words = (
        "max_weight = 0.6 and do_not_sell = AAA cannot hold together: they are missed by at least "
        "13.68% of value"
    )
    assert constructed(report.construction) == (
        f"No optimum: infeasible in 1 of 2 accounts (in fat: {words}). "
        "The simple construction was used instead."
    )
    fat, fit = (report_of(desk.context(), report.run_id, None, name) for name in ("fat", "fit"))
    assert constructed(fat.construction) == f"No optimum: {words}. The simple construction was used instead."
    assert (fit.construction.status, fit.construction.conflict) == ("optimal", None)
    assert {(row.symbol, row.side) for row in fit.trades} == {("BBB", "SELL"), ("CCC", "BUY")}
    assert replay(desk.context(), report.run_id).difference is None
    desk.sql("update account_construction set status = 'failed' where account = 'fat'")
    assert replay(desk.context(), report.run_id).difference.where == "account_construction[fat].status"
    assert "accounts have changed since" in str(ledger.verify(desk.context())[2].first)
