"""A target and its replacement as one position: by hand, and what holds for every book."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.book.book import Book
from quant.book.drift import measure
from quant.policy.policy import Policy
from quant.rebalance.pairs import together
from quant.rebalance.rebalance import propose
from quant.triggers import Past
from tests.quant.books import books, frozen, make, policies, quantities, weights_after

KEYS = {"cash_buffer": 0.0, "limit_offset": 0.0, "min_trade": 0.0}
PLAIN = Policy.model_validate(KEYS)
UNBOUGHT = Policy.model_validate(KEYS | {"do_not_buy": ("SPY",)})
UNSOLD = Policy.model_validate(KEYS | {"do_not_sell": ("IVV",)})


def paired(spy, ivv, agg, cash=0.0):
    """A value of 100,000 in shares of 100; SPY 60% with IVV at 50 a share, AGG 40%."""
    rows = {
        "SPY": ("equity", 0.6, spy, 100.0),
        "AGG": ("bond", 0.4, agg, 100.0),
        "IVV": ("equity", 0.0, ivv, 50.0),
    }
    return replace(make(rows, cash), replacements={"SPY": "IVV"})


def test_a_pair_is_one_position_of_the_same_value():
    book = paired(spy=400, ivv=500, agg=350)
    whole = together(book)
    assert whole.symbols == ("SPY", "AGG")
    assert whole.quantity.tolist() == [650.0, 350.0]
    assert whole.value == book.value
    assert [(row.key, row.actual) for row in measure(whole, PLAIN)] == [
        ("SPY", 0.65), ("AGG", 0.35), ("equity", 0.65), ("bond", 0.35),
    ]  # fmt: skip


def test_a_replacement_at_its_targets_weight_is_no_drift():
    assert propose(paired(spy=0, ivv=1200, agg=400), PLAIN, calendar_due=True) == ()


@pytest.mark.parametrize(
    ("book", "policy", "lost", "expected"),
    [
        (paired(300, 400, 500), PLAIN, set(), {"SPY": 100.0, "AGG": -100.0}),
        (paired(300, 400, 500), PLAIN, {"SPY"}, {"IVV": 200.0, "AGG": -100.0}),
        (paired(300, 400, 500), PLAIN, {"SPY", "IVV"}, {"SPY": 100.0, "AGG": -100.0}),
        (paired(300, 400, 500), UNBOUGHT, set(), {"IVV": 200.0, "AGG": -100.0}),
        (paired(500, 0, 500), PLAIN, {"SPY"}, {"IVV": 200.0, "AGG": -100.0}),
        (paired(500, 400, 300), PLAIN, set(), {"IVV": -200.0, "AGG": 100.0}),
        (paired(650, 100, 300), PLAIN, set(), {"IVV": -100.0, "SPY": -50.0, "AGG": 100.0}),
        (paired(500, 400, 300), UNSOLD, set(), {"SPY": -100.0, "AGG": 100.0}),
    ],
    ids=[
        "the target is bought", "but not soon after its loss", "unless the other has one", "nor if forbidden",
        "also the first time", "the replacement is sold first", "and then the target", "or it alone",
    ],
)  # fmt: skip
def test_which_of_a_pair_trades(book, policy, lost, expected):
    trades = propose(book, policy, False, frozenset(), Past(sold_at_loss=frozenset(lost)))
    assert quantities(trades) == expected


def test_the_reason_names_both():
    [sale, _] = propose(paired(500, 400, 300), PLAIN, calendar_due=False)
    assert sale.reason.startswith(
        "SPY with IVV is 70.0% against a target of 60.0%, 10.0 points over (band 5.0)"
    )
    assert (sale.symbol, sale.weight_before, sale.weight_after) == ("IVV", 0.2, pytest.approx(0.1))


def test_what_is_held_of_a_pair_holds_the_pair():
    book = paired(300, 400, 500)
    assert "IVV" not in quantities(propose(book, PLAIN, False, frozenset({"SPY"})))
    assert "SPY" not in quantities(propose(book, PLAIN, False, frozenset({"IVV"})))
    unheld = paired(500, 0, 500)  # a replacement that nobody holds is no part of the position
    assert quantities(propose(unheld, PLAIN, False, frozenset({"IVV"}))) == {"SPY": 100.0, "AGG": -100.0}


def test_a_replacement_without_a_price_only_rests():
    book = replace(paired(500, 0, 500), close=frozen([100.0, 100.0, np.nan]))
    assert quantities(propose(book, PLAIN, False)) == {"SPY": 100.0, "AGG": -100.0}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Book, Book]:
    """A book, and one in which a part of its first symbol is held as a replacement, at the same price."""
    book = draw(books())
    lent = float(draw(st.integers(0, int(book.quantity[0]))))
    quantity = [book.quantity[0] - lent, *book.quantity[1:], lent]
    split = replace(
        book,
        symbols=(*book.symbols, "R"),
        asset_classes=(*book.asset_classes, book.asset_classes[0]),
        quantity=frozen(quantity),
        close=frozen([*book.close, book.close[0]]),
        target=frozen([*book.target, 0.0]),
        fx=frozen([*book.fx, 1.0]),
        replacements={book.symbols[0]: "R"},
    )
    return book, split


@settings(max_examples=40)
@given(pairs(), policies(), st.booleans(), st.booleans())
def test_a_pair_trades_as_one_symbol_would(drawn: tuple[Book, Book], policy: Policy, due: bool, lost: bool):
    book, split = drawn
    exact = policy.model_copy(update={"lot_size": 0, "min_trade": 0.0})
    past = Past(sold_at_loss=frozenset({book.symbols[0]} if lost else set()))
    plain, found = quantities(propose(book, exact, due)), quantities(propose(split, exact, due, past=past))
    first = book.symbols[0]
    found[first] = found.pop("R", 0.0) + found.get(first, 0.0)
    for symbol in book.symbols:
        assert found.get(symbol, 0.0) == pytest.approx(plain.get(symbol, 0.0), abs=1e-2, rel=1e-6)


@settings(max_examples=40)
@given(pairs(), policies(), st.booleans())
def test_a_pair_weighs_what_its_target_may(drawn: tuple[Book, Book], policy: Policy, due: bool):
    book, split = drawn
    whole = together(split)
    assert whole.value == pytest.approx(book.value)
    assert float(whole.target.sum()) == pytest.approx(float(split.target.sum()))
    after = weights_after(split, propose(split, policy, due))
    assert (after >= -1e-9).all()
    drifts = {row.key: row.drift for row in measure(whole, policy)}
    for row in measure(book, policy):
        assert drifts[row.key] == pytest.approx(row.drift)
