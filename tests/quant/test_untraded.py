"""Why a symbol has no order: exactly one reason each, true by a second reading of the numbers."""

from dataclasses import replace
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.book.book import Book
from quant.book.drift import measure
from quant.policy.policy import Policy
from quant.rebalance.construction import Construction, construct
from quant.rebalance.rebalance import NOTHING_BEFORE
from quant.trading.limit_prices import limit_price
from quant.triggers import Past
from tests.quant.books import DRIFTED, books, make, policies
from tests.quant.test_construction import terms

PHRASES = (
    "stands where it should", "stands on do_not_buy", "stands on do_not_sell", "turnover_cap", "rounds to",
    "the cash for all buys", "no cash was left", "minimum trade", "nothing else asked",
)  # fmt: skip


def constructed(book: Book, policy: Policy, due: bool = False, past: Past = NOTHING_BEFORE) -> Construction:
    return construct(book, policy, due, frozenset(), past, None)


@given(books(), policies(), st.booleans(), st.sampled_from([None, 0.05]))
@settings(max_examples=40)
def test_each_symbol_is_traded_or_has_one_reason(
    book: Book, policy: Policy, due: bool, cap: float | None
) -> None:
    built = constructed(book, policy.model_copy(update={"turnover_cap": cap}), due)
    traded = {trade.symbol for trade in built.trades}
    assert traded.isdisjoint(built.untraded)
    assert traded | built.untraded.keys() == set(book.symbols)


@given(books(), policies("target"), st.booleans(), st.data())
@settings(max_examples=60)
def test_the_reason_is_true(book: Book, policy: Policy, due: bool, data: st.DataObject) -> None:
    lists = st.lists(st.sampled_from(book.symbols), max_size=2).map(tuple)
    changes = {
        "do_not_buy": data.draw(lists),
        "do_not_sell": data.draw(lists),
        "turnover_cap": data.draw(st.sampled_from([None, None, 0.0])),
    }
    policy = policy.model_copy(update=changes)
    found = constructed(book, policy, due).untraded
    said = {symbol: {phrase for phrase in PHRASES if phrase in why} for symbol, why in found.items()}
    assert said == {symbol: words for symbol, words in second_reading(book, policy, due).items() if words}


def second_reading(book: Book, policy: Policy, due: bool) -> dict[str, set[str]]:
    """DESIGN's "Who trades" and "Quantities" in plain Python: what stops each symbol, if anything."""
    if not due and not any(row.breached for row in measure(book, policy)):
        return {symbol: {"nothing else asked"} for symbol in book.symbols}
    prices = dict(zip(book.symbols, book.close.tolist(), strict=True))
    rows = zip(book.symbols, book.quantity.tolist(), book.target.tolist(), strict=True)
    shares = {
        symbol: (target * book.value * (1 - policy.cash_buffer) - held * prices[symbol]) / prices[symbol]
        for symbol, held, target in rows
    }
    found, live = {}, {}
    for symbol, wanted in shares.items():
        if abs(wanted) <= 1e-9:
            found[symbol] = {"stands where it should"}
        elif symbol in (policy.do_not_buy if wanted > 0 else policy.do_not_sell):
            found[symbol] = {f"stands on do_not_{'buy' if wanted > 0 else 'sell'}"}
        elif policy.turnover_cap == 0:
            found[symbol] = {"turnover_cap"}
        else:
            live[symbol] = wanted
    sells = {symbol: -whole(-wanted, policy) for symbol, wanted in live.items() if wanted < 0}
    buys = {symbol: wanted for symbol, wanted in live.items() if wanted > 0}
    limit = {
        symbol: limit_price("BUY" if live[symbol] > 0 else "SELL", prices[symbol], policy.limit_offset)
        for symbol in live
    }
    done = {one: lots for one, lots in sells.items() if -lots * prices[one] >= policy.min_trade}
    cash = book.cash - policy.cash_buffer * book.value - sum(limit[one] * lots for one, lots in done.items())
    needed = sum(limit[symbol] * wanted for symbol, wanted in buys.items())
    factor = min(1.0, max(0.0, cash) / needed) if needed else 1.0
    for symbol, wanted in live.items():
        lots = sells.get(symbol, whole(wanted * factor, policy) if wanted > 0 else 0.0)
        found[symbol] = stopped(wanted, lots, factor, prices[symbol], policy)
    return found


def whole(shares: float, policy: Policy) -> float:
    lot = policy.lot_size or 1e-6
    return floor((shares * (1 + 1e-14) + 1e-9) / lot) * lot


def stopped(wanted: float, lots: float, factor: float, price: float, policy: Policy) -> set[str]:
    if lots:
        return {"minimum trade"} if abs(lots) * price < policy.min_trade else set()
    if wanted < 0 or whole(wanted, policy) == 0:
        return {"rounds to"}
    return {"the cash for all buys", "rounds to"} if factor else {"no cash was left"}


