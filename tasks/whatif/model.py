"""The answer to a what-if, as `ballast whatif --json` prints it."""

from typing import Annotated, Literal

from pydantic import Field

from tasks.report.data import Number, Row, Stored
from tasks.report.model import RunStatus, TradeRow
from warehouse.tables.found import CheckRow, Costs, DriftRow


class Standing(Row):
    """A portfolio at one point; `volatility` as in the report, `var_95` and `cvar_95` as in the checks.

    `value` and `cash` are in the portfolio's currency, the risk figures shares of value: a year's volatility,
    and one session's value at risk and its conditional one.
    """

    value: Number
    cash: Number
    drift: list[Stored[DriftRow]]
    volatility: Number
    var_95: Number
    cvar_95: Number


class WhatIf(Row):
    """What a portfolio would trade; numbers unrounded, NaN is null, money in `currency`.

    `after` has the cash flow and every trade that may be done, at the close. `cost`, `costs` and `tax` are
    the sums of these trades' (null: one is not known, or no tax is stated); `gain` is what their sales gain
    before commissions (null: a cost is not known). `shortfall` is what lacks to the cash buffer, at limit
    prices, after a withdrawal: 0 where all of it is raised, null without one.
    """

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    portfolio: str
    session: str
    known_at: str | None
    historical: bool
    source: str
    currency: str
    time_zone: str
    asked: list[str]
    status: RunStatus
    before: Standing
    after: Standing
    trades: list[TradeRow]
    cost: Number
    costs: Stored[Costs] | None
    tax: Number
    gain: Number
    shortfall: Number
    checks: list[Stored[CheckRow]]
    untraded: dict[str, str]
    disabled: str | None
    accounts: int | None
    stale: list[str]
