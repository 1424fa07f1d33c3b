"""Sessions without an accepted bar although the exchange was open: which there are, and which hold."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from types import ModuleType
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from config.gaps import AcceptedGap
from expectations import MOVE_FLOOR, MOVE_SIGMAS
from quant.market import gaps
from quant.market.gaps import Reason
from quant.market.panel import Panel
from quant.plugins import discover
from warehouse.database.database import Database
from warehouse.runs import Run
from warehouse.tables.found import Signal, Volatility

M = TypeVar("M", Volatility, Signal)
First = Callable[[str, int], date]

DEFINITION = "gaps"
"""Its name in `quant.policy`: by the first version a gap was filled forward, and held nothing."""

OF_RATES = 3
"""The version of the definition from which on rates have gaps too: sessions of the portfolio's calendar."""


@dataclass(frozen=True)
class Gap:
    """Sessions of a symbol without an accepted bar, one after the other, between two that have one.

    `accepted` is why a person lets them be. `holds`: nobody does, and the last of them is one of the last
    `quant.market.gaps.WINDOW` sessions.
    """

    symbol: str
    first: date
    last: date
    sessions: int
    holds: bool
    accepted: str | None


@dataclass(frozen=True)
class Beginning:
    """The session on which a symbol's measurable history begins, later than its prices; None: none does."""

    symbol: str
    session: date | None
    reason: Reason


@dataclass(frozen=True)
class KeptOut:
    """A bar that a person decided to keep out, and why."""

    source: str
    symbol: str
    session: date
    reason: str
    decided_by: str


def measurable(panel: Panel) -> Panel:
    """The panel without what lies before each symbol's measurable history (quant/market/gaps.py)."""
    return gaps.measurable(panel, MOVE_FLOOR, MOVE_SIGMAS)


def beginnings(panel: Panel) -> list[Beginning]:
    """Of each symbol whose measurable history does not begin with its prices, where it does and why."""
    rows, reasons = gaps.begins(panel, MOVE_FLOOR, MOVE_SIGMAS)
    days = [*panel.sessions.tolist(), None]
    return [
        Beginning(symbol, days[row], reason)
        for symbol, row, reason in zip(panel.symbols, rows.tolist(), reasons, strict=True)
        if reason is not None
    ]


def found(
    panel: Panel, accepted: Sequence[AcceptedGap], rejected: Mapping[tuple[str, date], str]
) -> list[Gap]:
    """The gaps of a panel of one exchange, those at its end apart: there a symbol is stale.

    `rejected` has the reason for which a person keeps a symbol's bar of a session out.
    """
    days = panel.sessions.tolist()
    return [
        _gap(symbol, days, first, last, accepted, rejected)
        for symbol, closes in zip(panel.symbols, panel.traded.T, strict=True)
        for first, last in _stretches(np.flatnonzero(~np.isnan(closes)))
    ]


def _stretches(known: npt.NDArray[np.intp]) -> list[tuple[int, int]]:
    """The first and the last place between two of the `known` ones that are no neighbours."""
    ends = np.flatnonzero(np.diff(known) > 1)
    return [*zip((known[ends] + 1).tolist(), (known[ends + 1] - 1).tolist(), strict=True)]


def _gap(
    symbol: str,
    days: Sequence[date],
    first: int,
    last: int,
    accepted: Sequence[AcceptedGap],
    rejected: Mapping[tuple[str, date], str],
) -> Gap:
    named = (one.reason for one in accepted if one.covers(symbol, days[first], days[last]))
    kept_out = [rejected.get((symbol, day)) for day in days[first : last + 1]]
    reason = next(named, kept_out[0] if all(kept_out) else None)
    recent = len(days) - last <= gaps.WINDOW
    return Gap(symbol, days[first], days[last], last - first + 1, recent and reason is None, reason)


def kept_out(db: Database, run: Run, served_by: Mapping[str, str]) -> dict[tuple[str, date], str]:
    """Why people keep bars of the sources that serve out of what is computed, as decided before the run."""
    return {
        (row.symbol, row.session): f"{row.reason} ({row.decided_by})"
        for row in db.select(KeptOut, "bars_kept_out", before=run.started_at)
        if served_by.get(row.symbol) == row.source
    }


def complaints(found: Sequence[Gap], doubtful: Collection[tuple[str, date]]) -> dict[str, str]:
    """Of each symbol that a gap holds what is missing and what to do; `doubtful` bars were rejected."""
    said: dict[str, str] = {}
    for gap in found:
        if gap.holds:
            waits = any(symbol == gap.symbol and gap.first <= day <= gap.last for symbol, day in doubtful)
            what = (
                "decide on the rejected bar with `ballast data quarantine`"
                if waits
                else "it is asked for again by each run; if it will never come, say so with [[data.gap]]"
            )
            said[gap.symbol] = f"no price on {days(gap.first, gap.last, gap.sessions)}; {what}"
    return said


def days(first: date, last: date, sessions: int) -> str:
    """One session, or the first and the last of several, in words."""
    return f"{first}" if sessions == 1 else f"{sessions} sessions from {first} to {last}"


@dataclass(frozen=True)
class Missing:
    """What a run lacks, as its column `gaps` keeps it; `value_in_doubt` is why, by symbol or rate."""

    gaps: list[Gap] = field(default_factory=list)
    begins: list[Beginning] = field(default_factory=list)
    value_in_doubt: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """As JSON, days as text."""
        return json.dumps(asdict(self), default=str)


_kept = TypeAdapter(Missing)


def missing(run: Run) -> Missing:
    """What a run lacks; nothing of one that did not look."""
    return _kept.validate_json(run.gaps) if run.gaps else Missing()


def over_gaps(rows: Sequence[M], package: ModuleType, last: Mapping[str, date], first: First) -> list[bool]:
    """Of each row of a package of measures whether a gap may lie in it.

    `last` is the last missing session of each symbol, `first(symbol, count)` the first of its last sessions.
    """
    read = {name: module.lookback(module.Parameters()) for name, module in discover(package).items()}
    return [row.symbol in last and _reaches(row, read, last[row.symbol], first) for row in rows]


def _reaches(row: Volatility | Signal, read: Mapping[str, int], day: date, first: First) -> bool:
    count = read.get(row.estimator if isinstance(row, Volatility) else row.signal)
    return count is not None and first(row.symbol, count) <= day