TWO = {"A": ("x", 0.5, 100.0, 100.0), "B": ("y", 0.5, 60.0, 100.0)}
WIDE = Policy(cash_buffer=0.0, limit_offset=0.0, min_trade=0.0)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        # value 16,000, 8,000 each: sell 20 A, buy 20 B
        ({"do_not_sell": ("A",)}, "a sell of 20 shares (2,000.00) was wanted; it stands on do_not_sell"),
        ({"turnover_cap": 0.0}, "a sell of 20 shares (2,000.00) was wanted; turnover_cap = 0 left 0"),
        ({"lot_size": 50}, "a sell of 20 shares (2,000.00) was wanted, which rounds to 0 lots of 50"),
        (
            {"min_trade": 2500.0},
            "a sell of 20 shares (2,000.00) was wanted; that is below the minimum trade of 2,500.00",
        ),
        (
            # 2 x 5% of 16,000 are 1,600, half of it sold: 8 shares, in lots of 7
            {"turnover_cap": 0.05, "lot_size": 7, "min_trade": 750.0},
            (
                "a sell of 20 shares (2,000.00) was wanted; turnover_cap = 0.05 left a sell of 8 shares "
                "(800.00), of which a sell of 7 shares (700.00) could be done; that is below the minimum "
                "trade of 750.00"
            ),
        ),
        (
            {"when": "total_drift", "total_drift": 0.5},
            "its band is broken, and when = 'total_drift' is not met",
        ),
        (
            {"band_absolute": 0.2, "band_relative": 1.0},
            "it is within its band, and nothing else asked for a rebalance",
        ),
    ],
)
def test_the_step_that_left_nothing_is_named_with_its_numbers(change: dict, why: str) -> None:
    assert constructed(make(TWO, 0.0), WIDE.model_copy(update=change)).untraded["A"] == why


def test_a_buy_that_the_cash_does_not_reach() -> None:
    # A may not be sold: 1,000 of cash for 2,500 of B, 40%: 10 shares, less than a lot of 20
    policy = WIDE.model_copy(update={"do_not_sell": ("A",), "lot_size": 20})
    book = make(TWO, 1000.0)
    assert constructed(book, policy).untraded["B"] == (
        "a buy of 25 shares (2,500.00) was wanted; the cash for all buys covers 40.0% of it, "
        "which rounds to 0 lots of 20"
    )
    broke = replace(book, cash=0.0)
    assert constructed(broke, policy).untraded["B"].endswith("was wanted; no cash was left for buys")


def test_a_cooldown_and_a_missing_price() -> None:
    cooled = constructed(make(TWO, 0.0), WIDE.model_copy(update={"cooldown": 5}), past=Past(idle=2))
    assert cooled.untraded["A"].startswith("the cooldown keeps it back: 2 of 5 sessions since")
    unpriced = make({**TWO, "C": ("z", 0.0, 0.0, np.nan)}, 0.0)
    assert constructed(unpriced, WIDE).untraded == {"C": "its price or its rate is missing"}


def test_at_the_edge_what_is_not_needed_stays() -> None:
    book = make(
        {"A": ("x", 0.4, 500.0, 100.0), "B": ("y", 0.3, 200.0, 100.0), "C": ("z", 0.3, 300.0, 100.0)}, 0.0
    )
    policy = WIDE.model_copy(update={"destination": "edge"})
    assert constructed(book, policy).untraded == {
        "C": "it is within its band, and nothing of it was needed to fund the other trades"
    }


@pytest.mark.parametrize(
    ("change", "spread", "symbol", "why"),
    [
        ({"do_not_buy": ("GLD",)}, 0.0, "GLD", "and cost 0.00, but do_not_buy"),
        ({"do_not_sell": ("XYZ",)}, 0.0, "XYZ", "and cost 0.00, but do_not_sell"),
        # half of every trade's worth is lost to the spread: no tracking error costs as much
        ({}, 5000.0, "GLD", ", and cost 500.00 and any tax"),
    ],
)
def test_what_binds_an_optimum_is_named(change: dict, spread: float, symbol: str, why: str) -> None:
    policy = Policy(construction="optimised", cash_buffer=0.0, limit_offset=0.0, min_trade=0.0)
    half_spread = np.full(len(DRIFTED.symbols), spread)
    found = construct(
        DRIFTED, policy.model_copy(update=change), False, frozenset(), NOTHING_BEFORE,
        terms(DRIFTED, half_spread=half_spread),
    )  # fmt: skip
    assert found.status == "optimal"
    assert why in found.untraded[symbol]
    assert {trade.symbol for trade in found.trades} | found.untraded.keys() == set(DRIFTED.symbols)
