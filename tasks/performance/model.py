"""How a portfolio has done, as `ballast performance --json` prints it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from tasks.report.data import Number, Row

To = Literal["benchmark", "same_policy", "strategic"]
"""What a portfolio is compared with: its benchmark; the benchmark as the only target of the same policy and
costs; its own strategic weights, held every day and without costs."""


class Fall(Row):
    """The deepest fall below an earlier high: `value` is at most 0, a share of that high, `from` its day and
    `to` that of the low; `recovered` null: not yet.
    """

    value: Number
    from_: Annotated[date | None, Field(alias="from")]
    to: date | None
    recovered: date | None


class Series(Row):
    """How something has done over the stretch. `return` is the simple one over all of it, `cagr` the compound
    one a year (null of less than a year), `volatility` a year's; `sharpe` is over a risk-free rate of 0.
    """

    symbol: str | None = None
    return_: Annotated[Number, Field(alias="return")]
    cagr: Number
    volatility: Number
    sharpe: Number
    max_drawdown: Fall


class Against(Row):
    """The portfolio against another series; `active` is the difference of the simple returns over all of the
    stretch, the others are those of quant/performance/relative.py.
    """

    to: To
    active: Number
    tracking_error: Number
    information_ratio: Number
    up_capture: Number
    down_capture: Number
    beta: Number


class Month(Row):
    """Simple returns from the last close before a month (or the first one known) to the last one in it."""

    month: str
    portfolio: Number
    benchmark: Number


class Attributed(Row):
    """What a class added to the return over the strategic weights, linked over time; shares of value.

    `weight` and `target` are means over time.
    """

    asset_class: str
    weight: Number
    target: Number
    allocation: Number
    selection: Number
    interaction: Number


class Rebalancing(Row):
    """What the fills of the stretch have earned by its end against the same holdings left alone.

    `market` is before costs, `net` after `commission` and `tax` (null: none is stated; below 0: losses that
    save it); in the portfolio's currency. `share` is `net` as a share of the mean value.
    """

    fills: int
    market: Number
    commission: Number
    tax: Number
    net: Number
    share: Number


class Day(Row):
    """What 1 at the close of the first day has become at the close of a recorded one."""

    session: date
    portfolio: Number
    benchmark: Number


class Performance(Row):
    """How a portfolio has done from the close of `start` to that of `end`, at the `recorded` of `sessions`.

    `twr` and `mwr` are simple returns over all of it; `cagr` and `mwr_annual` the same a year (null of less
    than a year). `flows` is what came in and `went` what went out. `tracking_error` and what follows are
    against the benchmark. `unattributed` is what the portfolio's return has beyond that of what was held at
    the close before: trades within the day, costs, what was paid and not booked, linked as the effects are;
    with them it sums to `against` the strategic weights. `notes` say what is estimated or not known, and why.
    """

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    portfolio: str
    currency: str
    start: date
    end: date
    sessions: int
    recorded: int
    begin_value: Number
    end_value: Number
    flows: Number
    went: Number
    twr: Number
    mwr: Number
    cagr: Number
    mwr_annual: Number
    volatility: Number
    sharpe: Number
    max_drawdown: Fall
    benchmark: Series | None
    same_policy: Series | None
    strategic: Series | None
    active: Number
    tracking_error: Number
    information_ratio: Number
    up_capture: Number
    down_capture: Number
    against: list[Against]
    months: list[Month]
    attribution: list[Attributed]
    unattributed: Number
    rebalancing: Rebalancing | None
    days: list[Day]
    notes: list[str]
