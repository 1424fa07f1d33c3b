"""The jump test of Lee and Mykland: one minute's fall against the volatility just before it.

Source: Lee, S. and Mykland, P. (2008), Jumps in financial markets, Review of Financial Studies 21. With
returns r without the time of day,

    L(t) = r(t) ÷ σ(t),   σ²(t) = mean of |r(j)| |r(j-1)| over the `window` minutes before t (bipower),

and a jump at the level `size` where |L| > C + S q, with c = √(2/π), q = -ln(-ln(1 - size)) and

    C = √(2 ln n) ÷ c - (ln π + ln ln n) ÷ (2 c √(2 ln n)),   S = 1 ÷ (c √(2 ln n)).

`n` is how many minutes share one error: with those of a year, the test alone is wrong about one symbol in
1 ÷ size years, if prices were a diffusion. The window of the paper is √(252 n) observations, n in a day:
314 minutes.

Three things differ. A bar also has a low, and a crash may be over before the minute is: r(t) runs from the
close before to the low. By the reflection principle a diffusion's low lies so deep twice as often as its
close, so the critical value is that of size ÷ 2. And a symbol's own daily volatility, where it is known,
counts as the first `prior` products, so that the test speaks from a session's first minutes on and a name
that hardly trades has no volatility of nearly 0. Of a crash of several bars, bipower variation is no longer
free: a return counts for `cap` deviations of the volatility before it at most, after the threshold bipower
variation of Corsi, Pirino and Renò (2010), Journal of Econometrics 159, so that a second crash is measured
by calm minutes too.
"""

from dataclasses import dataclass

import numpy as np

from quant.detectors import Measure, Role, levels
from quant.intraday.saved import Arrays, Floats, filled
from quant.intraday.tape import Minute

ROLE: Role = "test"
C = np.sqrt(2 / np.pi)
"""The mean of |z| where z is standard normal."""


@dataclass(frozen=True)
class Parameters:
    """`window`, `prior` and `minimum` count products of returns; the others as above."""

    window: int = 314
    prior: int = 30
    minimum: int = 30
    size: float = 0.01
    n: int = 98_280
    cap: float = 3.0


def begin(symbols: int, parameters: Parameters) -> Arrays:
    """`products`: a ring (window, symbols), `known` which of them are; `count` those; `place` within it.

    `last`: size of the return before.
    """
    return {
        "products": np.zeros((parameters.window, symbols)),
        "known": np.zeros((parameters.window, symbols), bool),
        "count": np.zeros(symbols, np.int64),
        "place": np.zeros(1, np.int64),
        "last": np.full(symbols, np.nan),
    }


def update(minute: Minute, memory: Arrays, parameters: Parameters) -> Measure:
    """L of each symbol's low; NaN without a return, or with fewer than `minimum` products and prior."""
    given = np.where(np.isnan(minute.sigma), 0, parameters.prior)
    count = memory["count"] + given
    prior = given * filled(minute.sigma * C) ** 2
    mean = (memory["products"].sum(axis=0) + prior) / np.maximum(count, 1)
    known = (count >= parameters.minimum) & (mean > 0)
    lowest = np.log(minute.low / minute.before) / (minute.factor * np.sqrt(minute.gap))
    sigma = np.sqrt(np.where(known, mean, np.nan))
    value = lowest / sigma
    _push(minute, memory, np.where(known, parameters.cap / C * sigma, np.inf))
    nothing = np.zeros(len(value), bool)
    return Measure(value, levels(nothing, value < -critical_value(parameters)))


def critical_value(parameters: Parameters) -> float:
    """C + S q of the paper, for the level size ÷ 2."""
    root = np.sqrt(2 * np.log(parameters.n))
    centre = root / C - (np.log(np.pi) + np.log(np.log(parameters.n))) / (2 * C * root)
    return float(centre - np.log(-np.log(1 - parameters.size / 2)) / (C * root))


def _push(minute: Minute, memory: Arrays, most: Floats) -> None:
    """Products join returns of one session only; a missing minute joins those before and after it."""
    size = np.minimum(np.abs(minute.scaled), most)
    if minute.number == 0:
        memory["last"][:] = np.nan
    product = size * memory["last"]
    place = memory["place"][0]
    memory["products"][place] = filled(product)
    known = ~np.isnan(product)
    memory["count"] += known.astype(np.int64) - memory["known"][place]
    memory["known"][place] = known
    memory["place"][0] = (place + 1) % len(memory["products"])
    memory["last"][:] = np.where(np.isnan(size), memory["last"], size)
