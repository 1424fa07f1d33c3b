"""What a run found of each account: a class for each table, for the rows of one account.

Those of all accounts are read and written as Arrow columns (warehouse/accounts.py): there may be millions.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal

from warehouse.tables.found import LOTS, TAX, LotRow, Tax
from warehouse.tables.table import Row, RunRow


@dataclass(frozen=True, slots=True)
class Holding(Row):
    """A lot of an account, or its cash; `cost_basis` is per share, in the instrument's unit."""

    TABLE: ClassVar[str] = "account_holdings"
    KEYS: ClassVar[tuple[str, ...]] = ("digest", "ordinal")
    account: str
    symbol: str
    quantity: float
    cost_basis: float | None
    acquired: date | None


@dataclass(frozen=True, slots=True)
class AccountRow(RunRow):
    """A row that a run found of one account."""

    account: str


@dataclass(frozen=True, slots=True)
class Account(AccountRow):
    """An account's worth, and what its trades came to.

    `turnover` is (buys + sells that may be done) ÷ (2 × value).
    """

    TABLE: ClassVar[str] = "accounts"
    value: float | None
    cash: float | None
    turnover: float | None
    status: Literal["no_action", "held", "partial", "recommended"]


@dataclass(frozen=True, slots=True)
class AccountDrift(AccountRow):
    """How far an instrument or an asset class of the account is from its target; shares of its value."""

    TABLE: ClassVar[str] = "account_drift"
    level: Literal["instrument", "asset_class"]
    key: str
    target: float | None
    actual: float | None
    drift: float | None
    band: float | None
    breached: bool


@dataclass(frozen=True, slots=True)
class AccountTrade(AccountRow):
    """A trade of the account as `found.Trade`, without words; `held_by` is the check that holds it."""

    TABLE: ClassVar[str] = "account_trades"
    symbol: str
    side: Literal["BUY", "SELL"]
    quantity: float
    limit_price: float
    notional: float
    weight_before: float | None
    weight_after: float | None
    trigger: str
    expires: datetime
    cost: float | None
    status: Literal["proposed", "held"]
    held_by: str | None
    commission: float | None
    spread: float | None
    impact: float | None
    lots: tuple[LotRow, ...] | None = field(default=None, metadata={"document": LOTS})
    tax: Tax | None = field(default=None, metadata={"document": TAX})


@dataclass(frozen=True, slots=True)
class AccountCheck(AccountRow):
    """A check's result in one scope, without words."""

    TABLE: ClassVar[str] = "account_checks"
    check: str
    scope: str
    value: float | None
    limit: float | None
    status: Literal["pass", "warn", "block", "unknown"]


@dataclass(frozen=True, slots=True)
class AccountConstruction(AccountRow):
    """How the account's trades were found, where the policy asks for an optimum."""

    TABLE: ClassVar[str] = "account_construction"
    method: Literal["simple", "optimised"]
    status: Literal["idle", "done", "optimal", "infeasible", "unknown", "failed"]
    conflict: str | None
    fallback: Literal["simple"] | None
