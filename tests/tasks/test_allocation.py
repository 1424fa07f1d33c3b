"""A model's weights in a run: drift and trades against them, the report, the ledger and the replay."""

import json

import numpy as np
import pytest

from tasks.replay import replay
from tasks.reporting import assemble
from tasks.wording import allocated
from tests.tasks.desk import CLOSES, TARGETS, Desk, market, sessions

COUNT = 70
RISK_PARITY = '[allocation]\nmodel = "risk_parity"\ntilt = 0.05\nwindow = 40\n'
TREND = '[allocation]\nmodel = "trend"\ntilt = 0.10\nwindow = 40\n'


def walks(sigmas=(0.02, 0.01, 0.005), drift=0.0):
    """The desk's market, but each symbol walks at random with its own volatility, to its last close."""
    frame = market(count=COUNT)
    random = np.random.default_rng(3)
    for symbol, sigma in zip(CLOSES, sigmas, strict=True):
        rows = frame["symbol"] == symbol
        path = np.exp(np.cumsum(random.normal(drift, sigma, COUNT)))
        for column in ("open", "high", "low", "close"):
            frame.loc[rows, column] *= path / path[-1]
    return frame


def tilts(report):
    return {row.symbol: row.target - row.strategic for row in report.allocation.weights}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("allocation"))
    return desk, desk.day(walks(), desk.portfolio(tables=RISK_PARITY))


def test_drift_is_measured_against_the_weights_in_force(ran):
    _, report = ran
    assert report.allocation.status == "applied"
    assert report.allocation.fitted_on == "2024-06-03"  # the month's first session
    found = {row.symbol: row for row in report.allocation.weights}
    assert {symbol: row.strategic for symbol, row in found.items()} == TARGETS
    assert found["CCC"].target == pytest.approx(0.25)  # the calmest
    assert sum(row.target for row in found.values()) == pytest.approx(1, abs=1e-12)
    drifts = {row.key: row.target for row in report.drift if row.level == "instrument"}
    assert drifts == {symbol: row.target for symbol, row in found.items()}


def test_trades_lead_to_the_weights_in_force(ran):
    _, report = ran
    bought = next(row for row in report.trades if row.symbol == "CCC")
    assert bought.weight_after == pytest.approx(0.25 * 0.99, abs=0.005)


def test_the_digest_names_model_day_and_largest_tilts(ran):
    _, report = ran
    sentence = allocated(report)
    assert sentence.startswith("Allocation risk_parity, fitted on 2024-06-03: ")
    assert "CCC +5.0%" in sentence


def test_a_replay_finds_the_same_digits(ran):
    desk, report = ran
    assert replay(desk.place(), report.run_id).difference is None
    desk.sql("update allocation set target = target + 1e-12 where symbol = 'CCC'")
    assert replay(desk.place(), report.run_id).difference.where == "allocation[CCC].target"
    desk.sql("update allocation set target = target - 1e-12 where symbol = 'CCC'")


def test_the_target_moves_with_the_month_and_not_with_the_day(desk):
    frame, portfolio = walks(), desk.portfolio(tables=RISK_PARITY)
    days = sessions(21)
    found = [desk.day(frame, portfolio, session=day).allocation for day in (days[-1], days[-10])]
    assert found[0] == found[1]
    before = desk.day(frame, portfolio, session=days[0])
    assert before.allocation.fitted_on == "2024-05-01"
    assert before.allocation.status == "fallback"  # of 70 sessions, 29 returns up to then
    assert before.allocation.weights != found[0].weights


def test_too_few_returns_leave_the_strategic_weights_and_say_so(desk):
    table = RISK_PARITY.replace("40", "252")
    report = desk.day(walks(), desk.portfolio(tables=table))
    assert report.allocation.status == "fallback"
    assert set(tilts(report).values()) == {0.0}
    assert allocated(report) == (
        "Allocation risk_parity: strategic weights, because AAA has 51 of the 252 returns that the model reads."
    )
    assert replay(desk.place(), report.run_id).difference is None


def test_what_the_trend_leaves_is_kept_in_cash(desk):
    frame = walks(sigmas=(0.001, 0.001, 0.001), drift=-0.002)
    report = desk.day(frame, desk.portfolio(tables=TREND))
    assert tilts(report) == pytest.approx(dict.fromkeys(TARGETS, -0.1))
    assert "30.0% kept in cash" in allocated(report)


def test_fixed_weights_are_those_of_the_file_and_store_nothing(desk):
    report = desk.day(market())
    assert report.allocation.status == "fixed"
    assert {row.symbol: row.target for row in report.allocation.weights} == TARGETS
    assert allocated(report) == ""
    assert desk.rows("allocation_of_run", run_id=report.run_id) == []


def test_a_run_of_before_there_were_models_is_shown_and_replayed(desk):
    report = desk.day(market())
    config = json.loads(desk.rows("run", run_id=report.run_id)[0]["config"])
    del config["allocation"]
    for target in config["target"]:
        del target["tilt"]
    desk.sql("update runs set config = ? where run_id = ?", json.dumps(config), report.run_id)
    assert replay(desk.place(), report.run_id).difference is None
    with desk.place().warehouse.open() as db:
        assert assemble(db, report.run_id).allocation == report.allocation
