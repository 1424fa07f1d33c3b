"""Errors of every kind put into good real prices at random, and what the rules find of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from quant.faults import PRICES
from quant.market.adjust import derive_distributions
from quant.market.panel import Days, Floats
from tasks.ingest.faults import scan
from tasks.sources import ACTIONS, ADJUSTED, BARS, Delivery

ROWS = 600
EDGE = 40  # rows at both ends of a cut in which nothing is put

Random = np.random.Generator


@dataclass(frozen=True)
class Cut:
    """Rows of one symbol, arrays (ROWS,): prices and adjusted closes, payouts by ex-date, splits."""

    days: Days
    bars: Mapping[str, Floats]
    adj_close: Floats
    payouts: Floats
    splits: Floats

    def delivery(self) -> Delivery:
        """The rows as a vendor would deliver them."""
        names = ["CUT"] * len(self.days)
        actions = [
            ("CUT", self.days[row].item(), kind, values[row], False)
            for kind, values, nothing in (("dividend", self.payouts, 0.0), ("split", self.splits, 1.0))
            for row in np.flatnonzero(values != nothing)
        ]
        bars = pa.table({"symbol": names, "session": self.days, **self.bars}).cast(BARS)
        adjusted = pa.table({"symbol": names, "session": self.days, "adj_close": self.adj_close})
        told = pa.Table.from_pylist([dict(zip(ACTIONS.names, row, strict=True)) for row in actions], ACTIONS)
        return Delivery(bars, told, adjusted.cast(ADJUSTED), (), "")


@dataclass(frozen=True)
class Injected:
    """A cut with an error, the rows that are wrong, the kind, and the right values by row and field."""

    cut: Cut
    wrong: frozenset[int]
    kind: str
    right: Mapping[tuple[int, str], float]


@dataclass
class Score:
    """Trials, those in which exactly the wrong rows were found by their kind, and what else was said."""

    trials: int = 0
    exact: int = 0
    wrong: int = 0
    found: int = 0
    elsewhere: int = 0
    proposed: int = 0
    equal: int = 0


Prices = tuple[Days, Mapping[str, Floats], Floats]
"""One symbol's days, bars by field, and adjusted closes."""


def cut(series: Prices, random: Random) -> Cut:
    """A random stretch of a series, its payouts derived from its adjusted closes."""
    days, bars, adj_close = series
    begin = int(random.integers(0, len(days) - ROWS + 1))
    rows = slice(begin, begin + ROWS)
    payouts = derive_distributions(bars["close"], adj_close)[rows].copy()
    payouts[0] = 0.0
    kept = {name: values[rows].copy() for name, values in bars.items()}
    payouts[payouts < 0.001 * kept["close"]] = 0.0  # what rounding leaves
    shares = np.ones(ROWS)
    return Cut(days[rows], kept, adjusted(kept["close"], payouts), payouts, shares)


def score(kind: Callable[[Cut, Random], Injected | None], cuts: Sequence[Cut], random: Random) -> Score:
    """What is found of one kind of error, put once into every cut that can hold it."""
    total = Score()
    for good in cuts:
        bad = kind(good, random)
        if bad is None:
            continue
        delivery = bad.cut.delivery()
        found = scan(delivery, delivery.bars.select(["symbol", "session", "close"]).slice(0, 0))
        row = {day.item(): number for number, day in enumerate(bad.cut.days)}
        seen = {(row[one.session], one.kind) for one in found}
        total.trials += 1
        total.wrong += len(bad.wrong)
        right = {(number, bad.kind) for number in bad.wrong}
        total.found += len(seen & right)
        total.elsewhere += len(seen - right)
        total.exact += seen == right
        for one in found:
            for field, value in (one.proposed or {}).items():
                if (expected := bad.right.get((row[one.session], field))) is not None:
                    total.proposed += 1
                    total.equal += bool(abs(value / expected - 1) < 1e-6)
    return total


def nothing(cut: Cut, _: Random) -> Injected:
    """No error: whatever is found is a false alarm."""
    return Injected(cut, frozenset(), "", {})


def unit_stretch(cut: Cut, random: Random) -> Injected:
    """1 to 30 whole rows in another unit."""
    begin = int(random.integers(EDGE, ROWS - EDGE))
    rows = range(begin, begin + int(random.integers(1, 31)))
    return _scaled(cut, rows, PRICES, float(random.choice([100, 0.01])), "unit_100x")


def unit_cell(cut: Cut, random: Random) -> Injected:
    """One price of one row in another unit."""
    row = int(random.integers(EDGE, ROWS - EDGE))
    field = str(random.choice(PRICES))
    return _scaled(cut, [row], [field], float(random.choice([100, 0.01])), "unit_100x")


def split_late(cut: Cut, random: Random) -> Injected:
    """The rows of up to 10 days before a split in the new shares, though traded in the old ones."""
    row, ratio, late = int(random.integers(EDGE, ROWS - EDGE)), _ratio(random), int(random.integers(1, 11))
    good = _split(cut, row, ratio)
    return _scaled(good, range(row - late, row), PRICES, 1 / ratio, "split_applied_twice")


def split_early(cut: Cut, random: Random) -> Injected:
    """The rows of up to 10 days from a split on in the old shares."""
    row, ratio, late = int(random.integers(EDGE, ROWS - EDGE)), _ratio(random), int(random.integers(1, 11))
    good = _split(cut, row, ratio)
    return _scaled(good, range(row, row + late), PRICES, ratio, "split_not_applied")


def dividend_large(cut: Cut, random: Random) -> Injected | None:
    """A dividend reported as 100 times its amount; the adjusted close counts it right."""
    return _payout(cut, random, 100.0, "dividend_100x", believed=False)


