"""Splits that a vendor tells before their day: whether its prices count them, by closes known before."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.sources import Delivery

SAME = 0.01
"""How near, as a logarithm, closes must come to the accepted ones of their sessions: vendors correct some."""


def settled(delivery: Delivery, known: pa.Table) -> Delivery:
    """The delivery with each split that is ahead of its prices decided, where accepted closes can tell.

    `known` are accepted closes (symbol, session, close). Prices that do not count the split are those that
    were traded: what the source had undone is taken back. What stays in `ahead` nothing can tell.
    """
    for symbol in pc.unique(delivery.ahead["symbol"]).to_pylist():
        own = pc.equal(delivery.ahead["symbol"], symbol)
        split = float(np.prod(delivery.ahead.filter(own)["ratio"].to_numpy()))
        apart = _apart(delivery.bars, known, symbol)
        if apart is None:
            continue
        near = min(SAME, abs(np.log(split)) / 3)
        uncounted = abs(apart - np.log(split)) <= near
        if uncounted:
            delivery = _divided(delivery, symbol, split)
        if uncounted or abs(apart) <= near:
            delivery = replace(delivery, ahead=delivery.ahead.filter(pc.invert(own)))
    return delivery


def _apart(bars: pa.Table, known: pa.Table, symbol: str) -> float | None:
    """The median of ln(delivered ÷ accepted close) over the sessions that have both; None without any."""
    delivered, believed = (table.filter(pc.equal(table["symbol"], symbol)) for table in (bars, known))
    both = delivered.select(["session", "close"]).join(
        believed.select(["session", "close"]), "session", join_type="inner", right_suffix="_known"
    )
    with np.errstate(all="ignore"):
        apart = np.log(both["close"].to_numpy() / both["close_known"].to_numpy())
    apart = apart[np.isfinite(apart)]
    return float(np.median(apart)) if apart.size else None


def _divided(delivery: Delivery, symbol: str, split: float) -> Delivery:
    """The delivery with a symbol's prices and payouts divided by a split, its volumes multiplied."""
    bars, actions = delivery.bars, delivery.actions
    for name in ("open", "high", "low", "close", "volume"):
        by = split if name == "volume" else 1 / split
        bars = _times(bars, name, pc.equal(bars["symbol"], symbol), by)
    paid = pc.and_(pc.equal(actions["symbol"], symbol), pc.not_equal(actions["kind"], "split"))
    return replace(delivery, bars=bars, actions=_times(actions, "value", paid, 1 / split))


def _times(table: pa.Table, name: str, rows: pa.ChunkedArray, by: float) -> pa.Table:
    scaled = pc.if_else(rows, pc.multiply(table[name], by), table[name])
    return table.set_column(table.column_names.index(name), name, scaled)
