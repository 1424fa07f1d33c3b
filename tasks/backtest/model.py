"""The result of a backtest, as `ballast backtest --json` prints it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from tasks.report.data import Number, Row

Name = Literal["policy", "buy_and_hold", "benchmark", "benchmark_policy"]
"""The ways to invest that are compared: the portfolio's policy; its first purchases kept; the benchmark with
its distributions reinvested; the benchmark as the only target of the same policy."""


class Fall(Row):
    """The deepest fall below an earlier high; `depth` is at most 0. `recovered` null: not yet."""

    depth: Number
    peak: date | None
    trough: date | None
    recovered: date | None


class Series(Row):
    """How one way to invest has done.

    `end` is the value at the last close, in the portfolio's currency. `total` is a simple return, `annual`
    the compound one a year, `volatility` a year's; shares. `sharpe` is over a risk-free rate of 0. `values`
    are at the closes of `Backtest.sessions`.
    """

    name: Name
    end: Number
    total: Number
    annual: Number
    volatility: Number
    sharpe: Number
    drawdown: Fall
    years: dict[int, Number]
    values: list[float]


class Compared(Row):
    """The policy against another series; what each means: quant/performance/relative.py."""

    to: Name
    active: Number
    tracking_error: Number
    information_ratio: Number
    up_capture: Number
    down_capture: Number
    beta: Number


class Traded(Row):
    """What the policy did. `turnover` is half of what was traded a year, a share of the mean value.

    `sessions` counts those on which trades were proposed, `blocked` those on which checks held all of them;
    `orders` were to be done and `done` were. `cost` and `tax` in the portfolio's currency; `tax` is what the
    sales came to, paid or not, null where no tax is stated. `outside` counts closes with a broken band.
    """

    sessions: int
    blocked: int
    held: int
    orders: int
    done: int
    turnover: Number
    cost: Number
    tax: Number
    outside: int
    reasons: list[str]


class Order(Row):
    """One order that was done; as in tasks/backtest/held.py."""

    decided: date
    session: date
    symbol: str
    side: Literal["BUY", "SELL"]
    quantity: float
    price: Number
    notional: Number
    cost: Number
    gain: Number
    tax: Number
    trigger: str


class Tried(Row):
    """One setting of a sweep; `error` says why it is not allowed."""

    setting: dict[str, float]
    annual: Number = None
    volatility: Number = None
    sharpe: Number = None
    drawdown: Number = None
    turnover: Number = None
    cost: Number = None
    sessions: int | None = None
    outside: int | None = None
    error: str | None = None


class Backtest(Row):
    """What a policy would have done; numbers unrounded, NaN is null, money in `currency`.

    `trials` is how many settings of the portfolio the register has, those of this sweep included. `luck` is
    the Sharpe ratio a year that the best of them is expected to have where none is better than the others;
    null without a sweep.
    """

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    portfolio: str
    currency: str
    source: str
    known_at: str
    start: date
    end: date
    cash: float
    asked: list[str]
    series: list[Series]
    compared: list[Compared]
    traded: Traded
    orders: list[Order]
    sweep: list[Tried]
    trials: int
    luck: Number
    sessions: list[date]
