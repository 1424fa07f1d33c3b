"""Bars and actions as known at one instant, as arrays for the maths."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.connection import Database

FIELDS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Window:
    """As-traded history. Arrays have the shape (sessions, symbols); NaN means no accepted value.

    `splits` (1 where none) and `distributions` (0 where none; currency per as-traded share) stand on the
    first session of the window from the ex-date on.
    """

    sessions: npt.NDArray[np.datetime64]
    symbols: tuple[str, ...]
    bars: dict[str, npt.NDArray[np.float64]]
    splits: npt.NDArray[np.float64]
    distributions: npt.NDArray[np.float64]


def window(
    db: Database, source: str, symbols: Sequence[str], sessions: Sequence[date], known_at: datetime
) -> Window:
    """What was known at `known_at` of the symbols on the sessions: nothing later than the last of them."""
    shape = (len(sessions), len(symbols))
    bars = {field: np.full(shape, np.nan) for field in FIELDS}
    splits, distributions = np.ones(shape), np.zeros(shape)
    asked = pa.table({"symbol": list(symbols), "ordinal": np.arange(len(symbols))})
    days = pa.table({"session": pa.array(sessions, pa.date32()), "ordinal": np.arange(len(sessions))})
    scope = {"source": source, "known_at": known_at, "first": sessions[0], "last": sessions[-1]}
    with db.incoming(asked=asked, days=days):
        found = db.arrow("panel_bars", **scope)
        actions = db.arrow("recent_actions", **scope)
    place = (found["row"].to_numpy(), found["column"].to_numpy())
    for field in FIELDS:
        bars[field][place] = found[field].to_numpy()
    index = np.array(sessions, dtype="datetime64[D]")
    _apply(actions, index, splits, distributions)
    return Window(index, tuple(symbols), bars, splits, distributions)


def _apply(
    actions: pa.Table,
    index: npt.NDArray[np.datetime64],
    splits: npt.NDArray[np.float64],
    distributions: npt.NDArray[np.float64],
) -> None:
    """Put actions on their sessions: several splits multiply, several distributions add up."""
    row, column = np.searchsorted(index, actions["ex_date"].to_numpy()), actions["column"].to_numpy()
    value = actions["value"].to_numpy()
    split = pc.equal(actions["kind"], "split").to_numpy()
    np.multiply.at(splits, (row[split], column[split]), value[split])
    np.add.at(distributions, (row[~split], column[~split]), value[~split])
