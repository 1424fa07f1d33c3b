"""Losses harvested: an example worked out by hand, what prevents one, and what holds for every one."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.book.book import Book
from quant.decide import Decision, decide
from quant.decision_inputs import DecisionInputs, Evidence
from quant.policy.policy import Limits, Policy, Tax
from quant.rebalance.controls import Controls
from quant.rebalance.harvest import Harvest, considered, harvests
from quant.trading.lots import Lot
from quant.trading.trading_terms import TradingTerms
from quant.trading.wash_sales import SoldAtLoss, WashSales
from quant.triggers import Past
from tests.quant.books import cash_after, frozen, make
from tests.quant.test_construction import terms as plain_terms

DAY = date(2024, 7, 1)
OLD, RECENT = date(2023, 1, 10), date(2024, 3, 1)
POLICY = Policy(cash_buffer=0.01, limit_offset=0.0, min_trade=100.0, band_absolute=0.05)
UNLIMITED, NOTHING = Limits(), Past()
TAX = Tax(method="hifo", short_rate=0.4, long_rate=0.2, harvest=0.05)
# 100,000: SPY at 100 is 60% as it should be, AGG 39% and cash 1%; IVV, at 50, may stand in for SPY.
LOTS = (
    Lot("SPY", OLD, 300, 80.0),  # a gain
    Lot("SPY", RECENT, 200, 110.0),  # 9.1% below, 10 a share, short: harvested
    Lot("SPY", OLD + timedelta(days=1), 100, 104.0),  # 3.8% below: not enough
)


def book(spy=600.0, ivv=0.0, agg=390.0, cash=1000.0):
    rows = {
        "SPY": ("equity", 0.6, spy, 100.0),
        "AGG": ("bond", 0.4, agg, 100.0),
        "IVV": ("equity", 0.0, ivv, 50.0),
    }
    return replace(make(rows, cash), replacements={"SPY": "IVV"})


def terms(held: Book, lots=LOTS, tax=TAX) -> TradingTerms:
    return plain_terms(held, lots=lots, tax=tax, day=DAY)


def decided(
    held: Book, lots=LOTS, tax=TAX, policy=POLICY, limits=UNLIMITED, past=NOTHING, switch=None, sold=()
) -> Decision:
    count = len(held.symbols)
    evidence = Evidence(
        np.full((0, count), np.nan), np.full(0, np.nan), held.close, np.full(count, 1e6), np.zeros(count)
    )
    return decide(
        DecisionInputs(
            held,
            policy,
            limits,
            False,
            evidence,
            kill_switch=switch,
            past=past,
            terms=terms(held, lots, tax),
            controls=Controls(wash_sales=WashSales(block=True, sold=sold)),
        )
    )


def traded(found: Decision) -> dict[str, float]:
    return {row.trade.symbol: row.trade.signed for row in found.trades}


def test_a_lot_far_below_its_cost_is_sold_and_the_replacement_bought():
    found = decided(book())
    assert traded(found) == {"SPY": -200.0, "IVV": 400.0}
    sale, purchase = (row.trade for row in found.trades)
    assert (sale.trigger, purchase.trigger) == ("harvest", "harvest")
    assert sale.rule.startswith("lots at least 5.0% below their cost are sold")
    assert sale.reason == (
        "200 SPY are 9.1% below their cost: sell for a loss of 2,000.00, which saves about 800.00 of tax, "
        "and buy IVV instead"
    )
    assert purchase.reason == "SPY is sold for a loss of 2,000.00: buy IVV in its place"
    assert (sale.weight_after, purchase.weight_after) == (pytest.approx(0.4), pytest.approx(0.2))
    assert all(row.held_because is None for row in found.trades)
    assert found.construction.harvested == (Harvest("SPY", "IVV", 200.0, 2000.0, 1 / 11, 800.0, sale.rule),)


def test_a_loss_in_the_replacement_goes_back_to_the_target():
    lots = (Lot("SPY", OLD, 300, 80.0), Lot("IVV", RECENT, 600, 60.0))
    assert traded(decided(book(spy=300.0, ivv=600.0), lots)) == {"IVV": -600.0, "SPY": 300.0}


def test_of_losses_in_both_the_larger_is_taken():
    lots = (
        Lot("SPY", OLD, 300, 120.0),
        Lot("IVV", RECENT, 600, 60.0),
    )  # 6,000 of each: of equals the target's
    assert traded(decided(book(spy=300.0, ivv=600.0), lots)) == {"SPY": -300.0, "IVV": 600.0}
    lots = (Lot("SPY", OLD, 300, 120.0), Lot("IVV", RECENT, 600, 61.0))
    assert traded(decided(book(spy=300.0, ivv=600.0), lots)) == {"IVV": -600.0, "SPY": 300.0}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"spy": 640.0, "agg": 350.0}, {"SPY": -200.0, "IVV": 400.0}),  # within its band
        ({"spy": 500.0, "agg": 490.0}, {"SPY": -200.0, "AGG": -94.0, "IVV": 588.0}),  # 59,400 in all
        ({"spy": 700.0, "agg": 290.0}, {"SPY": -200.0, "AGG": 106.0, "IVV": 188.0}),
        ({"spy": 900.0, "agg": 90.0}, {"SPY": -306.0, "AGG": 306.0}),  # it shrinks by more than the lot
    ],
)
def test_it_joins_a_rebalance(changed, expected):
    held = book(**changed)
    more = Lot("SPY", date(2020, 1, 1), held.quantity[0] - 500, 80.0)
    lots = (Lot("SPY", OLD, 300, 80.0), Lot("SPY", RECENT, 200, 110.0))
    found = decided(held, (*lots, more) if more.quantity else lots)
    assert traded(found) == expected
    purchase = found.trades[-1].trade
    if purchase.symbol == "IVV":
        words = {400.0: "in its place", 588.0: "what the pair lacks", 188.0: "what the pair has too much"}
        assert purchase.reason.endswith(words[purchase.quantity])


SOLD = (SoldAtLoss(symbol="IVV", day=date(2024, 6, 20), quantity=10.0, loss=50.0),)
PREVENTED = {
    "no harvest": {"tax": TAX.model_copy(update={"harvest": None})},
    "too small a loss": {"tax": TAX.model_copy(update={"harvest_min": 2000.01})},
    "too little below cost": {"tax": TAX.model_copy(update={"harvest": 0.0910})},
    "a purchase in the window stays": {"lots": (*LOTS[:2], Lot("SPY", date(2024, 6, 3), 100, 99.0))},
    "the purchase would be a wash sale": {"past": Past(sold_at_loss=frozenset({"IVV"})), "sold": SOLD},
    "a cooldown": {"policy": POLICY.model_copy(update={"cooldown": 5}), "past": Past(idle=2)},
    "do not sell": {"policy": POLICY.model_copy(update={"do_not_sell": ("SPY",)})},
    "do not buy": {"policy": POLICY.model_copy(update={"do_not_buy": ("IVV",)})},
    "restricted": {"limits": Limits(restricted=("IVV",))},
    "beyond a limit": {"limits": Limits(max_turnover=0.1)},
    "beyond the cap": {"policy": POLICY.model_copy(update={"turnover_cap": 0.1})},
    "below the minimum trade": {"policy": POLICY.model_copy(update={"min_trade": 20_001.0})},
    "not a lot": {"policy": POLICY.model_copy(update={"lot_size": 201})},
    "killed": {"switch": "by hand"},
}


@pytest.mark.parametrize("prevented", PREVENTED.values(), ids=PREVENTED)
def test_both_legs_or_none(prevented):
    assert traded(decided(book(), **prevented)) == {}


@pytest.mark.parametrize(
    ("prevented", "words"),
    [
        ("too small a loss", "it is less than harvest_min, 2,000.01"),
        ("a purchase in the window stays", "near the sale stays, so that 1,000.00 of it would be disallowed"),
        ("the purchase would be a wash sale", "buying IVV would be a wash sale"),
        ("a cooldown", "a cooldown runs"),
        ("do not sell", "SPY stands on do_not_sell"),
        ("do not buy", "IVV stands on do_not_buy"),
        ("below the minimum trade", "the sale is below min_trade, 20,001.00"),
    ],
)
def test_what_is_not_harvested_has_its_reason(prevented, words):
    case = {"policy": POLICY, "past": NOTHING, "lots": LOTS, "tax": TAX} | PREVENTED[prevented]
    [(one, refused)] = considered(
        book(), case["policy"], case["past"], terms(book(), case["lots"], case["tax"])
    )
    assert (one.sold, one.loss) == ("SPY", 2000.0)
    assert words in refused


def test_a_replacement_without_a_price_is_not_bought():
    held = replace(book(), close=frozen([100.0, 100.0, np.nan]))
    [(_, refused)] = considered(held, POLICY, NOTHING, terms(held))
    assert refused == "IVV has no price"
    assert traded(decided(held)) == {}


def test_cash_below_its_buffer_is_not_filled_by_a_harvest():
    # 20,000 come in, of which 5,000 would go to the buffer.
    assert traded(decided(book(spy=610.0, agg=430.0, cash=-4000.0))) == {}


def test_a_harvest_beyond_a_limit_leaves_the_rebalance_alone():
    held, lots = book(spy=500.0, agg=490.0), (LOTS[0], LOTS[1])
    found = decided(held, lots, limits=Limits(max_turnover=0.12))  # with it: 200 + 94 + 294 shares, 29.4%
    assert traded(found) == {"AGG": -94.0, "SPY": 94.0}
    assert all(row.held_because is None for row in found.trades)


def test_minimum_tax_stops_at_the_first_lot_that_is_not_far_enough_below():
    """Short at 40%: 4% below saves 1.67 a share; long at 20%: 6% below saves 1.28, and comes after it."""
    lots = (Lot("SPY", RECENT, 100, 100 / 0.96), Lot("SPY", OLD, 100, 100 / 0.94))
    held = book(spy=200.0)
    way = TAX.model_copy(update={"method": "minimum_tax"})
    assert harvests(held, POLICY, Past(), terms(held, lots, way)) == ()
    assert harvests(held, POLICY, Past(), terms(held, lots))[0].quantity == 100.0


@st.composite
def cases(draw: st.DrawFn) -> tuple[Book, tuple[Lot, ...], Policy, Tax]:
    """A pair with up to three lots each and a bond, none of them bought within the window."""
    days = st.integers(31, 800)
    lots, taken = [], set()
    for symbol in ("SPY", "IVV"):
        for _ in range(draw(st.integers(0, 3))):
            acquired = DAY - timedelta(days=draw(days))
            if (symbol, acquired) not in taken:
                taken.add((symbol, acquired))
                cost = draw(st.integers(60, 160)) * (1.0 if symbol == "SPY" else 0.5)
                lots.append(Lot(symbol, acquired, float(draw(st.integers(1, 400))), cost))
    total = {symbol: sum(lot.quantity for lot in lots if lot.symbol == symbol) for symbol in ("SPY", "IVV")}
    held = book(
        total["SPY"], total["IVV"], float(draw(st.integers(0, 500))), float(draw(st.integers(1, 30_000)))
    )
    policy = Policy(
        lot_size=draw(st.sampled_from([0, 1, 10])),
        min_trade=draw(st.sampled_from([0.0, 500.0])),
        turnover_cap=draw(st.sampled_from([None, 0.1])),
        limit_offset=draw(st.sampled_from([0.0, 0.005])),
    )
    method = draw(st.sampled_from(["hifo", "minimum_tax"]))
    return held, tuple(lots), policy, TAX.model_copy(update={"method": method})


@settings(max_examples=40, deadline=None)
@given(cases(), st.sampled_from([None, 0.3]))
def test_what_holds_for_every_harvest(drawn, most):
    held, lots, policy, tax = drawn
    limits = Limits(max_turnover=most)
    found = decided(held, lots, tax, policy, limits)
    plain = decided(held, lots, tax.model_copy(update={"harvest": None}), policy, limits)
    price = dict(zip(held.symbols, held.close.tolist(), strict=True))
    legs = {row.trade.symbol: row.trade for row in found.trades if row.trade.trigger == "harvest"}
    assert set(legs) in (set(), {"SPY", "IVV"})
    assert {trade.side for trade in legs.values()} in (set(), {"BUY", "SELL"})
    if policy.lot_size:
        assert all(trade.quantity % policy.lot_size == 0 for trade in legs.values())
    for one in found.construction.harvested:
        assert legs[one.sold].quantity == one.quantity
        far = [lot for lot in lots if lot.symbol == one.sold and price[one.sold] <= lot.cost_basis * 0.95]
        assert one.quantity <= sum(lot.quantity for lot in far) + 1e-6
        assert one.loss > 0
        assert one.loss >= 0.05 * one.quantity * price[one.sold]
    sides = [row.trade.side for row in found.trades]
    assert sides == sorted(sides, reverse=True)
    if not legs:
        assert [row.trade for row in found.trades] == [row.trade for row in plain.trades]
    for row in found.trades:
        assert row.trade.notional >= policy.min_trade
        if policy.lot_size and row.trade.side == "BUY":
            assert row.trade.quantity % policy.lot_size == 0
    passed = [row.trade for row in found.trades if row.held_because is None]
    floor = min(held.cash, policy.cash_buffer * held.value)
    assert cash_after(held, passed) >= floor - policy.min_trade * len(held.symbols) - 0.01
