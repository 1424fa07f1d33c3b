"""Small made-up markets and portfolio files, for runs that need no real data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import exchange_calendars
import numpy as np
import pandas as pd

SESSION = "2024-07-01"
"""The first session of a month, a quarter and no year."""
HISTORY = 560  # sessions: more than the 501 that VaR needs
CLOSES = {
    "ALFA": 100.0, "BETA": 50.0, "GAMA": 20.0, "DELT": 200.0, "TINY": 0.8512, "THIN": 30.0,
    "OLD": 40.0, "ORPH": 25.0, "SPLT": 60.0, "DIVI": 80.0, "JUMP": 70.0,
}  # fmt: skip
"""The last close of each symbol: portfolios can be laid out from these by hand."""

REBALANCE = {
    "calendar": "none", "band_absolute": 0.05, "band_relative": 0.25, "destination": "target",
    "min_trade": 100.0, "lot_size": 1, "cash_buffer": 0.01, "limit_offset": 0.005,
}  # fmt: skip
RISK = {
    "max_weight": 0.65, "max_order_value": 250_000.0, "max_adv": 0.1, "max_turnover": 0.25,
    "price_collar": 0.05, "var_95": 0.03, "max_drawdown": 0.5, "restricted": [], "data_tolerance": 0.01,
}  # fmt: skip


def prices(session: str = SESSION, count: int = HISTORY, seed: int = 20240701) -> pd.DataFrame:
    """Random walks that end on `CLOSES`, one row per symbol and session, as a files: source reads them.

    SPLT had a 2-for-1 split 20 sessions before the end, DIVI pays 4 on the last session (its price falls by
    that), JUMP falls by 8% there, THIN trades 1,000 shares a day, and OLD has no bar on the last 3 sessions.
    """
    rng = np.random.default_rng(seed)
    days = exchange_calendars.get_calendar("XNYS", start="2020-01-01").sessions_window(session, -count)
    frames = {symbol: _walk(days, close, rng) for symbol, close in CLOSES.items()}
    bars = ["open", "high", "low", "close"]
    early = frames["SPLT"].index[:-21]
    frames["SPLT"].loc[early, bars] *= 2
    frames["SPLT"].loc[days[-21], "split"] = 2.0
    frames["DIVI"].loc[days[:-1], bars] += 4.0
    frames["DIVI"].loc[days[-1], "dividend"] = 4.0
    frames["JUMP"].loc[days[:-1], bars] /= 0.92
    frames["JUMP"].loc[days[-1], "high"] = frames["JUMP"].loc[days[-1], "open"] = 72.0
    frames["THIN"]["volume"] = 1000.0
    frames["OLD"] = frames["OLD"].iloc[:-3]
    return pd.concat([frame.round(4).assign(symbol=symbol) for symbol, frame in frames.items()]).reset_index(
        names="session"
    )


def _walk(days: pd.DatetimeIndex, last: float, rng: np.random.Generator) -> pd.DataFrame:
    logs = np.cumsum(rng.normal(0.0, 0.008, len(days)))
    close = last * np.exp(logs - logs[-1])
    open_ = np.concatenate([close[:1], close[:-1]])
    return pd.DataFrame(
        {
            "open": open_,
            "high": np.maximum(open_, close) * 1.002,
            "low": np.minimum(open_, close) * 0.998,
            "close": close,
            "volume": rng.integers(500_000, 900_000, len(days)).astype(float),
            "dividend": 0.0,
            "split": 1.0,
        },
        index=days,
    )


@dataclass(frozen=True)
class Layout:
    """A portfolio of about 100,000: `held` and `target` are weights; `cash` is in currency.

    A symbol's class is that of `CLASSES`, else "other".
    """

    held: Mapping[str, float]
    target: Mapping[str, float]
    cash: float = 1000.0
    lots: Mapping[str, int] = field(default_factory=dict)  # a symbol in so many lots
    rebalance: Mapping[str, Any] = field(default_factory=dict)
    risk: Mapping[str, Any] = field(default_factory=dict)


CLASSES = {"ALFA": "equity", "BETA": "equity", "GAMA": "bonds", "DELT": "bonds"}


def write(folder: Path, name: str, layout: Layout) -> Path:
    """The portfolio file NAME.toml and its holdings file in `folder`; its benchmark is ALFA."""
    folder.mkdir(parents=True, exist_ok=True)
    holdings = ["symbol,quantity,cost_basis,acquired"]
    for symbol, weight in layout.held.items():
        quantity, lots = round(weight * 100_000 / CLOSES[symbol], 3), layout.lots.get(symbol, 1)
        holdings += [f"{symbol},{quantity / lots!r},12.5,20{10 + lot}-03-01" for lot in range(lots)]
    (folder / f"{name}.holdings.csv").write_text("\n".join(holdings) + "\n")
    keys = {"name": name, "benchmark": "ALFA", "holdings": f"{name}.holdings.csv", "cash": layout.cash}
    lines = _table(keys)
    for symbol, weight in layout.target.items():
        asset_class = CLASSES.get(symbol, "other")
        lines += ["[[target]]", *_table({"symbol": symbol, "asset_class": asset_class, "weight": weight})]
    lines += ["[rebalance]", *_table({**REBALANCE, **layout.rebalance})]
    lines += ["[risk]", *_table({**RISK, **layout.risk})]
    file = folder / f"{name}.toml"
    file.write_text("\n".join(lines) + "\n")
    return file


def _table(values: Mapping[str, Any]) -> list[str]:
    """Lines of TOML; JSON writes strings, numbers and lists as TOML does."""
    return [f"{key} = {json.dumps(value)}" for key, value in values.items()]


MIX = {"ALFA": 0.4, "BETA": 0.2, "GAMA": 0.25, "DELT": 0.15}
DRIFTED = {"ALFA": 0.5, "BETA": 0.13, "GAMA": 0.22, "DELT": 0.14}

LAYOUTS = {
    "calm": Layout({symbol: weight * 0.99 for symbol, weight in MIX.items()}, MIX),
    "class_only": Layout(
        {"ALFA": 0.33, "BETA": 0.33, "GAMA": 0.165, "DELT": 0.165},
        {"ALFA": 0.3, "BETA": 0.3, "GAMA": 0.2, "DELT": 0.2},
    ),
    "cash_short": Layout(DRIFTED, MIX, cash=0.0, rebalance={"limit_offset": 0.02}),
    "low_cash": Layout(DRIFTED, MIX, cash=150.0),
    "restricted_sell": Layout(DRIFTED, MIX, cash=3000.0, risk={"restricted": ["ALFA"]}),
    "large_sell": Layout(DRIFTED, MIX, cash=3000.0, risk={"max_order_value": 8000.0}),
    "orphan": Layout({**DRIFTED, "ORPH": 0.04}, MIX),
    "lots_of_ten": Layout(DRIFTED, MIX, lots={"ALFA": 3, "GAMA": 2}, rebalance={"lot_size": 10}),
    "fractional": Layout(
        {"ALFA": 0.5, "BETA": 0.2, "TINY": 0.29}, {"ALFA": 0.4, "BETA": 0.2, "TINY": 0.4},
        rebalance={"lot_size": 0},
    ),
    "min_trade": Layout(DRIFTED, MIX, rebalance={"min_trade": 5000.0}),
    "stale": Layout({**DRIFTED, "OLD": 0.1}, {"ALFA": 0.4, "BETA": 0.2, "GAMA": 0.25, "OLD": 0.15}),
    "stale_but_small": Layout({**DRIFTED, "OLD": 0.008}, MIX),
    "thin": Layout({"ALFA": 0.79, "THIN": 0.2}, {"ALFA": 0.6, "THIN": 0.4}, cash=20_000.0),
    "capped": Layout(
        {"ALFA": 0.3, "BETA": 0.3, "GAMA": 0.25, "DELT": 0.14}, MIX, risk={"max_weight": 0.35}
    ),
    "turnover": Layout(DRIFTED, MIX, risk={"max_turnover": 0.02}),
    "collar": Layout(
        {"ALFA": 0.5, "JUMP": 0.19, "DIVI": 0.3}, {"ALFA": 0.3, "JUMP": 0.3, "DIVI": 0.4}, cash=10_000.0
    ),
    "quarterly": Layout(
        {"ALFA": 0.38, "SPLT": 0.42, "DELT": 0.19}, {"ALFA": 0.4, "SPLT": 0.4, "DELT": 0.2},
        rebalance={"calendar": "quarterly"},
    ),
}  # fmt: skip
"""One portfolio for each thing that the independent calculation is asked about."""
