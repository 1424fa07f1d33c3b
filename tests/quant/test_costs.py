import math
from dataclasses import replace

import numpy as np
import pytest

from quant.book.book import Trade
from quant.policy.policy import Costs
from quant.trading.costs import above_maximum, commissions, estimate

# 400 shares at 50 in a currency worth 0.5: a notional of 10,000
TRADE = Trade("ABC", "BUY", 400.0, 50.0, 50.25, "band", "", "", 0.1, 0.2, 0.5)


def test_each_part_by_hand():
    costs = Costs(commission_per_order=1.0, commission_per_share=0.01, commission_rate=2.0, impact=0.8)
    found = estimate(TRADE, costs, half_spread=5.0, volatility=0.02, volume=40_000.0)
    assert found.commission == pytest.approx(1.0 + 4.0 + 2.0)
    assert found.spread == pytest.approx(5.0)
    assert found.impact == pytest.approx(0.8 * 0.02 * 0.1 * 10_000)  # the root of 400 of 40,000 is a tenth


IBKR = Costs(commission_per_share=0.005, commission_min=1.0, commission_max=100.0)


@pytest.mark.parametrize(
    ("quantity", "price", "commission"),
    [
        (100, 25.0, 1.00),  # half a dollar is below the minimum
        (1000, 25.0, 5.00),
        (1000, 0.25, 2.50),  # 1% of 250 is less than 5.00
        (10, 0.20, 0.02),  # where minimum and maximum contradict each other, the maximum is charged
    ],
)
def test_interactive_brokers_fixed_pricing(quantity, price, commission):
    """The examples of its page on commissions for US stocks."""
    order = replace(TRADE, quantity=float(quantity), close=price, fx=1.0)
    assert estimate(order, IBKR, 0.0, 0.0, 1.0).commission == pytest.approx(commission)


def test_the_optimum_counts_a_maximum_and_no_minimum():
    a_share = np.array([0.005 / 25.0, 0.005 / 0.25])  # 2 and 200 basis points
    assert above_maximum(a_share, IBKR) == pytest.approx([0.0, 0.01])
    assert above_maximum(a_share, Costs(commission_per_share=0.005)) == pytest.approx([0.0, 0.0])


def test_an_order_of_no_shares_costs_nothing():
    assert commissions(np.zeros(1), np.zeros(1), Costs(commission_per_order=1.0, commission_min=2.0)) == 0.0


def test_without_settings_nothing_costs_anything():
    found = estimate(TRADE, Costs(), 0.0, math.nan, math.nan)
    assert (found.commission, found.spread, found.impact) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("volatility", "volume"), [(math.nan, 1e6), (0.02, math.nan), (0.02, 0.0)])
def test_an_impact_that_cannot_be_known(volatility, volume):
    assert math.isnan(estimate(TRADE, Costs(impact=1.0), 0.0, volatility, volume).impact)
