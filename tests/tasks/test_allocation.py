"""A model's weights in a run: drift and trades against them, the report, the ledger and the replay."""

from dataclasses import replace

import numpy as np
import pytest

from quant.allocate import _weights
from quant.policy.policy import AllocationPolicy
from tasks.day.measure import measured
from tasks.record.replay import replay
from tasks.snapshot.snapshot import load_snapshot
from tests.tasks.desk import CLOSES, TARGETS, Desk, market

COUNT = 70
TABLE = '[allocation]\nmodel = "risk_parity"\ntilt = 0.05\nwindow = 40\n'


def walks():
    """The desk's market, but each symbol walks at random with its own volatility, to its last close."""
    frame = market(count=COUNT)
    random = np.random.default_rng(3)
    for symbol, sigma in zip(CLOSES, (0.02, 0.01, 0.005), strict=True):
        path = np.exp(np.cumsum(random.normal(0, sigma, COUNT)))
        for column in ("open", "high", "low", "close"):
            frame.loc[frame["symbol"] == symbol, column] *= path / path[-1]
    return frame


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("allocation"))
    return desk, desk.day(walks(), desk.portfolio(tables=TABLE))


def test_drift_is_measured_against_the_weights_in_force(ran):
    _, report = ran
    found = {row.symbol: row for row in report.allocation.weights}
    assert report.allocation.status == "applied"
    assert report.allocation.fitted_on == "2024-06-03"  # the month's first session
    assert {symbol: row.strategic for symbol, row in found.items()} == TARGETS
    assert found["CCC"].target == pytest.approx(0.25)  # the calmest
    assert sum(row.target for row in found.values()) == pytest.approx(1, abs=1e-12)
    drifts = {row.key: row.target for row in report.drift if row.level == "instrument"}
    assert drifts == {symbol: row.target for symbol, row in found.items()}


def test_trades_lead_to_the_weights_in_force(ran):
    """A desired 25% of 99% of 100,000 is 1,237 CCC at 20; 250 are held, and all buys share the cash."""
    _, report = ran
    bought = next(row for row in report.trades if row.symbol == "CCC")
    assert 970 <= bought.quantity <= 987


def test_a_replay_fits_anew_and_finds_the_same_digits(ran):
    desk, report = ran
    _weights.cache_clear()
    assert replay(desk.context(), report.run_id).difference is None
    assert _weights.cache_info().misses == 1
    desk.sql("update allocation set target = target + 1e-12 where symbol = 'CCC'")
    difference = replay(desk.context(), report.run_id).difference
    desk.sql("update allocation set target = target - 1e-12 where symbol = 'CCC'")
    assert difference.where == "allocation[CCC].target"


def test_too_few_returns_leave_the_strategic_weights_and_say_so(ran):
    """Of 70 sessions, 52 lie before 4 June: 51 returns."""
    desk, report = ran
    with desk.visit() as db:
        snapshot = load_snapshot(db, report.run_id)
    policy = AllocationPolicy(model="risk_parity", tilt=0.05)
    found = measured(
        replace(snapshot, portfolio=snapshot.portfolio.model_copy(update={"allocation": policy}))
    )
    assert {row.symbol: row.target for row in found.allocation} == TARGETS
    assert found.facts.allocation_reason == "AAA has 51 of the 252 returns that the model reads"
