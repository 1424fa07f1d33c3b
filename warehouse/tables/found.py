"""What a run found of its portfolio: a class for each table.

Those whose names end in Row, `Contribution`, `Construction` and the documents of a trade are in the report
as they are here, under these names; `tasks/report/model.py` adds to the others.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from warehouse.tables.table import Document, RunRow


@dataclass(frozen=True, slots=True)
class DriftRow(RunRow):
    """How far an instrument or an asset class is from its target; shares of the portfolio's value."""

    TABLE: ClassVar[str] = "drift"
    level: Literal["instrument", "asset_class"]
    key: str
    target: float | None
    actual: float | None
    drift: float | None
    band: float | None
    breached: bool


@dataclass(frozen=True, slots=True)
class TriggerRow(RunRow):
    """A rule that may call for a rebalance; `scope` is a symbol, an asset class or "portfolio".

    The row "cooldown" fires when it keeps everything back; "when", the last one, when the run rebalances.
    """

    TABLE: ClassVar[str] = "triggers"
    trigger: str
    scope: str
    value: float | None
    limit: float | None
    fired: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Volatility(RunRow):
    """A symbol's volatility a year by one estimator, from its last `window` sessions (None: all)."""

    TABLE: ClassVar[str] = "volatility"
    symbol: str
    estimator: str
    window: int | None
    annualised: float | None


@dataclass(frozen=True, slots=True)
class Signal(RunRow):
    """What one signal says of a symbol; `label` is what its value means in a word."""

    TABLE: ClassVar[str] = "signals"
    symbol: str
    signal: str
    value: float | None
    action: Literal["Buy", "Sell", "Hold"] | None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class CheckRow(RunRow):
    """A check's result in one scope; `reference` is the rule that asks for it."""

    TABLE: ClassVar[str] = "checks"
    check: str
    scope: str
    value: float | None
    limit: float | None
    status: Literal["pass", "warn", "block", "unknown"]
    rule: str
    reference: str | None = None  # None in runs of before it was stored


@dataclass(frozen=True, slots=True)
class AlertRow(RunRow):
    """A sudden move of one symbol; `at` is a session or an instant, `move` a fraction."""

    TABLE: ClassVar[str] = "alerts"
    kind: str
    symbol: str
    severity: Literal["info", "warning", "critical"]
    at: str
    move: float | None
    detail: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Contribution(RunRow):
    """A position's part in the portfolio's volatility: weight × marginal, and as a share of it."""

    TABLE: ClassVar[str] = "risk"
    symbol: str
    weight: float | None
    marginal: float | None
    contribution: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Weight(RunRow):
    """A target's weight in the portfolio file, and the one in force; shares of value."""

    TABLE: ClassVar[str] = "allocation"
    symbol: str
    strategic: float | None
    target: float | None


@dataclass(frozen=True, slots=True)
class Construction(RunRow):
    """How the trades were found; where there is no optimum, why not, and what was used instead."""

    TABLE: ClassVar[str] = "construction"
    method: Literal["simple", "optimised"]
    status: Literal["idle", "done", "optimal", "infeasible", "unknown", "failed"]
    conflict: str | None
    fallback: Literal["simple"] | None


@dataclass(frozen=True)
class Costs:
    """What a trade is estimated to cost, in the portfolio's currency; None where it cannot be computed."""

    commission: float | None
    spread: float | None
    impact: float | None


@dataclass(frozen=True)
class LotRow:
    """What a sale takes of a lot; `gain` before the part of a loss that a wash sale disallows."""

    acquired: str
    quantity: float
    cost_basis: float
    gain: float
    term: Literal["short", "long"]
    disallowed: float


@dataclass(frozen=True)
class Tax:
    """A sale's gains by term, and its estimated tax after what is disallowed; below 0 it saves tax.

    Buying the symbol up to `wash_until` makes a loss, or more of it, a wash sale; None without a loss.
    """

    short_gain: float
    long_gain: float
    disallowed: float
    tax: float
    wash_until: str | None


COSTS, LOTS, TAX = Document(Costs), Document(LotRow, many=True), Document(Tax)
"""How the documents of a trade are stored; those of accounts in the same way."""


@dataclass(frozen=True, slots=True)
class Trade(RunRow):
    """A trade that is recommended, or held; `limit_price` in the instrument's unit, money in the portfolio's.

    `expires` is UTC. `costs` are None in runs of before they were stored, `lots` and `tax` but for a taxed
    sale. `accounts` is how many an order is made of, None where the portfolio has none.
    """

    TABLE: ClassVar[str] = "trades"
    symbol: str
    side: Literal["BUY", "SELL"]
    quantity: float
    limit_price: float
    notional: float
    weight_before: float | None
    weight_after: float | None
    trigger: str
    rule: str
    reason: str
    expires: datetime
    cost: float | None
    status: Literal["proposed", "held"]
    held_because: str | None
    accounts: int | None = None
    costs: Costs | None = field(default=None, metadata={"document": COSTS})
    lots: tuple[LotRow, ...] | None = field(default=None, metadata={"document": LOTS})
    tax: Tax | None = field(default=None, metadata={"document": TAX})


TABLES: tuple[type[RunRow], ...] = (
    DriftRow, TriggerRow, Volatility, Signal, AlertRow, Contribution, Weight, Trade, CheckRow, Construction,
)  # fmt: skip
"""Every table of what a run found."""
