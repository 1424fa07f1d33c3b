"""From efficient prices to the bars that a vendor delivers: noise, gaps, wrong prints, splits."""

from dataclasses import dataclass

import numpy as np

from quant.intraday.saved import Flags, Floats


@dataclass(frozen=True)
class Vendor:
    """What a vendor does to prices.

    Attributes:
        spread: half the spread, a fraction: closes lie this far off the efficient price, either side.
        tick: prices are whole multiples of it.
        missing: share of bars that never come; twice that in the quietest names.
        wrong: wrong prints a bar: one bar off by 3% to 40%, either side, once.
        actions: share of sessions with a split (half of them) or a dividend from whose minute on the vendor
            delivers new prices; every other split is told with its bar.
    """

    spread: float = 0.0003
    tick: float = 0.01
    missing: float = 0.02
    wrong: float = 2e-5
    actions: float = 4e-3


@dataclass(frozen=True)
class Delivered:
    """A session as it is delivered.

    Attributes:
        minutes: shape (minutes, 6, names), as `Tape.advance` takes them.
        factor: price factor of an action that the exchange has announced for the session, NaN where none;
            shape (names,).
        wrong: which bars are wrong prints, shape (minutes, names).
    """

    minutes: Floats
    factor: Floats
    wrong: Flags


def deliver(
    opened: Floats, log_path: Floats, usual: Floats, vendor: Vendor, random: np.random.Generator
) -> Delivered:
    """Bars of one session; `opened` are prices before it, `log_path` what has been added after each minute.

    Highs and lows lie beyond open and close as those of a Brownian minute would, by each name's `usual`
    volatility of a minute. Volume is lognormal, and higher where the price moves.
    """
    minutes, names = log_path.shape
    noise = random.choice((-1.0, 1.0), (minutes, names)) * vendor.spread
    close = opened * np.exp(log_path + noise)
    start = np.concatenate([opened[None, :], close[:-1]])
    wide = usual * np.sqrt(-np.log(random.uniform(1e-12, 1, (2, minutes, names))) / 2)
    high, low = np.maximum(start, close) * np.exp(wide[0]), np.minimum(start, close) * np.exp(-wide[1])
    moved = np.abs(np.log(close / start)) / usual
    volume = np.exp(random.normal(8, 0.6, (minutes, names)) + np.minimum(0.3 * moved, 3))
    values = np.stack([start, high, low, close, volume, np.full_like(close, np.nan)], axis=1)
    wrong = random.random((minutes, names)) < vendor.wrong
    off = 1 + random.choice((-1, 1), int(wrong.sum())) * random.uniform(0.03, 0.4, int(wrong.sum()))
    values.transpose(1, 0, 2)[:4, wrong] *= off
    factor = _act(values, vendor, random)
    values[:, :4] = np.maximum(np.round(values[:, :4] / vendor.tick), 1) * vendor.tick
    quiet = np.linspace(2, 1, names) * vendor.missing
    values.transpose(0, 2, 1)[random.random((minutes, names)) < quiet] = np.nan
    return Delivered(values, factor, wrong)


def _act(values: Floats, vendor: Vendor, random: np.random.Generator) -> Floats:
    """Splits 2 for 1 and dividends of 1% to 10% in the middle of the session."""
    minutes, _, names = values.shape
    factor = np.full(names, np.nan)
    for number, name in enumerate(np.flatnonzero(random.random(names) < vendor.actions).tolist()):
        minute = int(random.integers(5, minutes))
        factor[name] = 0.5 if number % 2 else 1 - random.uniform(0.01, 0.1)
        values[minute:, :4, name] *= factor[name]
        if number % 4 == 3:
            values[minute, 5, name] = 2.0
    return factor
