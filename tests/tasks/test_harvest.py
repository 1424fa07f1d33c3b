"""A loss harvested on the desk's days: from the portfolio file over report and fills to the day after."""

from dataclasses import replace
from datetime import date

import pytest

from config import portfolio_file as portfolios
from flows.terminal.rationale import render
from quant.people import Actor
from tasks.fills import importing
from tasks.fills.cancellation import cancel
from tasks.orders.wash_sales import before
from tasks.record.explain import explain
from tasks.record.replay import replay
from tasks.report.words.wording import called_for
from tasks.run.lifecycle import open_run
from tests.tasks.desk import CLOSES, Desk, market
from warehouse import runs

TAX = "[tax]\nmethod = 'hifo'\nshort_rate = 0.4\nlong_rate = 0.2\nharvest = 0.05\nharvest_min = 500.0\n"
LOTS = """symbol,quantity,cost_basis,acquired
AAA,300,90,2023-06-29
AAA,200,110,2024-03-01
BBB,590,50,2020-01-02
CCC,900,20,2020-01-02
"""
# 500 AAA at 100, 590 BBB at 50, 900 CCC at 20, 5,000 in cash: 102,500. ALT, at 25, may stand in for AAA.
FRAME = market(CLOSES | {"ALT": 25.0})


def file_of(desk, lots=LOTS):
    file = desk.portfolio(tables=TAX)
    (desk.folder / "trio.csv").write_text(lots)
    file.write_text(file.read_text().replace('symbol = "AAA"', 'symbol = "AAA"\nreplacement = "ALT"'))
    return file


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("harvest"))
    return desk, desk.day(FRAME, file_of(desk))


def test_the_report(ran):
    desk, report = ran
    sale, purchase = report.trades
    assert (sale.symbol, sale.side, sale.quantity, sale.trigger) == ("AAA", "SELL", 200.0, "harvest")
    assert (purchase.symbol, purchase.side, purchase.quantity) == ("ALT", "BUY", 800.0)
    assert (sale.status, purchase.status, report.status) == ("proposed", "proposed", "recommended")
    assert (sale.tax.short_gain, sale.tax.disallowed, sale.tax.tax) == (-2000.0, 0.0, -800.0)
    assert called_for(report) == "No trigger fired. Losses harvested: AAA."
    assert [row.key for row in report.drift if row.level == "instrument"] == ["AAA", "BBB", "CCC"]
    assert replay(desk.context(), report.run_id).difference is None


def test_the_story_names_the_pair_whose_drift_it_tells_and_the_symbol_that_a_trade_moves(ran):
    desk, report = ran
    story = "\n".join(str(line) for line in render(explain(desk.context(), report.run_id, None)))
    assert "    AAA with ALT: 48.78% against 50.00%, drift -1.22%" in story  # 50,000 of 102,500
    assert "    The trade takes AAA from 48.78% to 29.27%;" in story
    assert "    The trade takes ALT from 0.00% to 19.51%;" in story


@pytest.fixture(scope="module")
def filled(ran):
    """The harvest is done, and 20,000 have come in: the pair has 50,000 of its 61,250."""
    desk, report = ran
    file = desk.folder / "trio.toml"
    rows = [
        f"{report.run_id},AAA,SELL,200,100,0,2024-06-28,",
        f"{report.run_id},ALT,BUY,800,25,0,2024-06-28,",
    ]
    executions = desk.folder / "fills.csv"
    executions.write_text("\n".join(["run,symbol,side,quantity,price,commission,filled_at,id", *rows]))
    importing.take(desk.context(), executions, Actor.typed("Ada"))
    assert "cash = 5000.0" in file.read_text()
    file.write_text(file.read_text().replace("cash = 5000.0", "cash = 25000.0"))
    return desk, file


def findings(report):
    return {(row.scope, row.status): row.value for row in report.checks if row.check == "wash_sale"}


@pytest.mark.long
def test_the_day_after_the_replacement_is_bought(filled):
    desk, file = filled
    report = desk.decision(file)
    assert [row.symbol for row in report.trades] == ["BBB", "CCC", "ALT"]
    assert {row.side for row in report.trades} == {"BUY"}
    assert findings(report) == {("ALT", "pass"): 0.0, ("BBB", "pass"): 0.0, ("CCC", "pass"): 0.0}
    story = explain(desk.context(), report.run_id, None)
    assert [row.reason for row in story.untraded] == ["ALT, the other of its pair, trades for both"]
    assert {row.key for row in story.trades[-1].drift} == {"AAA", "aaa"}
    assert replay(desk.context(), report.run_id).difference is None


def test_a_harvest_starts_no_cooldown(ran, filled):
    desk, first = ran
    desk.sql("update runs set session = date '2024-06-27' where run_id = ?", first.run_id)
    run_id = open_run(desk.context(), desk.order(filled[1], desk.prices(FRAME)))
    assert desk.sql("select last_rebalance from runs where run_id = ?", run_id) == [(None,)]


def test_buying_back_what_was_harvested_is_held(filled):
    desk, file = filled
    file.write_text(file.read_text().replace("[tax]", '[rebalance]\ndo_not_buy = ["ALT"]\n[tax]'))
    report = desk.decision(file)
    order = next(row for row in report.trades if row.symbol == "AAA")
    assert order.status == "held"
    # A loss of 10 a share on 200 shares, of which so many are bought again.
    assert findings(report)["AAA", "block"] == pytest.approx(10 * order.quantity)
    words = f"it would disallow {10 * order.quantity:,.2f} of the loss on the AAA sold since 2024-06-28"
    assert order.held_because == f"wash_sale: {words}"
    assert replay(desk.context(), report.run_id).difference is None


def test_what_was_sold_before_a_split_counts_in_new_shares(ran, filled):
    desk, file = filled
    desk.sql(
        "insert into actions by name select source, symbol, date '2024-07-01' as ex_date, 'split' as kind, "
        "4.0 as value, false as derived, batch_id, known_from, known_to "
        "from bars where symbol = 'AAA' and session = date '2024-06-28'"
    )
    with desk.visit() as db:
        run = replace(runs.load(db, ran[1].run_id), session=date(2024, 7, 1))
        [one] = before(db, run, portfolios.read(file)).sold
    assert (one.quantity, one.loss) == (800.0, 2000.0)


def test_a_cancelled_sale_was_none(ran, filled):
    desk, file = filled
    portfolio, place = portfolios.read(file), desk.context()

    def sold(portfolio):
        with desk.visit() as db:
            return before(db, runs.load(db, ran[1].run_id), portfolio)

    [one] = sold(portfolio).sold
    assert (one.symbol, one.day, one.quantity, one.loss) == ("AAA", date(2024, 6, 28), 200.0, 2000.0)
    assert sold(portfolio.model_copy(update={"accounts_digest": "of accounts"})) is None
    [sale, _] = importing.listing(place, None)
    cancel(place, sale.id, Actor.typed("Eve"), "busted")
    assert sold(portfolio).sold == ()
