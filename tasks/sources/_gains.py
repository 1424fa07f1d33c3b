"""A vendor's dividends and capital gains as what a holder received: each payout once."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quant.actions.distributions import contains_gains
from tasks.sources import ACTIONS
from tasks.sources._splits import later_splits

ROUNDING = 1e-6
"""Relative: what is left of a dividend that was a gain and nothing else."""


def apart(bars: pa.Table, actions: pa.Table, *, contained: bool) -> pa.Table:
    """The actions, with every dividend that contains the capital gain of its day given without it.

    `bars` and `actions` are as traded (schemas BARS and ACTIONS). `contained` is the vendor's convention,
    which counts where the prices cannot tell. A dividend that was a gain and nothing else is left out.
    """
    gains = actions.filter(pc.equal(actions["kind"], "capital_gain"))
    if not gains.num_rows:
        return actions
    within = {
        (symbol, day): gain
        for symbol in pc.unique(gains["symbol"]).to_pylist()
        for day, gain in _contained(_of(bars, symbol), _of(actions, symbol), contained=contained).items()
    }
    rest = []
    for one in actions.to_pylist():
        gain = within.get((one["symbol"], one["ex_date"]), 0.0) if one["kind"] == "dividend" else 0.0
        left = (one["value"] or 0.0) - gain
        if gain == 0 or left > ROUNDING * gain:
            rest.append(one | {"value": left} if gain else one)
    return pa.Table.from_pylist(rest, ACTIONS)


def _of(table: pa.Table, symbol: str) -> pa.Table:
    return table.filter(pc.equal(table["symbol"], symbol))


def _contained(bars: pa.Table, actions: pa.Table, *, contained: bool) -> dict[date, float]:
    """The gains of a symbol that its dividends contain, by ex-date."""
    announced: dict[str, dict[date, float]] = {"split": {}, "dividend": {}, "capital_gain": {}}
    for one in actions.to_pylist():
        if one["value"] and one["value"] > 0 and one["kind"] in announced:
            announced[one["kind"]][one["ex_date"]] = one["value"]
    both = np.array(sorted(announced["dividend"].keys() & announced["capital_gain"].keys()), "datetime64[D]")
    splits = np.array(list(announced["split"]), "datetime64[D]"), np.array(list(announced["split"].values()))
    days, first = np.unique(bars["session"].to_numpy().astype("datetime64[D]"), return_index=True)
    first = first[bars["close"].is_valid().to_numpy()[first]]
    days = bars["session"].to_numpy().astype("datetime64[D]")[first]
    # A payout on a day without a price shows in the next price; after the last one it shows in none yet.
    row = np.searchsorted(days, both)
    placed = {kind: np.zeros(len(days) + 1) for kind in ("dividend", "capital_gain")}
    for kind, values in placed.items():
        paid = [announced[kind][day] for day in both.tolist()]
        values[row] = paid / later_splits(both, *splits)
    shares = later_splits(days, *splits)
    opens, closes = (
        np.append(bars[name].to_numpy(zero_copy_only=False)[first] / shares, np.nan)
        for name in ("open", "close")
    )
    within = contains_gains(opens, closes, placed["dividend"], placed["capital_gain"], convention=contained)
    days_within = both[within[row]].tolist()
    return {day: min(announced["capital_gain"][day], announced["dividend"][day]) for day in days_within}
