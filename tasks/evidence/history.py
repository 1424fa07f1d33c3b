"""What each signal would have said on each session, from what a run of that session knows; and what came."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from quant import candidates, signals
from quant.errors import InputError
from quant.market.panel import Floats
from quant.plugins import discover
from tasks.backtest.market import Market
from tasks.context.context import Progress

OPINIONS = {"Buy": 1.0, "Sell": -1.0}


@dataclass(frozen=True)
class Said:
    """What a signal said, shape (sessions, symbols): values (NaN: nothing), and 1 for Buy, -1 for Sell."""

    values: Floats
    actions: Floats


def known() -> Mapping[str, ModuleType]:
    """Every signal and every candidate by name, signals first."""
    return discover(signals) | discover(candidates)


def named(name: str) -> Mapping[str, ModuleType]:
    """The signals that a name means: one, or "all".

    Raises:
        InputError: there is none of this name; those that there are are listed.
    """
    found = known()
    if name == "all":
        return found
    if name not in found:
        raise InputError(f"there is no signal {name!r}: name one of {', '.join(found)}, or all.")
    return {name: found[name]}


def history(market: Market, files: Mapping[str, ModuleType], progress: Progress) -> Mapping[str, Said]:
    """What the signals said of the portfolio's symbols on each session."""
    symbols, count = market.portfolio.symbols, len(market.sessions)
    found = {
        name: Said(np.full((count, len(symbols)), np.nan), np.zeros((count, len(symbols)))) for name in files
    }
    for place in range(count):
        for panel in market.measurable(place):
            columns = [symbols.index(one) for one in panel.symbols if one in symbols]
            own = [one for one in panel.symbols if one in symbols]
            for name, file in files.items():
                readings = {one.symbol: one for one in file.compute(panel, file.Parameters())}
                for column, symbol in zip(columns, own, strict=True):
                    found[name].values[place, column] = readings[symbol].value
                    found[name].actions[place, column] = OPINIONS.get(readings[symbol].action or "", 0.0)
        progress("signals", place + 1, count)
    return found


def later(market: Market, sessions: int) -> Floats:
    """The total return over the next `sessions`, shape (sessions, symbols), in the portfolio's currency.

    It begins at the close of the session after the signal, when somebody could have traded on it. NaN where
    it has not ended yet.
    """
    worth = market.totals
    found = np.full(worth.shape, np.nan)
    found[: -1 - sessions] = worth[1 + sessions :] / worth[1:-sessions] - 1
    return found
