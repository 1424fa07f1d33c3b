"""What holds whatever calls for a rebalance, however that is joined, and whatever else the policy sets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.book.book import Book
from quant.book.drift import Drifts, measure
from quant.policy.policy import Policy
from quant.policy.when import parse
from quant.rebalance.rebalance import propose
from quant.rebalance.triggering import judge, measures
from quant.triggers import Past, Situation
from tests.quant.books import books, cash_after, policies, weights_after

TRIGGERS = ["band", "no_target", "volatility_band", "total_drift", "cash_flow", "calendar"]
few = settings(max_examples=30, deadline=None)


def expressions(names: list[str]) -> st.SearchStrategy[str]:
    """Names joined by and, or and parentheses."""
    return st.recursive(
        st.sampled_from(names),
        lambda part: st.tuples(part, st.sampled_from(["and", "or"]), part).map(
            lambda joined: f"({' '.join(joined)})"
        ),
        max_leaves=5,
    )


@st.composite
def situations(draw: st.DrawFn, *destinations: str, classes: bool = True) -> tuple[Book, Policy, bool, Past]:
    """A book, a policy in which each trigger may fire, whether the calendar is due, and what came before."""
    book, policy = draw(books()), draw(policies(*destinations))
    some = st.sampled_from([(), book.symbols[:1], book.symbols[-1:]])
    asked = {
        "when": draw(expressions([*TRIGGERS, *(["class_band"] if classes else [])])),
        "calendar": "monthly",
        "total_drift": draw(st.sampled_from([0.01, 0.1, 0.4])),
        "volatility_band": draw(st.sampled_from([0.2, 2.0])),
        "cash_flow": draw(st.sampled_from([0.0, 0.02, 0.3])),
        "distance": draw(st.sampled_from([0.0, 0.005, 0.0175])),
        "turnover_cap": draw(st.sampled_from([None, None, 0.02, 0.3])),
        "do_not_sell": draw(some),
        "do_not_buy": draw(some),
    }
    spread = draw(st.lists(st.sampled_from([0.01, 0.2, np.nan]), min_size=8, max_size=8))
    past = Past(np.array(spread[: len(book.symbols)]))
    return book, policy.model_copy(update=asked), draw(st.booleans()), past


@few
@given(situations("target", "edge", "halfway", "distance"), st.booleans())
def test_every_proposal(situation: tuple[Book, Policy, bool, Past], cash_first: bool) -> None:
    book, policy, due, past = situation
    policy = policy.model_copy(update={"cash_first": cash_first})
    trades = propose(book, policy, due, past=past)

    found = Situation(Drifts.of(book, policy), due, past)
    verdict = judge(found, measures(found))
    fired = {row.trigger for row in verdict.rules if row.fired}
    when = parse(policy.when)
    assert verdict.rebalance == when.holds({name: name in fired for name in when.names})
    assert verdict.rebalance or not trades

    sides = [trade.side for trade in trades]
    assert sides == sorted(sides, reverse=True)  # SELL before BUY
    held = dict(zip(book.symbols, book.quantity.tolist(), strict=True))
    for trade in trades:
        lots = trade.quantity / (policy.lot_size or 1e-6)
        assert lots == pytest.approx(round(lots), abs=1e-3)
        assert trade.notional >= policy.min_trade
        assert trade.side == "BUY" or trade.quantity <= held[trade.symbol]
        assert trade.symbol not in (policy.do_not_sell if trade.side == "SELL" else policy.do_not_buy)

    traded = sum(trade.notional for trade in trades)
    assert policy.turnover_cap is None or traded <= 2 * book.value * policy.turnover_cap + 1e-6
    dropped = policy.min_trade * (len(book.symbols) - len(trades))  # a sell that is dropped has paid for buys
    assert cash_after(book, trades) >= min(book.cash, policy.cash_buffer * book.value - dropped) - 1e-6
    at_close = book.cash - sum(trade.signed * trade.close for trade in trades)
    assert weights_after(book, trades).sum() + at_close / book.value == pytest.approx(1.0)


@few
@given(situations("edge", "halfway", "distance", classes=False))
def test_none_is_carried_across_its_target(situation: tuple[Book, Policy, bool, Past]) -> None:
    """Bands of classes move their members together, and may; that their classes stop is in test_rebalance."""
    book, policy, due, past = situation
    rows = {row.key: row for row in measure(book, policy) if row.level == "instrument"}
    for trade in propose(book, policy, due, past=past):
        row = rows[trade.symbol]
        after = trade.weight_after - row.target
        lot = (policy.lot_size or 1e-6) * trade.close / book.value  # what reaches a band is rounded beyond it
        assert after * row.drift >= -1e-9 or abs(after) <= lot
        assert abs(after) <= max(abs(row.drift) + 1e-12, lot)


@few
@given(situations("target"), st.integers(0, 9))
def test_a_cooldown_lets_nothing_through(situation: tuple[Book, Policy, bool, Past], idle: int) -> None:
    book, policy, due, past = situation
    cooling = policy.model_copy(update={"cooldown": 5})
    trades = propose(book, cooling, due, past=Past(past.volatility, idle))
    assert trades == (propose(book, policy, due, past=past) if idle >= 5 else ())
