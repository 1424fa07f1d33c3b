"""What holds for every book and policy."""

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.book.book import Book
from quant.book.drift import measure
from quant.policy.policy import Policy
from quant.rebalance.rebalance import propose
from tests.quant.books import books, frozen, policies, quantities


@given(books(), policies(), st.booleans())
def test_orders_respect_lots_holdings_and_the_minimum_trade(book: Book, policy: Policy, due: bool) -> None:
    trades = propose(book, policy, due)
    held = dict(zip(book.symbols, book.quantity, strict=True))
    for trade in trades:
        assert trade.quantity > 0
        assert trade.notional >= policy.min_trade
        lots = trade.quantity / (policy.lot_size or 1e-6)
        assert lots == pytest.approx(round(lots), abs=1e-3)
        if trade.side == "SELL":
            assert trade.quantity <= held[trade.symbol]
    sides = [trade.side for trade in trades]
    assert sides == sorted(sides, reverse=True)  # sells first


@given(books(), policies(), st.booleans())
def test_buys_leave_the_buffer(book: Book, policy: Policy, due: bool) -> None:
    trades = propose(book, policy, due)
    cash = book.cash - sum(trade.signed * trade.limit_price for trade in trades)
    assert cash >= min(book.cash, policy.cash_buffer * book.value) - 1e-6


@given(books(), policies("edge", "halfway"))
def test_what_a_band_moves_reaches_it_unless_the_cash_is_short(book: Book, policy: Policy) -> None:
    """Of single symbols; nobody's band is then broken on the next day at the same prices."""
    policy = policy.model_copy(update={"when": "band", "min_trade": 0.0})
    held = dict(zip(book.symbols, book.quantity.tolist(), strict=True))
    rows = {row.key: row for row in measure(book, policy)[: len(book.symbols)]}
    for trade in propose(book, policy, calendar_due=False):
        row = rows[trade.symbol]
        if trade.trigger == "band" and trade.side == "SELL":
            lot = policy.lot_size or 1e-6
            reached = trade.weight_after - row.target <= row.band + 1e-9
            assert reached or trade.quantity + lot > held[trade.symbol]


@given(books(), policies(), st.booleans(), st.data())
def test_held_symbols_never_trade(book: Book, policy: Policy, due: bool, data: st.DataObject) -> None:
    held = data.draw(st.frozensets(st.sampled_from(book.symbols)))
    assert not held & quantities(propose(book, policy, due, held)).keys()


@given(books(), policies(), st.booleans())
def test_without_cash_or_sells_nothing_is_bought(book: Book, policy: Policy, due: bool) -> None:
    policy = policy.model_copy(update={"min_trade": 0.0})  # a sell dropped as too small still pays for buys
    penniless = replace(book, cash=0.0)
    sold = frozenset(trade.symbol for trade in propose(penniless, policy, due) if trade.side == "SELL")
    trades = propose(penniless, policy, due, sold)
    assert not trades or trades[0].side == "SELL"  # others may now be sold instead


@given(books(), policies(), st.booleans(), st.sampled_from([2, 7, 1000]))
def test_a_larger_book_trades_in_proportion(book: Book, policy: Policy, due: bool, times: int) -> None:
    fractional = policy.model_copy(update={"lot_size": 0, "min_trade": 0.0})
    larger = replace(book, quantity=frozen(list(book.quantity * times)), cash=book.cash * times)
    small = quantities(propose(book, fractional, due))
    large = quantities(propose(larger, fractional, due))
    for symbol in small.keys() | large.keys():
        # Both are cut to 1e-6 of a share, and the sells' cut passes into the cash for the buys.
        assert large.get(symbol, 0.0) / times == pytest.approx(small.get(symbol, 0.0), rel=1e-6, abs=1e-2)


