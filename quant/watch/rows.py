"""What the watch hands over: one row for each fall whose state has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from quant.intraday.saved import Flags
from quant.intraday.tape import Tape
from quant.watch.falls import Changes, Falls
from quant.watch.vetoes import words

Kind = Literal["flash_crash", "market_wide"]
Change = Literal["fired", "worse", "confirmed", "resolved"]
Names = Sequence[str] | Sequence[None]
SEVERITY = ("none", "warning", "critical")


@dataclass(frozen=True)
class Fall:
    """One fall after a minute.

    Attributes:
        kind: `flash_crash` of one symbol, or `market_wide`.
        symbol: None where it is market-wide.
        change: what has just happened: it fired, became critical, was confirmed, or is over.
        severity: `warning` or `critical`.
        confirmed: whether a minute has passed in which no veto applied; else `vetoes` has the reasons.
        fired, resolved: minutes of the session, `resolved` None while it lasts.
        peak, trough, price: highest price before it, lowest so far, and the last one. Of the market: an
            index that was 1 at the session's first minute.
        move: the five minutes' fall when it fired, as a fraction (-0.05 is 5% down).
        depth: the whole fall so far, from peak to trough, as a fraction above 0.
        recovered: share of the depth that has been recovered: 0 at the trough, 1 at the peak.
        duration: minutes since it fired.
        tests: each detector's value when it fired or became worse, a test's lowest of five minutes; without
            those that could not be computed.
        vetoes: reasons that apply, in words; empty once it is confirmed.
        with_market: whether a market-wide fall is open too.
    """

    kind: Kind
    symbol: str | None
    change: Change
    severity: str
    confirmed: bool
    fired: int
    resolved: int | None
    peak: float
    trough: float
    price: float
    move: float
    depth: float
    recovered: float
    duration: int
    tests: Mapping[str, float]
    vetoes: tuple[str, ...]
    with_market: bool


def rows(
    falls: Falls, changes: Changes, tape: Tape, names: Names, detectors: Sequence[str], *, with_market: bool
) -> list[Fall]:
    """A row for each change, in the order of changes; `names` are the columns of `falls`.

    `detectors` name the rows of `falls.values`. A fall that fires, or becomes worse, and is confirmed at once
    has one row.
    """
    flags: dict[Change, Flags] = {
        "fired": changes.fired,
        "worse": changes.worse,
        "confirmed": changes.confirmed & ~changes.fired & ~changes.worse,
        "resolved": changes.resolved,
    }
    share = falls.share(tape.price)
    return [
        _row(falls, column, change, tape, names[column], float(share[column]), detectors, with_market)
        for change, of in flags.items()
        for column in np.flatnonzero(of).tolist()
    ]


def _row(
    falls: Falls,
    column: int,
    change: Change,
    tape: Tape,
    symbol: str | None,
    recovered: float,
    detectors: Sequence[str],
    with_market: bool,
) -> Fall:
    values = zip(detectors, falls.values[:, column].tolist(), strict=True)
    confirmed = bool(falls.told[column] >= falls.level[column])
    trough, peak = float(falls.trough[column]), float(falls.peak[column])
    return Fall(
        "market_wide" if symbol is None else "flash_crash",
        symbol,
        change,
        SEVERITY[falls.level[column]],
        confirmed,
        int(falls.fired[column]),
        None if falls.open[column] else int(falls.resolved[column]),
        peak,
        trough,
        float(tape.price[column]),
        float(falls.move[column]),
        1 - trough / peak,
        recovered,
        tape.number - int(falls.fired[column]),
        {name: value for name, value in values if np.isfinite(value)},
        () if confirmed else words(int(falls.vetoes[column])),
        with_market,
    )
