"""Bars and actions as known at one instant, as arrays for the maths."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

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
    scope = {"source": source, "known_at": known_at}
    with db.incoming(asked=asked, days=days):
        found = db.arrow("panel_bars", **scope, first=sessions[0], last=sessions[-1])
        actions = db.rows("recent_actions", **scope, session=sessions[-1])
    place = (found["row"].to_numpy(), found["column"].to_numpy())
    for field in FIELDS:
        bars[field][place] = found[field].to_numpy()
    index = np.array(sessions, dtype="datetime64[D]")
    column = {symbol: ordinal for ordinal, symbol in enumerate(symbols)}
    for action in actions:
        day = np.datetime64(action["ex_date"])
        if day > index[0]:
            at = (int(np.searchsorted(index, day)), column[action["symbol"]])
            if action["kind"] == "split":
                splits[at] *= action["value"]
            else:
                distributions[at] += action["value"]
    return Window(index, tuple(symbols), bars, splits, distributions)