@given(
    books(), policies(), st.booleans(), st.data(), st.lists(st.sampled_from([2.0, 64.0, 4096.0]), min_size=8)
)
def test_the_unit_of_a_price_changes_nothing_that_it_is_worth(
    book: Book, policy: Policy, due: bool, data: st.DataObject, times: list[float]
) -> None:
    """Each price k times, its rate a k-th: powers of two, which a float multiplies exactly."""
    policy = policy.model_copy(update={"limit_offset": 0.0})  # else the limits' ticks are coarser or finer
    fx = data.draw(st.lists(st.sampled_from([1.0, 1.2642, 0.0062154]), min_size=8, max_size=8))
    count = len(book.symbols)
    k, rates = np.array(times[:count]), np.array(fx[:count])
    mixed = replace(book, fx=frozen(list(rates)))
    other = replace(book, close=frozen(list(book.close * k)), fx=frozen(list(rates / k)))
    assert other.value == mixed.value
    assert measure(other, policy) == measure(mixed, policy)
    trades = propose(other, policy, due)
    seen = [(t.symbol, t.signed, t.notional, t.cost, t.weight_after) for t in trades]
    assert seen == [
        (t.symbol, t.signed, t.notional, t.cost, t.weight_after) for t in propose(mixed, policy, due)
    ]
    scale = dict(zip(book.symbols, k.tolist(), strict=True))
    before = {t.symbol: t.limit_price for t in propose(mixed, policy, due)}
    assert {t.symbol: t.limit_price for t in trades} == {s: price * scale[s] for s, price in before.items()}


@given(books(), policies("edge", "halfway"))
def test_bands_carry_a_symbol_at_most_a_lot_across_its_target(book: Book, policy: Policy) -> None:
    """Unless its class is breached, which moves its members together."""
    rows = measure(book, policy)
    breached = {row.key for row in rows if row.level == "asset_class" and row.breached}
    drifts = {row.key: row.drift for row in rows[: len(book.symbols)]}
    classes = dict(zip(book.symbols, book.asset_classes, strict=True))
    targets = dict(zip(book.symbols, book.target, strict=True))
    for trade in propose(book, policy, calendar_due=False):
        if classes[trade.symbol] not in breached:
            after, drift = trade.weight_after - targets[trade.symbol], drifts[trade.symbol]
            lot = (policy.lot_size or 1e-6) * trade.close / book.value
            assert after * np.sign(drift) >= -lot - 1e-9
            assert abs(after) <= max(abs(drift), lot)


@given(books(), policies("target"), st.booleans())
def test_target_agrees_with_a_second_reading_of_the_definition(book: Book, policy: Policy, due: bool) -> None:
    policy = policy.model_copy(update={"calendar": "monthly"})
    assert quantities(propose(book, policy, due)) == _second_reading(book, policy, due)


def _second_reading(book: Book, policy: Policy, due: bool) -> dict[str, float]:
    """DESIGN's "Who trades" and "Quantities" in plain Python, one symbol at a time."""
    if not due and not any(row.breached for row in measure(book, policy)):
        return {}
    unrounded, limits, signed = {}, {}, {}
    for symbol, held, close, target in zip(
        book.symbols, book.quantity.tolist(), book.close.tolist(), book.target.tolist(), strict=True
    ):
        desired = target * book.value * (1 - policy.cash_buffer)
        unrounded[symbol] = (desired - held * close) / close
        limits[symbol] = _limit(close, policy.limit_offset, buy=unrounded[symbol] > 0)
        if unrounded[symbol] < 0:
            signed[symbol] = -_lots(-unrounded[symbol], policy.lot_size)
    closes = dict(zip(book.symbols, book.close.tolist(), strict=True))
    done = {s: n for s, n in signed.items() if -n * closes[s] >= policy.min_trade}
    proceeds = sum(-shares * limits[symbol] for symbol, shares in done.items())
    available = max(0.0, book.cash + proceeds - policy.cash_buffer * book.value)
    buys = {symbol: shares for symbol, shares in unrounded.items() if shares > 0}
    needed = sum(shares * limits[symbol] for symbol, shares in buys.items())
    for symbol, shares in buys.items():
        signed[symbol] = _lots(shares * min(1.0, available / needed), policy.lot_size)
    return {s: n for s, n in signed.items() if n and abs(n) * closes[s] >= policy.min_trade}


def _lots(shares: float, lot_size: int) -> float:
    return (
        floor((shares + 1e-9) * 1e6) / 1e6 if lot_size == 0 else floor((shares + 1e-9) / lot_size) * lot_size
    )


def _limit(close: float, offset: float, *, buy: bool) -> float:
    price = Decimal(str(close)) * (1 + Decimal(str(offset)) * (1 if buy else -1))
    tick = Decimal("0.0001") if price < 1 else Decimal("0.01")
    return float(price.quantize(tick, ROUND_FLOOR if buy else ROUND_CEILING))
