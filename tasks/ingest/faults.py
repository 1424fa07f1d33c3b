"""The fault rules over a delivery: its rows as series of each symbol, in today's shares, and back."""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from quant import faults
from quant.faults import PRICES, Fault, Series, Table, asked_of_every_series, split_inverse
from quant.faults._doubt import Histories, doubtful
from quant.market.panel import Days, Floats
from tasks.sources import Delivery
from tasks.sources._splits import later_splits

FIELDS = ("open", "high", "low", "close", "volume")
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Found:
    """A fault of a delivery. `rows` are the rows of its table that are wrong: of `bars`, or of `actions`.

    For the table "adjusted" it is the bar on whose session the vendor's adjusted close goes astray. `value`
    and `proposed` (by field; None where the repair is not certain) are as traded, adj_close as delivered.
    """

    rule: str
    kind: str
    table: Table
    rows: tuple[int, ...]
    symbol: str
    session: date
    value: float
    proposed: Mapping[str, float] | None
    shares: float
    """Today's shares for one of the session: prices in today's shares are those as traded ÷ this."""


def scan(delivery: Delivery, known: pa.Table) -> list[Found]:
    """What the fault rules find in a delivery, in the order of symbols, sessions and kinds.

    `known` are accepted closes (symbol, session, close): those before a symbol's first delivered session go
    before the series, the others stand beside it, and the newest of these is its anchor. Rows without a
    symbol or a session are for the suites to reject.
    """
    tables = _Tables(
        _Grouped(delivery.bars, "session"),
        _Grouped(delivery.actions, "ex_date"),
        _Grouped(delivery.adjusted, "session"),
        _Grouped(known, "session"),
        tells=delivery.returns == "total" and not pc.any(delivery.actions["derived"]).as_py(),
        ahead=frozenset(delivery.ahead["symbol"].to_pylist())
        & frozenset(pc.unique(delivery.bars["symbol"]).to_pylist()),
    )
    symbols = list(tables.bars.rows) if asked_of_every_series() else _doubtful(tables)
    return [found for symbol in symbols for found in _faults(symbol, tables)]


class _Grouped:
    """A table's rows by symbol, each symbol's in the order of days."""

    def __init__(self, table: pa.Table, day: str) -> None:
        valid = np.flatnonzero(
            table["symbol"].is_valid().to_numpy() & table[day].is_valid().to_numpy()
        )  # what has neither is for the suites to reject
        self.days: Days = table[day].to_numpy().astype("datetime64[D]")
        encoded = table["symbol"].combine_chunks().dictionary_encode()
        code = encoded.indices.to_numpy(zero_copy_only=False)
        key = _key(code[valid], self.days[valid])
        in_order = bool(np.all(key[1:] >= key[:-1]))
        self.order: Rows = valid if in_order else valid[np.argsort(key, kind="stable")]
        edges = np.flatnonzero(np.diff(code[self.order], prepend=-1, append=-1))
        names = encoded.dictionary.to_pylist()
        self.rows: dict[str, Rows] = {
            names[code[self.order[begin]]]: self.order[begin:end] for begin, end in pairwise(edges.tolist())
        }
        self._table = table
        self.converted: dict[str, npt.NDArray[Any]] = {}

    def keys(self, numbers: Mapping[str, int]) -> npt.NDArray[np.int64]:
        """One number for symbol and day of each row in `order`; negative for a symbol without a number."""
        counts = [len(rows) for rows in self.rows.values()]
        number = np.array([numbers.get(symbol, -1) for symbol in self.rows], dtype=np.int64)
        return _key(np.repeat(number, counts), self.days[self.order])

    def ordered(self, name: str) -> npt.NDArray[Any]:
        """A column in the order of `order`."""
        return self.column(name)[self.order]

    def of(self, symbol: str) -> Rows:
        """The rows of a symbol, none for one that the table has not."""
        return self.rows.get(symbol, np.empty(0, dtype=np.intp))

    def having(self, name: str, column: npt.NDArray[Any]) -> "_Grouped":
        """The same rows with other values in one column."""
        other = copy(self)
        other.converted = self.converted | {name: column}
        return other

    def column(self, name: str) -> npt.NDArray[Any]:
        """A whole column as an array, NULL as NaN; converted once."""
        if name not in self.converted:
            self.converted[name] = self._table[name].to_numpy(zero_copy_only=False)
        return self.converted[name]


@dataclass(frozen=True)
class _Tables:
    bars: _Grouped
    actions: _Grouped
    adjusted: _Grouped
    known: _Grouped
    tells: bool  # whether the vendor itself tells distributions
    ahead: frozenset[str]  # symbols with a split from after their last price


