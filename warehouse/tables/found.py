"""What a run found of its portfolio: a class for each table, as the report shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from warehouse.tables.table import RunRow


@dataclass(frozen=True, slots=True)
class Drift(RunRow):
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
class Trigger(RunRow):
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
    label: str | None


@dataclass(frozen=True, slots=True)
class Check(RunRow):
    """A check's result in one scope; `reference` is the rule that asks for it."""

    TABLE: ClassVar[str] = "checks"
    check: str
    scope: str
    value: float | None
    limit: float | None
    status: Literal["pass", "warn", "block", "unknown"]
    rule: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class Alert(RunRow):
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


@dataclass(frozen=True, slots=True)
class Trade(RunRow):
    """A trade that is recommended, or held; `limit_price` in the instrument's unit, money in the portfolio's.

    `expires` is UTC. `costs`, `lots` and `tax` are JSON documents, None where a run has none.
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
    accounts: int | None
    costs: str | None
    lots: str | None
    tax: str | None
