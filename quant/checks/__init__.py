"""Risk checks, one file each, found by name.

A check file defines `evaluate(context: CheckContext, limits: Limits) -> list[Finding]`, `CHECK`, its name in
reports, and `REFERENCE`, the rule of a regulator or of the industry that asks for it ("house" where none
does).
It is pure: what it measures, what is allowed, and which trades would make that worse.
A check whose limit is None (not set in the portfolio file) returns no findings. A file whose name starts with
an underscore is not a check: `_judge.py` turns a number and its limit into a finding, `_weights.py` does so
with a measure of weights, `_backcast.py` with one of weights on past returns.
Its committed cases stand in tests/quant/checks/cases/<file>.json; CI fails without them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from quant.book.book import Book, Trade
from quant.market.panel import Floats
from quant.rebalance.controls import NONE, Controls
from quant.risk.exposure import weights_after

Status = Literal["pass", "warn", "block", "unknown"]


@dataclass(frozen=True)
class CheckContext:
    """Everything a check may look at. Arrays are aligned with `book.symbols`.

    `returns`: simple total returns in the portfolio's currency, shape (sessions, symbols), NaN before a
    symbol's measurable history begins and where a close is missing. `benchmark`: those of the benchmark,
    shape (sessions,), NaN without one.
    `previous_adjusted`: the last accepted close before the last session of the symbol's exchange, adjusted
    for splits and distributions up to it, in its own unit.
    `average_volume`: 20-session mean daily volume in shares. `stale`: its sessions since the last
    accepted bar (0 = fresh; NaN = never had one). `quarantined`: symbols whose bar of the session was
    rejected, with the rule. `kill_switch`: why it is on, or None. `cash_buffer` and `min_trade`: the
    policy's share of value kept in cash, and the notional in currency below which a trade was dropped.
    `unreconciled`: held symbols whose quantity does not count a split, or may not, with what to do about
    it. `disputed`: symbols whose prices are in doubt, and why: sources differ, or a session is missing.
    `unrated`: symbols whose rate of the session is missing, with its name and day. `controls`: what
    people decided and other runs did.
    """

    book: Book
    trades: tuple[Trade, ...]
    returns: Floats
    benchmark: Floats
    previous_adjusted: Floats
    average_volume: Floats
    stale: Floats
    quarantined: Mapping[str, str]
    kill_switch: str | None
    cash_buffer: float
    min_trade: float
    unreconciled: Mapping[str, str] = field(default_factory=dict)
    disputed: Mapping[str, str] = field(default_factory=dict)
    unrated: Mapping[str, str] = field(default_factory=dict)
    controls: Controls = NONE

    @cached_property
    def weights_after(self) -> Floats:
        """The weights once all trades are done, shape (symbols,), read-only; NaN as in `quant.risk`."""
        weights = weights_after(self.book, self.trades)
        weights.setflags(write=False)
        return weights


@dataclass(frozen=True)
class Finding:
    """One check's result. What cannot be computed has value NaN and status "unknown" (the data check alone
    blocks then). "warn": the limit is breached, but no trade worsens it, so there is nothing to hold.

    `scope` is a symbol, "class NAME", "scenario NAME" or "portfolio". `holds` names the symbols that must not
    trade, whether or not a trade is proposed now: empty unless `status` is "block". `rule` says in words what
    is allowed, and `because`, in one sentence with the numbers, why the trades are held: empty unless there
    are `holds`. `reference` is that of the check's file; `quant.decide` puts it in.
    """

    check: str
    scope: str
    value: float
    limit: float | None
    status: Status
    rule: str
    holds: frozenset[str] = frozenset()
    because: str = ""
    reference: str = ""