def dividend_believed(cut: Cut, random: Random) -> Injected | None:
    """A dividend reported as 100 times its amount; the adjusted close counts it so."""
    return _payout(cut, random, 100.0, "dividend_100x", believed=True)


def dividend_repeated(cut: Cut, random: Random) -> Injected | None:
    """A dividend of more than 1% reported again 1 to 4 rows later; the adjusted close counts both."""
    inner = slice(EDGE, ROWS - EDGE)
    rows = np.flatnonzero(cut.payouts[inner] > 0.011 * cut.bars["close"][inner]) + EDGE
    if not rows.size:
        return None
    first = int(random.choice(rows))
    second = first + int(random.integers(1, 5))
    payouts = cut.payouts.copy()
    payouts[second] = payouts[first]
    vendors = adjusted(cut.bars["close"], payouts)
    twice = replace(cut, payouts=payouts, adj_close=vendors)
    return Injected(twice, frozenset([second]), "dividend_double", {})


def dividend_ignored(cut: Cut, random: Random) -> Injected | None:
    """A reported dividend that the adjusted close does not count."""
    return _payout(cut, random, 1.0, "dividend_not_adjusted", believed=False, counted=0.0)


def dividend_untold(cut: Cut, random: Random) -> Injected | None:
    """A dividend that only the adjusted close counts."""
    return _payout(cut, random, 0.0, "dividend_missing", believed=False)


def unit_newest(cut: Cut, random: Random) -> Injected:
    """The 1 to 30 newest rows in another unit."""
    rows = range(ROWS - int(random.integers(1, 31)), ROWS)
    return _scaled(cut, rows, PRICES, float(random.choice([100, 0.01])), "unit_100x")


def dividend_tiny(cut: Cut, random: Random) -> Injected | None:
    """A dividend reported as a hundredth of its amount; the adjusted close counts it so."""
    return _payout(cut, random, 0.01, "dividend_100x", believed=True)


def dividend_twice(cut: Cut, random: Random) -> Injected | None:
    """A dividend of less than 1% reported again 1 to 4 rows later; the adjusted close counts one."""
    return _again(cut, random, 1, 5, "dividend_double")


def dividend_between(cut: Cut, random: Random) -> Injected | None:
    """A dividend of less than 1% reported again 6 to 8 rows later; the adjusted close counts one."""
    return _again(cut, random, 6, 9, "dividend_phantom")


KINDS = (
    nothing, unit_stretch, unit_cell, split_late, split_early,
    dividend_large, dividend_believed, dividend_repeated, dividend_ignored, dividend_untold,
    unit_newest, dividend_tiny, dividend_twice, dividend_between,
)  # fmt: skip


def _ratio(random: Random) -> float:
    return float(random.choice([1.5, 2, 3, 4, 10, 20, 0.5, 0.2, 0.1]))


def _split(cut: Cut, row: int, ratio: float) -> Cut:
    """The cut with a split in it, as traded: older prices in the old, larger shares."""
    older = np.where(np.arange(ROWS) < row, ratio, 1.0)
    bars = {name: values * (1 / older if name == "volume" else older) for name, values in cut.bars.items()}
    splits = cut.splits.copy()
    splits[row] = ratio
    return replace(cut, bars=bars, payouts=cut.payouts * older, splits=splits)


def _scaled(cut: Cut, rows: Sequence[int], fields: Sequence[str], factor: float, kind: str) -> Injected:
    bars = {name: values.copy() for name, values in cut.bars.items()}
    right = {(row, name): float(bars[name][row]) for row in rows for name in fields}
    for name in fields:
        bars[name][list(rows)] *= factor
    vendors = cut.adj_close.copy()
    if "close" in fields:
        vendors[list(rows)] *= factor
    return Injected(replace(cut, bars=bars, adj_close=vendors), frozenset(rows), kind, right)


def _payout(
    cut: Cut, random: Random, factor: float, kind: str, *, believed: bool, counted: float = 1.0
) -> Injected | None:
    """A random payout told as `factor` times what was paid; the adjusted close counts it so, or `counted`."""
    rows = np.flatnonzero(cut.payouts[EDGE : ROWS - EDGE]) + EDGE
    rows = rows[cut.payouts[rows] * factor < cut.bars["close"][rows - 1]] if believed else rows
    if not rows.size:
        return None
    row = int(random.choice(rows))
    told, true = cut.payouts.copy(), cut.payouts.copy()
    told[row] *= factor
    true[row] *= counted
    vendors = adjusted(cut.bars["close"], told if believed else true)
    right = {(row, "dividend"): float(cut.payouts[row])}
    return Injected(replace(cut, payouts=told, adj_close=vendors), frozenset([row]), kind, right)


def _again(cut: Cut, random: Random, least: int, most: int, kind: str) -> Injected | None:
    """A random payout of less than 1% told again `least` to `most` (exclusive) rows later."""
    inner = slice(EDGE, ROWS - EDGE)
    share = cut.payouts[inner] / cut.bars["close"][inner]
    rows = np.flatnonzero((share > 0) & (share < 0.009)) + EDGE
    if not rows.size:
        return None
    first = int(random.choice(rows))
    second = first + int(random.integers(least, most))
    payouts = cut.payouts.copy()
    payouts[second] = payouts[first]
    return Injected(replace(cut, payouts=payouts), frozenset([second]), kind, {})


def adjusted(close: Floats, payouts: Floats) -> Floats:
    """Closes adjusted for payouts, all (rows,), as a vendor does it."""
    factor = np.append(1 - payouts[1:] / close[:-1], 1.0)
    product: Floats = np.cumprod(factor[::-1])[::-1]
    return close * product
