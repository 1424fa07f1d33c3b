"""Deposits, withdrawals and gain allowances: worked out by hand, and what holds for every portfolio."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quant.book.book import Book, Trade
from quant.policy.policy import Policy, Tax
from quant.rebalance.instructed import Instruction, construct
from quant.rebalance.rebalance import NOTHING_BEFORE, propose
from quant.trading.allowance import Piece, TaxLots
from quant.trading.lots import Lot
from tests.quant.books import DRIFTED, books, cash_after, make, policies, quantities, weights_after

NOTHING: frozenset[str] = frozenset()
DAY = date(2024, 7, 1)
LONG, SHORT = date(2020, 1, 6), date(2024, 5, 2)
TAX = Tax(method="fifo", short_rate=0.4, long_rate=0.2)
CENT = 0.01


def trades(
    kind: str, book: Book, policy: Policy, held: frozenset[str] = NOTHING, **more: object
) -> tuple[Trade, ...]:
    asked = Instruction(kind, kind, **more)  # type: ignore[arg-type]
    return construct(asked, book, policy, False, held, NOTHING_BEFORE).trades


# 100,000 with 7,000 just deposited: 60/40, 3 and 4 points under, both inside their bands.
BALANCED = make({"SPY": ("equity", 0.6, 570, 100.0), "AGG": ("bond", 0.4, 360, 100.0)}, 7000.0)


def test_a_deposit_buys_inside_the_bands_by_one_factor() -> None:
    """Desired 59,400 and 39,600: 24 SPY and 36 AGG lack. 60 at 100.50 cost 6,030 of 6,000: 99.5%."""
    assert propose(BALANCED, Policy(), False) == ()  # nothing calls for a rebalance
    found = trades("deposit", BALANCED, Policy())
    assert [(row.symbol, row.side, row.quantity) for row in found] == [("SPY", "BUY", 23), ("AGG", "BUY", 35)]
    assert found[0].trigger == "deposit"
    assert found[0].reason == (
        "SPY is 57.0% against a target of 60.0%, 3.0 points under (band 5.0): buy with the deposit, "
        "cut to 99.5% by the cash there is"
    )


def test_a_deposit_sells_nothing_of_what_breaks_its_band() -> None:
    """SPY is 11 over and XYZ has no target: the rebalance of DRIFTED sells both, a deposit neither."""
    with_cash = replace(DRIFTED, cash=1000.0)
    assert quantities(propose(with_cash, Policy(), False))["XYZ"] == -38
    assert {*quantities(trades("deposit", with_cash, Policy()))} <= {"AGG", "GLD"}


# 100,000 after 10,000 were taken out of 5,000 cash: 6,000 lack. SPY and EFA are 6,550 and 2,550 over.
SHORT_OF_CASH = make(
    {
        "SPY": ("equity", 0.6, 660, 100.0),
        "EFA": ("equity", 0.2, 224, 100.0),
        "AGG": ("bond", 0.2, 166, 100.0),
    },
    -5000.0,
)


def test_without_taxes_a_withdrawal_takes_the_largest_excess_until_they_are_equal() -> None:
    """Over: SPY 6,600, EFA 2,600. 6,000 at 99.50 are 6,030.15: down to 1,584.92 they give 5,015 and 1,015."""
    assert quantities(trades("withdrawal", SHORT_OF_CASH, Policy())) == {"SPY": -51, "EFA": -11}


def test_a_withdrawal_takes_the_least_tax_of_equal_drifts() -> None:
    """EFA gains nothing and goes down to its target, 26; SPY, taxed, gives the rest: 3,413 at 99.50."""
    lots = {"SPY": [Lot("SPY", LONG, 660, 50.0)], "EFA": [Lot("EFA", LONG, 224, 100.0)]}
    taxed = TaxLots(lots | {"AGG": [Lot("AGG", LONG, 166, 100.0)]}, TAX, DAY)
    assert quantities(trades("withdrawal", SHORT_OF_CASH, Policy(), lots=taxed)) == {"EFA": -26, "SPY": -35}


def test_a_withdrawal_goes_below_targets_where_it_must_in_proportion() -> None:
    held = frozenset({"SPY", "EFA"})
    assert quantities(trades("withdrawal", SHORT_OF_CASH, Policy(), held)) == {"AGG": -61}


def test_a_withdrawal_under_the_minimum_trade_sells_the_minimum() -> None:
    little = replace(SHORT_OF_CASH, cash=1050.0)
    missing = 0.01 * little.value - 1050.0
    assert 0 < missing < 20
    assert quantities(trades("withdrawal", little, Policy(min_trade=1000.0))) == {"SPY": -11}


def test_an_allowance_is_used_up_and_not_more() -> None:
    """SPY, above its target, goes first: 33 shares gain 990 of 1,000. 10 AGG gain the rest, 1 each."""
    book = make({"SPY": ("equity", 0.5, 600, 100.0), "AGG": ("bond", 0.5, 400, 100.0)}, 0.0)
    lots = TaxLots({"SPY": [Lot("SPY", LONG, 600, 70.0)], "AGG": [Lot("AGG", LONG, 400, 99.0)]}, TAX, DAY)
    found = trades("gain_allowance", book, Policy(), most_gain=1000.0, lots=lots)
    assert quantities(found) == {"SPY": -33, "AGG": -10}
    # With 5,000: SPY to its target (105 shares, 3,150), 61 more of it, which gains more than AGG, and 20 AGG.
    found = trades("gain_allowance", book, Policy(), most_gain=5000.0, lots=lots)
    assert quantities(found) == {"SPY": -166, "AGG": -20}


def test_a_loss_counts_against_the_gain_unless_it_is_a_wash_sale() -> None:
    """FIFO sells 10 at a loss of 20 each, then 10 at a gain of 40: with 0 to gain, 15 shares."""
    old = [Lot("X", LONG, 10, 120.0), Lot("X", LONG + timedelta(days=9), 10, 60.0)]
    assert TaxLots({"X": old}, TAX, DAY).within("X", 20, 100.0, 0.0, 1) == 15
    # What was bought near the sale and stays replaces the 10: their loss of 200 is disallowed.
    near = [*old, Lot("X", DAY - timedelta(days=5), 30, 100.0)]
    assert TaxLots({"X": near}, TAX, DAY).within("X", 20, 100.0, 0.0, 1) == 10


def test_lots_before_a_less_taxed_one_are_one_piece_with_it() -> None:
    """FIFO: 40 a share of gain (tax 8), then a loss of 20 (tax -4): together 4 of tax on 200."""
    lots = TaxLots({"X": [Lot("X", LONG, 10, 60.0), Lot("X", LONG + timedelta(days=1), 10, 120.0)]}, TAX, DAY)
    assert lots.pieces("X", 100.0) == [Piece(pytest.approx(0.02), 2000.0)]


@settings(deadline=None, max_examples=60)
@given(books(), policies("target"))
def test_a_deposit_never_sells_nor_spends_more_than_there_is(book: Book, policy: Policy) -> None:
    found = trades("deposit", book, policy)
    assert all(row.side == "BUY" for row in found)
    spare = max(0.0, book.cash - policy.cash_buffer * book.value)
    assert book.cash - cash_after(book, found) <= spare + 1e-6 * book.value
    away_before = np.abs(book.weights - book.target).sum()
    assert np.abs(weights_after(book, found) - book.target).sum() <= away_before + 1e-9
    assert (
        np.abs(weights_after(book, found) - book.target) <= np.abs(book.weights - book.target) + 1e-9
    ).all()


@settings(deadline=None, max_examples=60)
@given(books(), policies("target"), st.floats(0.0, 1.2), st.booleans())
def test_a_withdrawal_never_buys_and_raises_it_or_has_no_more_to_sell(
    book: Book, policy: Policy, part: float, taxed: bool
) -> None:
    without = replace(book, cash=book.cash - part * book.value)
    assume(without.value > 0)
    lots = {
        symbol: [Lot(symbol, LONG, quantity / 2, close / 2), Lot(symbol, SHORT, quantity / 2, close * 2)]
        for symbol, quantity, close in zip(
            book.symbols, book.quantity.tolist(), book.close.tolist(), strict=True
        )
        if quantity
    }
    found = trades("withdrawal", without, policy, lots=TaxLots(lots if taxed else {}, TAX, DAY))
    assert all(row.side == "SELL" for row in found)
    missing = policy.cash_buffer * without.value - cash_after(without, found)
    if missing > CENT:
        lot = policy.lot_size or 1e-6
        sold = {row.symbol: row.quantity for row in found}
        left = [
            (quantity - sold.get(symbol, 0.0), close)
            for symbol, quantity, close in zip(
                book.symbols, book.quantity.tolist(), book.close.tolist(), strict=True
            )
        ]
        # What is left of each is less than a lot, or its whole sale would be below the minimum.
        assert all(
            rest < lot + 1e-6 or (rest + 0.0) * close < policy.min_trade + lot * close for rest, close in left
        )


@settings(deadline=None, max_examples=60)
@given(
    books(),
    policies("target"),
    st.floats(0.0, 50_000.0),
    st.lists(
        st.tuples(st.floats(0.1, 2.0), st.integers(1, 2000)), min_size=1, max_size=4, unique_by=lambda x: x[1]
    ),
    st.sampled_from(["fifo", "lifo", "hifo", "minimum_tax"]),
    st.sampled_from(["gain_allowance", "withdrawal"]),
)
def test_no_more_is_gained_than_allowed_by_the_lots_own_cost(
    book: Book, policy: Policy, most: float, drawn: list[tuple[float, int]], method: str, kind: str
) -> None:
    book = replace(book, cash=-0.3 * float(book.value - book.cash)) if kind == "withdrawal" else book
    assume(book.value > 0)
    tax = Tax(method=method, short_rate=0.4, long_rate=0.2)  # type: ignore[arg-type]
    lots = {
        symbol: [
            Lot(symbol, DAY - timedelta(days=days), quantity / len(drawn), close * share)
            for share, days in drawn
        ]
        for symbol, quantity, close in zip(
            book.symbols, book.quantity.tolist(), book.close.tolist(), strict=True
        )
    }
    known = TaxLots(lots, tax, DAY)
    found = trades(kind, book, policy, most_gain=most, lots=known)
    assert all(row.side == "SELL" for row in found)
    gained = sum(known.gain(row.symbol, row.quantity, row.close) for row in found)
    assert gained <= most + 1e-6
    cheapest = sum(
        row.quantity * (row.close - max(lot.cost_basis for lot in lots[row.symbol])) for row in found
    )
    assert cheapest <= most + 1e-6
