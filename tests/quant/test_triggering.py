"""When to rebalance, and what each policy of docs/rebalancing.md does; numbers were worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.book.book import Book
from quant.book.drift import Drifts, measure
from quant.policy.policy import Policy
from quant.policy.when import parse
from quant.rebalance import cash_first
from quant.rebalance.rebalance import propose
from quant.rebalance.triggering import judge, measures
from quant.triggers import Past, Situation
from tests.quant.books import books, frozen, make, policies, quantities

FREE = {"lot_size": 0, "cash_buffer": 0.0, "limit_offset": 0.0, "min_trade": 0.0}
few = settings(max_examples=30, deadline=None)


def two(spy: float, agg: float, cash: float = 0.0) -> Book:
    """60/40 at a price of 100 each."""
    return make({"SPY": ("equity", 0.6, spy, 100.0), "AGG": ("bonds", 0.4, agg, 100.0)}, cash)


def traded(
    book: Book, calendar_due: bool = False, past: Past | None = None, **policy: object
) -> dict[str, float]:
    asked = Policy.model_validate(FREE | policy)
    return quantities(propose(book, asked, calendar_due, frozenset(), past or Past()))


@pytest.mark.parametrize(
    ("text", "fired", "holds"),
    [
        ("a or b and c", {"a"}, True),  # and binds more tightly
        ("(a or b) and c", {"a"}, False),
        ("(a or b) and c", {"b", "c"}, True),
        ("a and (b or (c and d))", {"a", "c", "d"}, True),
        ("a", set(), False),
    ],
)
def test_an_expression(text: str, fired: set[str], holds: bool) -> None:
    assert parse(text).holds({name: name in fired for name in "abcd"}) is holds


def test_band_and_calendar() -> None:
    drifted, both = two(660, 340), {"when": "band and calendar", "calendar": "monthly"}
    assert traded(drifted, **both) == {}
    assert traded(two(620, 380), calendar_due=True, **both) == {}
    assert traded(drifted, calendar_due=True, **both) == {"SPY": -60, "AGG": 60}


def test_two_hundred_one_seventy_five() -> None:
    # 62.5% is 2.5 points over and beyond 2: to 61.75%, 7.5 shares of 1,000; the proceeds buy AGG.
    policy = {"band_absolute": 0.02, "band_relative": 1.0, "destination": "distance", "distance": 0.0175}
    assert traded(two(625, 375), **policy) == pytest.approx({"SPY": -7.5, "AGG": 7.5})
    assert traded(two(620, 380), **policy) == {}


def test_a_distance_beyond_a_narrow_band_stops_at_its_edge() -> None:
    # AGG has a relative band of 0.25 × 2% = 0.5 points, nearer than 1.75.
    book = make({"SPY": ("equity", 0.98, 970, 100.0), "AGG": ("bonds", 0.02, 30, 100.0)}, 0.0)
    policy = {"band_absolute": 0.02, "destination": "distance", "distance": 0.0175}
    assert traded(book, **policy) == pytest.approx({"AGG": -5.0, "SPY": 5.0})


def test_a_volatility_band_is_the_edge_that_it_leads_to() -> None:
    # 1 × 0.24 × √(1/12) × 0.6 = 4.1569 points for SPY; 64.5% goes to 64.1569%. AGG's own is 6.9 points.
    past = Past(frozen([0.24, 0.6]))
    policy = {"when": "volatility_band", "volatility_band": 1.0, "destination": "edge"}
    found = traded(two(645, 355), past=past, **policy)
    assert found == pytest.approx({"SPY": -3.430781, "AGG": 3.430781}, abs=2e-6)
    assert traded(two(645, 355), past=Past(frozen([0.3, 0.6])), **policy) == {}


def test_a_deposit_buys_what_is_furthest_below() -> None:
    # 540 and 360 shares and 10,000 cash: each 6% and 4% short; cash alone brings both to target.
    policy = {"when": "band or cash_flow", "cash_flow": 0.05, "cash_first": True}
    assert traded(two(540, 360, 10_000.0), **policy) == pytest.approx({"SPY": 60, "AGG": 40})
    # 600 and 340 with 6,000: all of it to AGG, which alone is short.
    assert traded(two(600, 340, 6_000.0), **policy) == pytest.approx({"AGG": 60})
    # 700 and 200 with 10,000: AGG is at 30% even then, so that the ordinary rebalance sells SPY too.
    assert traded(two(700, 200, 10_000.0), **policy) == pytest.approx({"SPY": -100, "AGG": 200})


def test_a_withdrawal_sells_what_is_furthest_above() -> None:
    policy = {"when": "cash_flow", "cash_flow": 0.02, "cash_first": True, "cash_buffer": 0.05}
    # 5,000 are missing: SPY stands 6,000 above 57,000, AGG 1,000 below its 38,000.
    assert traded(two(630, 370), **policy) == pytest.approx({"SPY": -50})


def test_levels_are_made_equal() -> None:
    gaps = np.array([[50.0, 30, 5, 0]] * 2)
    np.testing.assert_allclose(cash_first.levelled(gaps, frozen([40, 500])), [[30, 10, 0, 0], [50, 30, 5, 0]])


def test_a_cooldown_keeps_everything_back() -> None:
    drifted = two(700, 300)
    assert traded(drifted, past=Past(idle=4), cooldown=5) == {}
    for past in (Past(idle=5), Past()):
        assert traded(drifted, past=past, cooldown=5) == {"SPY": -100, "AGG": 100}


@few
@given(books(), policies(), st.booleans())
def test_by_default_a_rebalance_is_what_the_definitions_say(book: Book, policy: Policy, due: bool) -> None:
    policy = policy.model_copy(update={"calendar": "monthly"})
    found = Situation(Drifts.of(book, policy), due, Past())
    verdict = judge(found, measures(found))
    assert verdict.rebalance == (due or any(row.breached for row in measure(book, policy)))


@few
@given(books(), policies("distance"), st.sampled_from([0.0, 0.005, 0.0175]))
def test_a_distance_crosses_the_target_by_a_lot_at_most(book: Book, policy: Policy, distance: float) -> None:
    policy = policy.model_copy(update={"distance": distance, "when": "band or no_target"})
    rows = {row.key: row for row in measure(book, policy) if row.level == "instrument"}
    for trade in propose(book, policy, calendar_due=False):
        row = rows[trade.symbol]
        after = trade.weight_after - row.target
        lot = (policy.lot_size or 1e-6) * trade.close / book.value
        assert after * np.sign(row.drift) >= -lot - 1e-9
        assert abs(after) <= max(abs(row.drift), lot)


@few
@given(books(), policies("target"), st.sampled_from([0.0, 0.1]))
def test_cash_alone_trades_one_way_and_never_across_a_target(
    book: Book, policy: Policy, buffer: float
) -> None:
    asked = {"when": "cash_flow", "cash_flow": 0.0, "cash_first": True, "cash_buffer": buffer}
    policy = policy.model_copy(update=asked)
    trades = propose(book, policy, calendar_due=False)
    assert len({trade.side for trade in trades}) <= 1
    spare = book.cash - buffer * book.value
    assert all(trade.side == ("BUY" if spare > 0 else "SELL") for trade in trades)
    rows = {row.key: row for row in measure(book, policy)}
    for trade in trades:
        goal = rows[trade.symbol].target * (1 - buffer)
        assert (trade.weight_before - goal) * (trade.weight_after - goal) >= -1e-9
    spent = sum(trade.signed * trade.limit_price for trade in trades)
    assert book.cash - spent >= min(book.cash, buffer * book.value) - 1e-6
