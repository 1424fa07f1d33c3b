"""The run report: the one neutral answer that JSON, Slack, Prefect artifacts and the terminal all show."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from tasks.report.data import Data, Number, Row, Stored
from warehouse.tables.found import (
    AlertRow,
    CheckRow,
    Construction,
    Contribution,
    Costs,
    DriftRow,
    LotRow,
    Signal,
    Tax,
    TriggerRow,
    Volatility,
    Weight,
)

RunStatus = Literal["failed", "held", "partial", "recommended", "no_action"]
ConstructionStatus = Literal["idle", "done", "optimal", "infeasible", "unknown", "failed"]
NoticeState = Literal["sent", "preview", "queued", "failed", "unknown", "superseded", "dropped"]


class Benchmark(Row):
    symbol: str | None
    day: Number
    month: Number
    year: Number = None  # runs of older versions have none


class Performance(Row):
    """The portfolio's own time-weighted returns; null where not known.

    `month` and `year` run from the last session before them, `since` from the value of `first`, a session.
    `benchmark_since` is what the benchmark returned since then; null too where a session was not run.
    """

    day: Number
    month: Number
    year: Number
    since: Number
    first: str
    benchmark_since: Number = None


@dataclass(frozen=True, slots=True)
class VolatilityRow(Volatility):
    """A symbol's volatility; `over_gap`: a session is missing among those that it may read."""

    over_gap: bool = False


@dataclass(frozen=True, slots=True)
class SignalRow(Signal):
    """What a signal says of a symbol; `over_gap` as of a volatility."""

    over_gap: bool = False


class Risk(Row):
    """The portfolio's volatility a year, a share of value; `method` is how the covariance was estimated."""

    volatility: Number
    method: str
    contributions: list[Stored[Contribution]]


@dataclass(frozen=True, slots=True)
class AllocationRow(Weight):
    """A target's weight in the portfolio file, and the one in force: both are known."""

    strategic: float
    target: float


class Allocation(Row):
    """Where the target weights come from: the portfolio file, or a model that tilts around it.

    `reason` says why the strategic weights are in force instead of the model's; `fitted_on` is the last
    session that the model read. What the weights lack to the strategic sum is kept in cash.
    """

    model: str
    status: Literal["applied", "fallback", "fixed"]
    reason: str | None
    fitted_on: str | None
    weights: list[AllocationRow]


class TradeRow(Row):
    symbol: str
    side: Literal["BUY", "SELL"]
    quantity: float
    limit_price: float  # in the instrument's own `currency`; money elsewhere is in the portfolio's
    currency: str
    asset_class: str | None = None
    notional: float
    weight_before: Number
    weight_after: Number
    trigger: str
    rule: str
    reason: str
    expires: str
    cost: Number  # the most that crossing to the limit may cost; `costs` is what is expected
    checks: list[Stored[CheckRow]]
    status: Literal["proposed", "held"]
    held_because: str | None
    state: (
        Literal["proposed", "approved", "rejected", "expired", "executed", "superseded", "withdrawn"] | None
    ) = None  # None: held
    filled: float = 0.0  # shares
    accounts: int | None = None  # how many the order is made of, where the portfolio has accounts
    costs: Stored[Costs] | None = None  # runs of older versions have none
    lots: tuple[LotRow, ...] | None = None  # of a sale, where the portfolio has [tax]
    tax: Tax | None = None
    approvals: Annotated[int, Field(exclude=True)] = 0  # people who have approved it; two may be needed


class AccountDrift(Row):
    """How far one account is from one target."""

    account: str
    level: Literal["instrument", "asset_class"]
    key: str
    actual: Number
    drift: Number
    breached: bool


class HeldBy(Row):
    """A check that holds trades, and of how many accounts."""

    check: str
    accounts: int
    trades: int


class AccountsRow(Row):
    """What a run came to over all accounts; `turnover` is (buys + sells that may be done) ÷ (2 × value)."""

    count: int
    by_status: dict[RunStatus, int]
    turnover: Number
    largest: list[AccountDrift]  # the ten that are furthest from a target
    held: list[HeldBy]
    by_construction: dict[ConstructionStatus, int] = Field(
        default={}
    )  # of the optimum that each was asked for


class NoticeRow(Row):
    channel: str
    kind: str
    state: NoticeState
    key: str
    error: str | None
    delivery: Literal["exactly_once", "at_least_once"] = "exactly_once"


