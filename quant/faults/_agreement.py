"""What is proposed must agree with its own bar, its neighbours and the other actions, once it is done."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from quant.faults import PRICES, Fault, Series

Named = tuple[str, Fault]
Key = tuple[str, int]
NOISE = 1e-6
"""Relative: as much may a high fall short of the other prices of its bar, as in the data check."""

NEAR = 5
"""Rows from a repaired one within which a new contradiction is laid to it."""


def agreed(series: Series, found: Sequence[Named], find: Callable[[Series], list[Named]]) -> list[Named]:
    """The same faults; what is proposed stays only where `find` has nothing against it after the repair.

    Of a row with two faults none is repaired, so that what is proposed for it is not looked at.
    """
    doubts = Counter(_key(fault) for _, fault in found)
    proposed = [fault for _, fault in found if fault.proposed and doubts[_key(fault)] == 1]
    consistent = [fault for fault in proposed if _bar_agrees(series, fault)]
    seen = {_key(fault) for _, fault in find(_repaired(series, consistent))} if consistent else set()
    against = {
        (table, near) for table, row in seen - set(doubts) for near in range(row - NEAR, row + NEAR + 1)
    }
    good = {_key(fault) for fault in consistent} - seen - against
    doubtful = {_key(fault) for fault in proposed} - good
    return [
        (name, replace(fault, proposed=None)) if _key(fault) in doubtful else (name, fault)
        for name, fault in found
    ]


def _key(fault: Fault) -> Key:
    return fault.table, fault.row


def _bar_agrees(series: Series, fault: Fault) -> bool:
    """Whether no price of the repaired bar lies above its high or below its low."""
    if fault.table != "bars" or fault.proposed is None:
        return True
    bar = {name: fault.proposed.get(name, float(getattr(series, name)[fault.row])) for name in PRICES}
    prices = [price for price in bar.values() if np.isfinite(price)]
    return not (bar["high"] < max(prices) * (1 - NOISE) or bar["low"] > min(prices) * (1 + NOISE))


def _repaired(series: Series, faults: Sequence[Fault]) -> Series:
    """The series with what is proposed."""
    changed: dict[str, Any] = {}
    for fault in faults:
        for name, value in (fault.proposed or {}).items():
            field = "distributions" if fault.table == "actions" else name
            changed.setdefault(field, getattr(series, field).copy())[fault.row] = value
    return replace(series, **changed)
