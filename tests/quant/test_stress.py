"""The scenarios' figures against real funds, and how a portfolio's own are put over them."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from quant.policy.policy import Scenario
from quant.risk import stress
from tests.quant.books import make

SPANS = {
    "2008": (date(2008, 9, 12), date(2008, 11, 20)),
    "2020": (date(2020, 2, 19), date(2020, 3, 23)),
    "rates +200 bp": (date(2021, 12, 31), date(2022, 6, 14)),
}
FUNDS = {
    "equity": "SPY", "bonds": "AGG", "credit": "HYG", "real_estate": "VNQ", "commodities": "DBC",
    "gold": "GLD", "cash": "BIL",
}  # fmt: skip


@pytest.mark.parametrize("name", SPANS)
def test_the_moves_are_those_of_the_funds_that_the_file_names(shared_data, name):
    bars = pd.read_parquet(shared_data / "etf_daily.parquet").set_index(["session", "symbol"])["adj_close"]
    first, last = SPANS[name]
    moves = stress.known()[name].asset_class
    assert moves.keys() == FUNDS.keys()
    for asset_class, fund in FUNDS.items():
        real = bars[last, fund] / bars[first, fund] - 1
        if moves[asset_class] == 0:
            assert real > 0  # a gain that is not counted
        else:
            assert moves[asset_class] == pytest.approx(real, abs=0.0006)


def test_black_monday_by_its_published_levels():
    moves = stress.known()["1987"].asset_class
    assert moves["equity"] == pytest.approx(224.84 / 282.70 - 1, abs=5e-5)
    assert moves["commodities"] == pytest.approx(19.79 / 20.23 - 1, abs=5e-5)


def test_without_a_limit_there_is_no_scenario():
    assert list(stress.limited((), None)) == []
    assert [scenario.name for scenario, _ in stress.limited((), 0.2)] == [*stress.known()]


def test_an_own_limit_wins_and_own_moves_lie_over_those_of_a_file():
    own = (
        Scenario(name="2008", asset_class={"equity": -0.5}, max_loss=0.4),
        Scenario(name="oil", symbol={"XLE": -0.3}),
    )
    found = {scenario.name: (scenario, limit) for scenario, limit in stress.limited(own, 0.2)}
    assert {name: limit for name, (_, limit) in found.items()} == {
        "1987": 0.2, "2020": 0.2, "2008": 0.4, "rates +200 bp": 0.2, "oil": 0.2,
    }  # fmt: skip
    assert found["2008"][0].asset_class["equity"] == -0.5
    assert found["2008"][0].asset_class["bonds"] == -0.03
    assert stress.known()["2008"].asset_class["equity"] == -0.398
    assert [scenario.name for scenario, _ in stress.limited(own, None)] == ["2008"]


def test_what_has_no_move_is_unknown_and_not_zero():
    book = make({"SPY": ("equity", 0.5, 50, 100.0), "BTC": ("crypto", 0.5, 50, 100.0)}, 0.0)
    shock = stress.moves(book, stress.known()["2008"])
    np.testing.assert_array_equal(shock, [-0.398, np.nan])
    assert np.isnan(stress.loss(np.array([0.5, 0.5]), shock))
    assert stress.loss(np.array([0.5, 0.0]), shock) == pytest.approx(0.199)
    assert stress.loss(np.array([-0.5, 0.0]), shock) == pytest.approx(-0.199)
