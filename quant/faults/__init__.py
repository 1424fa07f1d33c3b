"""Rules that find wrong prices and actions of a vendor, one file each, found by name.

A rule file defines `KINDS`, what each kind of fault that it finds means, `TABLE`, whose rows these faults
reject (`adjusted`: none), and `find(series) -> list[Fault]`.
It is pure, and knows no symbol and no file: only what the numbers say of each other. It is asked of a series
in which a step, a payout or an adjustment is odd (`_doubt.py`); a rule with `EVERY = True` is asked of each
series, and the other rules with it. A file whose name starts with an underscore is no rule. Its committed
cases, bad and good ones, stand in
tests/quant/faults/cases/<file>.json; CI fails without them.

The ideas (a step by exactly 100 or by a split, told from a real move by what stands on both sides; a dividend
weighed by the fall of the price on its ex-date) are those of the price repair of yfinance, whose recorded
cases are measured in docs/dirty-data.md.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Literal

from quant.market.panel import Floats
from quant.plugins import discover

PRICES = ("open", "high", "low", "close")
Table = Literal["bars", "actions", "adjusted"]


@dataclass(frozen=True, eq=False)  # compared by identity, so that what rules share is computed once
class Series:
    """One symbol's delivered history in today's shares (split-adjusted); arrays (rows,), oldest first.

    Prices are positive and finite, NaN where missing. `adj_close` is the vendor's own adjusted close, NaN
    where it gave none.
    `splits` (new shares per old one, 1.0 without one) and `distributions` (per share of today, 0.0 without
    one) stand on their ex-dates; `distributions` is None when the vendor does not tell them.
    `anchor` is a row whose close was accepted before, with that close: (row, close). `accepted` has every
    such close on its row, NaN elsewhere; None without any. `ahead`: a split from after the last price is
    announced, and nothing says whether the prices count it.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    adj_close: Floats
    splits: Floats
    distributions: Floats | None
    anchor: tuple[int, float] | None = None
    accepted: Floats | None = None
    ahead: bool = False


@dataclass(frozen=True)
class Fault:
    """One wrong row. `table` says what is wrong: a bar, an announced action, or only the vendor's adjustment.

    `value` is what was seen, in today's shares or `as_delivered`. `proposed` are the right values by field,
    only where the repair is certain. A fault of `adjusted` harms nothing that Ballast computes, which adjusts
    by actions alone: it is reported.
    """

    row: int
    kind: str
    table: Table
    value: float
    proposed: Mapping[str, float] | None = None
    as_delivered: bool = False


@cache
def rules() -> dict[str, ModuleType]:
    """The rule files by name."""
    return discover(sys.modules[__name__])


def asked_of_every_series() -> bool:
    """Whether a rule may find something where nothing looks odd."""
    return any(getattr(rule, "EVERY", False) for rule in rules().values())


def kinds(table: Table) -> dict[str, str]:
    """The kinds of fault that reject rows of a table, and what each means."""
    of_table = [rule for rule in rules().values() if table == rule.TABLE]
    return {kind: words for rule in of_table for kind, words in rule.KINDS.items()}


def find(series: Series) -> list[tuple[str, Fault]]:
    """What all rules find in a series, each fault with its rule's name; in the order of rows.

    A repair is proposed only where all rules, asked again of the repaired series, find nothing against it.
    """
    from quant.faults._agreement import agreed  # noqa: PLC0415 - it is made of what stands above

    return agreed(series, _found(series), _found)


def _found(series: Series) -> list[tuple[str, Fault]]:
    found = [(name, fault) for name, rule in rules().items() for fault in rule.find(series)]
    return sorted(found, key=lambda one: (one[1].row, one[1].kind))
