"""From a delivery to the tables of a staging file, with the closes that the move bound compares with."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from expectations import BUSY, MOVE_FLOOR, MOVE_SIGMAS, TRADED
from quant.market.adjust import closes
from quant.market.moves import references
from quant.market.panel import Floats
from quant.market.returns import accepted, previous
from tasks.ingest.ahead import settled
from tasks.ingest.faults import Found, scan
from tasks.ingest.repairs import Mended, mend
from tasks.sources import BARS, Delivery

KNOWN = BARS.empty_table().select(["symbol", "session", "close", "volume"]).schema
"""Closes that were accepted earlier, with their volumes."""


@dataclass(frozen=True)
class Limits:
    """`begins`: the first known session of each calendar that a delivery may reach behind. `due`: the session
    that a symbol's newest bar should at least be of, where that is not the last of its calendar.
    """

    begins: Mapping[str, date] = field(default_factory=dict)
    due: Mapping[str, date] = field(default_factory=dict)


_VOUCHED = pa.schema([("table_name", pa.string()), ("row_id", pa.int64())])


def up_to(delivery: Delivery, owed: Mapping[str, date], end: date) -> Delivery:
    """A delivery up to `end` without what is dated after the session that a symbol owes."""
    early = {symbol: day for symbol, day in owed.items() if day < end}
    if not early:
        return delivery
    return replace(
        delivery,
        bars=_until(delivery.bars, "session", early),
        actions=_until(delivery.actions, "ex_date", early),
        adjusted=_until(delivery.adjusted, "session", early),
    )


def _until(rows: pa.Table, day: str, last: Mapping[str, date]) -> pa.Table:
    place = pc.index_in(rows["symbol"], pa.array(list(last), pa.string()))
    latest = pa.array(list(last.values()), pa.date32()).take(place.combine_chunks())
    return rows.filter(pc.fill_null(pc.less_equal(rows[day], latest), fill_value=True))


def tables(
    delivery: Delivery,
    asked: Mapping[str, str],
    calendars: Mapping[str, Sequence[date]],
    known: pa.Table,
    vouched: Collection[tuple[str, int]] = (),
    *,
    limits: Limits = Limits(),
    repair: bool = False,
) -> dict[str, pa.Table]:
    """The staging tables of docs/architecture.md by name.

    `asked` has the calendar of each symbol, `calendars` every session of each that the delivery may hold, up
    to the session of the run; `known` accepted closes (schema KNOWN), up to a symbol's last delivered day.
    With `repair`, rows whose repair is certain hold the repaired values. `vouched` are the rows, by table and
    number, whose values a person has accepted: nothing is wrong with them. `limits` are what is due, and from
    where on calendars are known, where neither follows from the sessions.
    """
    delivery = settled(delivery, known)
    mended = mend(delivery, _doubted(scan(delivery, known), vouched), repair=repair)
    return staged(mended, asked, calendars, known, vouched, limits)


def staged(
    mended: Mended,
    asked: Mapping[str, str],
    calendars: Mapping[str, Sequence[date]],
    known: pa.Table,
    vouched: Collection[tuple[str, int]] = (),
    limits: Limits = Limits(),
) -> dict[str, pa.Table]:
    """The staging tables of a delivery that the fault rules have seen; the rest as in `tables`."""
    bars, actions = mended.delivery.bars, mended.delivery.actions
    sound = actions.filter(actions["fault"].is_null())
    reference, sigma = _references(bars, sound, known)
    rows = np.arange(len(bars))
    bars_staged = bars.append_column("row_id", pa.array(rows)).append_column("copies", _copies(bars))
    bars_staged = bars_staged.append_column("reference_close", pa.array(reference, from_pandas=True))
    bars_staged = bars_staged.append_column("reference_sigma", pa.array(sigma, from_pandas=True))
    bars_staged = bars_staged.append_column("busy", pa.array(_busy(bars, known)))
    # As the warehouse keeps them (`bars_insert`); DuckDB takes six times as long to sort them.
    by_session = np.argsort(bars["session"].to_numpy(), kind="stable")
    return {
        "bars": bars_staged.take(pa.array(by_session)),
        "actions": actions.append_column("row_id", pa.array(np.arange(len(actions)))),
        "adjusted": mended.delivery.adjusted,
        "coverage": _coverage(bars, asked, calendars, limits.due),
        "repairs": mended.repairs,
        "differences": mended.differences,
        "calendar": _calendar(calendars),
        "begins": _calendar({name: [day] for name, day in limits.begins.items()}),
        "accepted": pa.Table.from_pylist(
            [{"table_name": table, "row_id": row} for table, row in vouched], _VOUCHED
        ),
    }


def _doubted(found: Sequence[Found], vouched: Collection[tuple[str, int]]) -> list[Found]:
    """The faults without the rows that a person has accepted."""
    left = [
        replace(one, rows=tuple(row for row in one.rows if (one.table, row) not in vouched)) for one in found
    ]
    return [one for one in left if one.rows]


def _calendar(calendars: Mapping[str, Sequence[date]]) -> pa.Table:
    names = [name for name, days in calendars.items() for _ in days]
    days = [day for days in calendars.values() for day in days]
    return pa.table({"calendar": pa.array(names, pa.string()), "session": pa.array(days, pa.date32())})


def _coverage(
    bars: pa.Table, asked: Mapping[str, str], calendars: Mapping[str, Sequence[date]], due: Mapping[str, date]
) -> pa.Table:
    last = {symbol: calendars[name][-1] for symbol, name in asked.items()}
    dated = bars.select(["symbol", "session"])
    found = (
        dated.filter(pc.less_equal(dated["session"], pa.scalar(max(days[-1] for days in calendars.values()))))
        .group_by("symbol")
        .aggregate([("session", "max"), ("session", "count")])
        .to_pydict()
    )
    newest = dict(zip(found["symbol"], found["session_max"], strict=True))
    count = dict(zip(found["symbol"], found["session_count"], strict=True))
    return pa.table(
        {
            "row_id": pa.array(range(len(asked)), pa.int64()),
            "symbol": pa.array(list(asked), pa.string()),
            "calendar": pa.array(list(asked.values()), pa.string()),
            "session": pa.array([due.get(symbol, last[symbol]) for symbol in asked], pa.date32()),
            "last_session": pa.array([newest.get(symbol) for symbol in asked], pa.date32()),
            "rows": pa.array([count.get(symbol, 0) for symbol in asked], pa.int64()),
        }
    )


def _copies(bars: pa.Table) -> pa.Array:
    """How often the delivery has each row's symbol and session; rows without one of them count as alike."""
    symbol = pc.fill_null(bars["symbol"], "").combine_chunks().dictionary_encode().indices.to_numpy()
    day = pc.fill_null(bars["session"].cast(pa.int32()), 0).to_numpy()
    key = (symbol.astype(np.int64) << 32) + day
    if np.all(key[1:] > key[:-1]):  # as vendors deliver them; sorting costs more than all else here
        return pa.array(np.ones(len(key), np.int64))
    _, place, count = np.unique(key, return_inverse=True, return_counts=True)
    return pa.array(count[place])


