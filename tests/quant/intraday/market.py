"""Minute values as the tape takes them, from closes alone."""

import numpy as np

from quant.intraday.tape import Tape


def values(close, **other):
    """One minute, shape (6, symbols): open, high and low are the close unless given; volume 100, no split."""
    close = np.asarray(close, float)
    prices = dict.fromkeys(("open", "high", "low", "close"), close)
    rows = prices | {"volume": 100.0, "split": np.nan} | other
    minute = np.array([np.broadcast_to(np.asarray(row, float), close.shape) for row in rows.values()])
    minute[:, np.isnan(close)] = np.nan
    return minute


def tape(symbols=1, minutes=390, previous=np.nan, sigma=np.nan, tier=1, curve=None, index=False):
    full = np.full(symbols, 1.0)
    curve = np.ones(minutes) if curve is None else curve
    return Tape.open(curve, full * previous, full * sigma, np.full(symbols, tier), np.full(symbols, index))


def played(closes, **options):
    """The minutes of a path of closes, shape (minutes,) or (minutes, symbols)."""
    closes = np.asarray(closes, float).reshape(len(closes), -1)
    state = tape(closes.shape[1], **options)
    return [state.advance(values(row)) for row in closes]
