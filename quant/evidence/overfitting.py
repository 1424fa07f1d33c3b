"""How often the best of several results on one half of the time is below the median on the other half.

Bailey, Borwein, López de Prado and Zhu, The Probability of Backtest Overfitting (2017): combinatorially
symmetric cross-validation. Own code because sums of blocks give the Sharpe ratio of any union of blocks:
12,870 splits of 200 results are one matrix product. The library `purgedcv` works them out one by one; a test
compares the two.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from quant.errors import FitError
from quant.market.panel import Floats

BLOCKS = 16
"""As the authors take them: 12,870 splits."""


@dataclass(frozen=True)
class Overfitting:
    """`probability`: the share of splits in which the best one is below the median on the other half.

    `logits` (splits,) are ln(r ÷ (1 - r)) of its relative rank r there; `loss` is the share of splits in
    which it loses money there.
    """

    probability: float
    loss: float
    logits: Floats


def overfitting(returns: Floats, blocks: int = BLOCKS) -> Overfitting:
    """Of `returns`, shape (periods, results), without NaN; the first ones that fill no block are left out.

    Raises:
        FitError: fewer than two results, or fewer than two periods for each block.
    """
    periods, results = returns.shape
    if results < 2 or blocks % 2 or periods < 2 * blocks:
        raise FitError(f"{results} results over {periods} periods cannot be split into {blocks} blocks")
    cut = returns[periods % blocks :].reshape(blocks, -1, results)
    count = cut.shape[1] * blocks // 2
    sums, squares = cut.sum(axis=1), (cut**2).sum(axis=1)
    halves = np.zeros((len([*combinations(range(blocks), blocks // 2)]), blocks))
    for row, half in enumerate(combinations(range(blocks), blocks // 2)):
        halves[row, [*half]] = 1.0
    inside = _ratios(halves @ sums, halves @ squares, count)
    outside = _ratios((1 - halves) @ sums, (1 - halves) @ squares, count)
    best = np.argmax(inside, axis=1)
    rows = np.arange(len(halves))
    chosen = outside[rows, best][:, None]
    rank = (outside < chosen).sum(axis=1) + ((outside == chosen).sum(axis=1) + 1) / 2
    relative = rank / (results + 1)
    logits = np.log(relative / (1 - relative))
    return Overfitting(
        float(np.mean(logits < 0)), float(np.mean(outside[rows, best] < 0)), np.asarray(logits)
    )


def _ratios(total: Floats, squares: Floats, count: int) -> Floats:
    """Mean ÷ sample standard deviation, by sums over `count` periods; 0 where nothing varies."""
    mean = total / count
    variance = np.maximum(squares - count * mean**2, 0.0) / (count - 1)
    varies = variance > 1e-18
    return np.asarray(np.where(varies, mean / np.sqrt(np.where(varies, variance, 1.0)), 0.0))