def _references(bars: pa.Table, actions: pa.Table, known: pa.Table) -> tuple[Floats, Floats]:
    """For each delivered bar the close it is compared with, in the bar's own as-traded terms, and σ.

    A bar that is known to be faulty is compared with nothing, and nothing with it: two that agree must not
    make each other believed.
    """
    if not len(bars):
        return np.empty(0), np.empty(0)
    earlier = known.filter(pc.less(known["session"], pc.min(bars["session"]))).drop(["volume"])
    good = pc.if_else(bars["fault"].is_null(), bars["close"], pa.scalar(None, pa.float64()))
    believed = pa.concat_tables(
        [earlier, pa.table([bars["symbol"], bars["session"], good], schema=earlier.schema)]
    )
    named = pc.fill_null(believed["symbol"], "").combine_chunks().dictionary_encode()
    symbols, columns = named.dictionary.to_pylist(), named.indices.to_numpy()
    days = np.sort(pc.unique(believed["session"]).to_numpy(zero_copy_only=False))
    rows = np.searchsorted(days, believed["session"].to_numpy())
    matrix = np.full((len(days), len(symbols)), np.nan)
    matrix[rows, columns] = believed["close"].to_numpy()
    splits, distributions = _placed(actions, days, symbols)
    # What no shareholder can have received is for the checks to reject; here it would hide earlier bars.
    distributions = np.where(distributions < previous(accepted(matrix)) / splits, distributions, 0.0)
    with np.errstate(all="ignore"):  # closes that are no prices are for the checks to reject
        _, _, total = closes(matrix, splits, distributions)
        reference, sigma = references(total, MOVE_FLOOR, MOVE_SIGMAS)
        as_traded = reference * matrix / total
    place = (rows[len(earlier) :], columns[len(earlier) :])
    return as_traded[place], sigma[place]


def _busy(bars: pa.Table, known: pa.Table) -> npt.NDArray[np.int64]:
    """How many of the TRADED bars before each were busy; 0 of a bar with volume, or of several prices."""
    found = np.zeros(len(bars), dtype=np.int64)
    still = pc.equal(pc.fill_null(bars["volume"], 0.0), 0.0)
    for name in ("open", "high", "low"):
        still = pc.and_(still, pc.fill_null(pc.equal(bars[name], bars["close"]), fill_value=False))
    for symbol in pc.unique(bars["symbol"].filter(still)).drop_null().to_pylist():
        own, before = (pc.equal(table["symbol"], symbol) for table in (bars, known))
        dated = pc.and_(pc.fill_null(own, fill_value=False), bars["session"].is_valid())
        if not pc.any(dated).as_py():
            continue
        rows = np.flatnonzero(dated.to_numpy())
        days = bars["session"].take(pa.array(rows)).to_numpy()
        rows, days = rows[order := np.argsort(days, kind="stable")], days[order]
        stored = known.filter(pc.and_(before, pc.less(known["session"], pa.scalar(days[0].item()))))
        volume = pa.concat_tables([stored.select(["volume"]), bars.take(pa.array(rows)).select(["volume"])])
        traded = np.cumsum(np.append(0, volume["volume"].to_numpy() >= BUSY))
        end = np.arange(len(stored), len(traded) - 1)
        found[rows] = traded[end] - traded[np.maximum(end - TRADED, 0)]
    return np.where(still.to_numpy(), found, 0)


def _placed(actions: pa.Table, days: Any, symbols: Any) -> tuple[Floats, Floats]:
    """Splits and distributions on the first delivered day from their ex-date on."""
    splits, distributions = np.ones((len(days), len(symbols))), np.zeros((len(days), len(symbols)))
    column = pc.index_in(actions["symbol"], pa.array(symbols, pa.string()))
    column = pc.fill_null(column, -1).to_numpy()
    row = np.searchsorted(days, actions["ex_date"].to_numpy().astype(days.dtype))
    value = actions["value"].to_numpy()
    counts = (column >= 0) & (row > 0) & (row < len(days)) & (value > 0) & np.isfinite(value)
    is_split = pc.fill_null(pc.equal(actions["kind"], "split"), fill_value=False).to_numpy()
    for which, made, into in (
        (counts & is_split, np.multiply, splits),
        (counts & ~is_split, np.add, distributions),
    ):
        made.at(into, (row[which], column[which]), value[which])
    return splits, distributions
