"""Books for tests: by hand from rows, and drawn by hypothesis."""

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import strategies as st

from quant.book.book import NO_CLASS, Band, Book, Level, Trade
from quant.book.drift import actual_weights
from quant.policy.policy import Policy

NO_BANDS: Mapping[tuple[Level, str], Band] = {}
Row = tuple[str, float, float, float]  # asset class, target, quantity, close


def frozen(values: list[float]) -> np.ndarray:
    """Read-only, so that code which writes into its inputs fails."""
    array = np.array(values, dtype=float)
    array.setflags(write=False)
    return array


def make(rows: Mapping[str, Row], cash: float, bands: Mapping[tuple[Level, str], Band] = NO_BANDS) -> Book:
    classes, targets, quantities, closes = zip(*rows.values(), strict=True)
    return Book(
        tuple(rows),
        classes,
        frozen(quantities),
        frozen(closes),
        frozen(targets),
        cash,
        frozen([1.0] * len(rows)),
        bands,
    )


# Value 100,000. SPY and GLD break their bands, XYZ has no target; AGG, 2 points under, does not.
# Its trades by the default policy: SELL 68 SPY, SELL 38 XYZ, BUY 16 AGG, BUY 78 GLD (see test_rebalance).
DRIFTED = make(
    {
        "SPY": ("equity", 0.6, 662, 100.0),
        "AGG": ("bond", 0.3, 280, 100.0),
        "GLD": ("gold", 0.1, 20, 100.0),
        "XYZ": ("none", 0.0, 38, 100.0),
    },
    0.0,
)


def quantities(trades: tuple[Trade, ...]) -> dict[str, float]:
    return {trade.symbol: trade.signed for trade in trades}


def weights_after(book: Book, trades: Sequence[Trade]) -> np.ndarray:
    """The weights once `trades` are done at the close."""
    signed = {trade.symbol: trade.signed for trade in trades}
    moved = np.array([signed.get(symbol, 0.0) for symbol in book.symbols]) * np.nan_to_num(book.price)
    return actual_weights(book) + moved / book.value


def cash_after(book: Book, trades: Sequence[Trade]) -> float:
    """The cash once `trades` are executed at their limit prices."""
    return book.cash - sum(trade.signed * trade.limit_price * trade.fx for trade in trades)


@st.composite
def books(draw: st.DrawFn) -> Book:
    """One to six symbols in up to three classes, the last ones perhaps without a target; value above 0."""
    count = draw(st.integers(1, 6))
    parts = draw(st.lists(st.integers(0, 20), min_size=count, max_size=count).filter(any))
    classes = draw(st.lists(st.sampled_from(["equity", "bond", "gold"]), min_size=count, max_size=count))
    strangers = draw(st.integers(0, 2))
    total = count + strangers
    held = draw(st.lists(st.integers(0, 2000), min_size=total, max_size=total))
    cents = draw(st.lists(st.integers(50, 40_000), min_size=total, max_size=total))
    cash = draw(st.integers(0, 200_000))
    rows: dict[str, Row] = {
        f"S{i}": (
            classes[i] if i < count else NO_CLASS,
            parts[i] / sum(parts) if i < count else 0.0,
            float(held[i]),
            cents[i] / 100,
        )
        for i in range(total)
    }
    return make(rows, float(cash + 1))


def policies(*destinations: str) -> st.SearchStrategy[Policy]:
    """Policies with one of `destinations`, or with any."""
    return st.builds(
        Policy,
        band_absolute=st.sampled_from([0.0, 0.01, 0.05, 0.2]),
        band_relative=st.sampled_from([0.1, 0.25, 1.0]),
        destination=st.sampled_from(destinations or ("target", "edge", "halfway")),
        min_trade=st.sampled_from([0.0, 100.0, 5000.0]),
        lot_size=st.sampled_from([0, 1, 10]),
        cash_buffer=st.sampled_from([0.0, 0.01, 0.1]),
        limit_offset=st.sampled_from([0.0, 0.005, 0.02]),
    )