def _key(number: npt.NDArray[np.int64], days: Days) -> npt.NDArray[np.int64]:
    key: npt.NDArray[np.int64] = (number.astype(np.int64) << 32) + days.astype(np.int64)
    return key


def _doubtful(tables: _Tables) -> list[str]:
    """The delivered symbols in which a rule could find something."""
    bars, known, actions = tables.bars, tables.known, tables.actions
    symbols = list(bars.rows)
    numbers = {symbol: number for number, symbol in enumerate(symbols)}
    key, known_key = bars.keys(numbers), known.keys(numbers)
    _, first = np.unique(key >> 32, return_index=True)
    earlier = known_key >= 0
    earlier[earlier] = known_key[earlier] < key[first][known_key[earlier] >> 32]
    count = int(earlier.sum())
    whole = np.concatenate([known_key[earlier], key])
    order = np.argsort(whole, kind="stable") if count else np.arange(len(whole))
    whole = whole[order]
    closes = {name: np.full(count, np.nan) for name in PRICES} | {"close": known.ordered("close")[earlier]}
    prices = {name: _prices(np.concatenate([closes[name], bars.ordered(name)])[order]) for name in PRICES}
    is_split = actions.ordered("kind") == "split"
    value, action_key = actions.ordered("value"), actions.keys(numbers)
    split = np.unique(action_key[is_split & (value != 1)] >> 32)
    rows = Histories(
        symbol=whole >> 32,
        **prices,
        adj_close=_at(whole, tables.adjusted.keys(numbers), tables.adjusted.ordered("adj_close")),
        accepted=_at(whole, known_key, known.ordered("close")),
        announced=_summed(whole, action_key[~is_split], value[~is_split]) if tables.tells else None,
        split=np.isin(whole >> 32, [*split, *(numbers[symbol] for symbol in tables.ahead)]),
    )
    return [symbols[number] for number in doubtful(rows).tolist()]


def _at(keys: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64], values: Floats) -> Floats:
    """The values by the rows of their keys, NaN elsewhere."""
    found = np.full(len(keys), np.nan)
    place, there = _places(keys, wanted)
    found[place[there]] = values[there]
    return found


def _summed(keys: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64], values: Floats) -> Floats:
    """The sum of the positive values by the rows of their keys, 0.0 elsewhere."""
    found = np.zeros(len(keys))
    place, there = _places(keys, wanted)
    there &= (values > 0) & np.isfinite(values)
    np.add.at(found, place[there], values[there])
    return found


def _prices(values: Floats) -> Floats:
    """What is no price is for the suites to reject."""
    return np.where((values > 0) & np.isfinite(values), values, np.nan)


def _faults(symbol: str, tables: _Tables) -> Iterator[Found]:
    """What the rules find in one symbol's rows."""
    seen = _see(symbol, tables)
    turned = split_inverse.find(seen.series)
    for fault in turned:
        day, ratio = seen.days[fault.row], fault.value
        places = tuple(_actions_on(symbol, tables, day, split=True).tolist())
        yield Found("split_inverse", fault.kind, fault.table, places, symbol, day.item(), ratio, None, 1.0)
    if turned:  # the other rules look at prices that count these splits the right way round
        tables = _turned(symbol, tables, seen.days[[fault.row for fault in turned]])
        seen = _see(symbol, tables)
    for rule, fault in faults.find(seen.series):
        place = fault.row - seen.earlier
        if place < 0:
            continue  # accepted earlier
        day, shares = seen.days[fault.row], 1.0 if fault.as_delivered else seen.shares[fault.row]
        rows = tables.bars.of(symbol)[[place]]
        wrong = _actions_on(symbol, tables, day, split=False) if fault.table == "actions" else rows
        yield Found(
            rule, fault.kind, fault.table, tuple(wrong.tolist()), symbol, day.item(),
            fault.value * shares, _as_traded(fault, shares), float(shares),
        )  # fmt: skip


@dataclass(frozen=True)
class _Seen:
    """A symbol's series, its days and today's shares for one of each; the first `earlier` rows are known."""

    series: Series
    days: Days
    shares: Floats
    earlier: int


def _see(symbol: str, tables: _Tables) -> _Seen:
    days, known = tables.bars.days[tables.bars.of(symbol)], tables.known.of(symbol)
    before = known[tables.known.days[known] < days[0]]
    all_days = np.concatenate([tables.known.days[before], days])
    shares = _shares(all_days, tables.actions.of(symbol), tables.actions)
    return _Seen(_series(symbol, tables, before, all_days, shares), all_days, shares, len(before))