class OverrideRow(Row):
    """A check that two people overrode: of one symbol, or of all."""

    id: str
    check: str
    symbol: str | None
    by: str
    approved_by: str
    until: str
    reason: str


class EnabledRow(Row):
    """Who ended a halt (of the portfolio, or of "all") since the run before, and why."""

    portfolio: str
    at: str
    by: str
    reason: str


class Ledger(Row):
    """A run's place in the ledger; `hash` is of its own entry, None while it works or without a ledger."""

    data_digest: str | None
    config_digest: str
    code: str
    hash: str | None
    previous: str


@dataclass(frozen=True, slots=True)
class PreviousOrder:
    """An order of the message before: quantity in shares, limit in the instrument's own unit."""

    symbol: str
    side: Literal["BUY", "SELL"]
    quantity: float
    limit_price: float


class Previous(Row):
    """What the last message of the portfolio recommended, and of which session it was."""

    session: str
    orders: list[PreviousOrder]


@dataclass(frozen=True, slots=True)
class ValueRow:
    """What the portfolio was worth on a session, and what its benchmark did that day (None: not known).

    `flow`: the deposits less withdrawals since the session before, which are no gain.
    """

    session: str
    value: float
    benchmark_day: float | None
    flow: float = 0.0


@dataclass(frozen=True, slots=True)
class DriftOn:
    """An instrument's drift on a session and its band of that day: shares of value, the band above 0."""

    session: date
    symbol: str
    drift: float
    band: float


class Report(Row):
    """One run, as DESIGN.md's contract lists it; numbers unrounded, NaN is null, instants in UTC."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    run_id: str
    flow: str
    portfolio: str
    session: str
    known_at: str | None
    historical: bool
    example: bool = False  # an example portfolio that comes with Ballast, with invented holdings
    status: RunStatus
    currency: str
    time_zone: str = "UTC"  # the exchange's, in which people are shown instants
    value: Number
    cash: Number
    returns: Literal["total", "price"]
    benchmark: Benchmark
    performance: Performance | None = None  # of a run for study, and of the first one, there is none
    data: Data
    drift: list[Stored[DriftRow]]
    triggers: list[Stored[TriggerRow]] = Field(default=[])
    volatility: list[Stored[VolatilityRow]]
    signals: list[Stored[SignalRow]]
    trades: list[TradeRow]
    checks: list[Stored[CheckRow]]
    alerts: list[Stored[AlertRow]]
    notices: list[NoticeRow]
    construction: Construction | None = None  # runs of older versions have none
    risk: Risk | None = None  # runs of older versions have none
    account: str | None = None  # whose report this is, where it is of one account
    accounts: AccountsRow | None = None  # of a portfolio with accounts: the rest is the sum over them
    allocation: Allocation | None = None  # a run that failed before it measured may have none
    overrides: list[OverrideRow] = Field(default=[])  # in force at the run
    enabled: EnabledRow | None = None
    disabled: str | None = None  # why everything is held: in this run, or from the next one on
    superseded_by: str | None = None  # the newer run that replaced it
    withdrawn: str | None = None  # why its trades may not be done; run again
    error: str | None = None
    docs: str | None = None  # where this run's Data Docs lie
    url: str | None = None  # the run in Prefect's pages, where it ran there
    page: Annotated[str | None, Field(exclude=True)] = None  # the run's page, where others can open it
    # Two runs that found the same have the same report, but never the same place in the ledger.
    ledger: Annotated[Ledger | None, Field(exclude=True)] = None
    earlier: Annotated[dict[str, str], Field(default={}, exclude=True)]  # notice → run that told it before
    previous: Annotated[Previous | None, Field(exclude=True)] = None  # the last message before this run's
    history: Annotated[list[ValueRow], Field(default=[], exclude=True)]  # recorded runs, without a gap
    replaces: Annotated[list[str], Field(default=[], exclude=True)]  # a sentence for each run


class Refused(Row):
    """A portfolio that could not be run, and why."""

    portfolio: str
    error: str
    run_id: str | None = None  # the failed run that told it; None where the fault is the caller's


class Mistake(Row):
    """What `--json` prints where a command is refused or fails: one sentence."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    error: str


class Runs(Row):
    """What a run of all portfolios found: one report for each that could be run."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    runs: list[Report]
    errors: list[Refused]