def _actions_on(symbol: str, tables: _Tables, day: np.datetime64, *, split: bool) -> Rows:
    """The rows of a symbol's actions of a day: its splits, or all others."""
    rows = tables.actions.of(symbol)
    rows = rows[tables.actions.days[rows] == day]
    wanted: Rows = rows[(tables.actions.column("kind")[rows] == "split") == split]
    return wanted


def _turned(symbol: str, tables: _Tables, days: Days) -> _Tables:
    """The tables with a symbol's splits of these days the other way round."""
    value = tables.actions.column("value").astype(float)
    for day in days:
        rows = _actions_on(symbol, tables, day, split=True)
        value[rows] = 1 / value[rows]
    return replace(tables, actions=tables.actions.having("value", value))


def _shares(days: Days, actions: Rows, announced: _Grouped) -> Floats:
    """Today's shares for one of each day, by the splits that the delivery tells."""
    ratio = announced.column("value")[actions]
    split = (announced.column("kind")[actions] == "split") & (ratio > 0) & np.isfinite(ratio)
    return later_splits(days, announced.days[actions][split], ratio[split])


def _as_traded(fault: Fault, shares: float) -> dict[str, float] | None:
    if fault.proposed is None:
        return None
    scale = {"volume": 1 / shares, "adj_close": 1.0}
    return {name: value * scale.get(name, shares) for name, value in fault.proposed.items()}


def _series(symbol: str, tables: _Tables, before: Rows, days: Days, shares: Floats) -> Series:
    rows = tables.bars.of(symbol)
    columns = {name: np.full(len(days), np.nan) for name in (*FIELDS, "adj_close")}
    for name in FIELDS:
        columns[name][len(before) :] = tables.bars.column(name)[rows]
        columns[name] *= 1 / shares if name != "volume" else shares
        if name != "volume":
            columns[name] = _prices(columns[name])
    columns["close"][: len(before)] = tables.known.column("close")[before] / shares[: len(before)]
    vendors = tables.adjusted.of(symbol)
    place, there = _places(days, tables.adjusted.days[vendors])
    columns["adj_close"][place[there]] = tables.adjusted.column("adj_close")[vendors[there]]
    splits, distributions = _placed(symbol, tables, days, shares)
    return Series(
        **columns,
        splits=splits,
        distributions=distributions if tables.tells else None,
        anchor=_anchor(symbol, tables, days, shares),
        accepted=_accepted(symbol, tables, days, shares),
        ahead=symbol in tables.ahead,
    )


def _places(days: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> tuple[Rows, npt.NDArray[np.bool_]]:
    """Where each wanted day stands among the days, and whether it does."""
    place = np.searchsorted(days, wanted)
    there = place < len(days)
    there[there] = days[place[there]] == wanted[there]
    return place, there


def _placed(symbol: str, tables: _Tables, days: Days, shares: Floats) -> tuple[Floats, Floats]:
    """Splits and distributions (per share of today) on the delivered rows of their ex-dates."""
    actions, announced = tables.actions.of(symbol), tables.actions
    splits, distributions = np.ones(len(days)), np.zeros(len(days))
    value = announced.column("value")[actions]
    place, there = _places(days, announced.days[actions])
    there &= np.isfinite(value) & (value > 0)
    split = announced.column("kind")[actions] == "split"
    np.multiply.at(splits, place[there & split], value[there & split])
    paid = place[there & ~split]
    np.add.at(distributions, paid, value[there & ~split] / shares[paid])
    return splits, distributions


def _accepted(symbol: str, tables: _Tables, days: Days, shares: Floats) -> Floats | None:
    """The accepted closes of the delivered sessions, by row, NaN elsewhere; None without any."""
    known = tables.known.of(symbol)
    place, there = _places(days, tables.known.days[known])
    there &= tables.known.days[known] >= tables.bars.days[tables.bars.of(symbol)[0]]
    if not there.any():
        return None
    closes = np.full(len(days), np.nan)
    closes[place[there]] = tables.known.column("close")[known[there]] / shares[place[there]]
    return closes


def _anchor(symbol: str, tables: _Tables, days: Days, shares: Floats) -> tuple[int, float] | None:
    """The newest accepted close among the delivered sessions, else the last one before them; by its row."""
    known = tables.known.of(symbol)
    place, there = _places(days, tables.known.days[known])
    if not there.any():
        return None
    row = int(place[there][-1])
    return row, float(tables.known.column("close")[known[there][-1]] / shares[row])
